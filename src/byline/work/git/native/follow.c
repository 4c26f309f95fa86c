/* Following lines to older texts, and finding those that came from other files. */

#include "texts.h"

/* Part lines of a newer text into those outside all hunks, which come first, with their numbers in
 * the older text, and those inside, as they are. `in` and `out` are three rows: number, final line,
 * and whether the line begins an entry of blame; `stride` lines lie between the rows of `in`. Each
 * end of a hunk begins an entry, also of a hunk that only removes. Returns how many are outside. */
line_t byline_part(const line_t *rows, line_t count, const line_t *in, int64_t stride, line_t lines,
                   line_t *out)
{
    const line_t *here = in, *final = in + stride, *edge = in + 2 * stride, *row;
    line_t *out_final = out + lines, *out_edge = out + 2 * (size_t)lines;
    line_t outside = 0, inside = 0, low = 0, high, i;
    line_t *left = malloc(3 * ((size_t)lines + 1) * sizeof *left);

    if (!left)
        return -1;
    for (i = 0; i < lines; i++) {
        /* `low` hunks begin at this line or before; most lines follow the one before */
        if (!i || here[i] < here[i - 1])
            for (low = 0, high = count; low < high;) {
                line_t middle = low + (high - low) / 2;
                if (rows[4 * (size_t)middle + 2] <= here[i])
                    low = middle + 1;
                else
                    high = middle;
            }
        while (low < count && rows[4 * (size_t)low + 2] <= here[i])
            low++;
        row = rows + 4 * ((size_t)low - (low > 0));
        if (low && here[i] < row[2] + row[3]) {
            left[3 * (size_t)inside] = here[i];
            left[3 * (size_t)inside + 1] = final[i];
            left[3 * (size_t)inside++ + 2] = edge[i] || here[i] == row[2];
            continue;
        }
        out[outside] = low ? here[i] + row[0] + row[1] - row[2] - row[3] : here[i];
        out_final[outside] = final[i];
        out_edge[outside++] = edge[i] || (low && here[i] == row[2] + row[3]);
    }
    for (i = 0; i < inside; i++) {
        out[outside + i] = left[3 * (size_t)i];
        out_final[outside + i] = left[3 * (size_t)i + 1];
        out_edge[outside + i] = left[3 * (size_t)i + 2];
    }
    free(left);
    return outside;
}

static int make_filter(text_t *text)
{
    uint64_t bits = 64;
    line_t i;
    if (text->filter)
        return 0;
    while (bits < 8 * (uint64_t)text->count)
        bits *= 2;
    text->filter = calloc((size_t)(bits / 64), sizeof *text->filter);
    if (!text->filter)
        return -1;
    text->filter_mask = bits - 1;
    for (i = 0; i < text->count; i++) {
        uint64_t bit = text->hashes[i] & text->filter_mask;
        text->filter[bit / 64] |= 1ull << (bit % 64);
    }
    return 0;
}

/* Whether any run of lines that may all be in the source weighs more than `least`. */
static int may_hold(const text_t *source, const text_t *text, line_t first, line_t count,
                    int64_t least)
{
    int64_t weight = 1;
    line_t i;
    for (i = first; i < first + count; i++) {
        uint64_t bit = text->hashes[i] & source->filter_mask;
        if (!(source->filter[bit / 64] >> (bit % 64) & 1)) {
            weight = 1;
            continue;
        }
        weight += byline_weight(text, i, 1) - 1;
        if (weight > least)
            return 1;
    }
    return 0;
}

typedef struct {
    line_t source, offset, place, lines;
    int64_t weight;
} copy_t;

/* The heaviest stretch that entry and source share; of two alike the later one, as git has it. */
static int improve(copy_t *best, const text_t *source, line_t number, const text_t *text,
                   line_t first, line_t count, line_t **room, line_t *rooms)
{
    text_t part = *text;
    line_t found, i, offset = 0, place = 0;

    part.starts += first;
    part.hashes += first;
    part.count = count;
    while ((found = byline_hunks(source, &part, *room, *rooms)) > *rooms) {
        line_t *more = realloc(*room, 4 * (size_t)found * sizeof *more);
        if (!more)
            return -1;
        *room = more;
        *rooms = found;
    }
    if (found < 0)
        return -1;
    for (i = 0; i <= found; i++) {
        const line_t *row = i < found ? *room + 4 * (size_t)i : NULL;
        line_t until = row ? row[2] : count;
        if (offset < until) {
            int64_t weight = byline_weight(text, first + offset, until - offset);
            if (best->source < 0 || weight >= best->weight) {
                best->source = number;
                best->offset = offset;
                best->place = place;
                best->lines = until - offset;
                best->weight = weight;
            }
        }
        if (row) {
            place = row[0] + row[1];
            offset = row[2] + row[3];
        }
    }
    return 0;
}

/* For each entry (some lines of a text) the best of the sources' stretches, if one weighs more than
 * `least`: four numbers in `out`: source or -1, first line within the entry, first line in the
 * source, lines. Returns 0; -1: no memory. */
int byline_copies(text_t **sources, line_t source_count, const text_t **texts, const line_t *firsts,
                  const line_t *counts, line_t entries, int64_t least, line_t *out)
{
    line_t rooms = 256, i, k;
    line_t *room = malloc(4 * (size_t)rooms * sizeof *room);
    int failed = !room;

    for (i = 0; i < entries && !failed; i++) {
        copy_t best = {-1, 0, 0, 0, 0};
        for (k = 0; k < source_count && !failed; k++) {
            failed = make_filter(sources[k]);
            if (!failed && may_hold(sources[k], texts[i], firsts[i], counts[i], least))
                failed = improve(&best, sources[k], k, texts[i], firsts[i], counts[i], &room,
                                 &rooms);
        }
        if (best.weight <= least)
            best.source = -1;
        out[4 * (size_t)i] = best.source;
        out[4 * (size_t)i + 1] = best.offset;
        out[4 * (size_t)i + 2] = best.place;
        out[4 * (size_t)i + 3] = best.lines;
    }
    free(room);
    return failed ? -1 : 0;
}
