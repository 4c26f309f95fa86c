/* Line differences of two texts, equal to git's own.
 *
 * The algorithm is that of `git diff` and `git blame`: E. W. Myers, "An O(ND) Difference Algorithm
 * and Its Variations" (Algorithmica 1, 1986), searched from both ends, with the short cuts that git
 * takes for large inputs and the indent heuristic that it places hunks by
 * (https://git-scm.com/docs/git-diff, "--indent-heuristic"). Where several differences are equally
 * short git's choice is arbitrary, and authorship depends on it: so each constant and each order of
 * comparison below is git's, and tests compare the two on generated and real histories.
 *
 * Nothing here allocates without checking, reads outside the texts it was given, or keeps state
 * between calls, so that it may run in several threads.
 */

#include "texts.h"

enum {
    MAX_MATCHES = 1024, /* a line with more matches says little */
    SCAN_WINDOW = 100,  /* lines looked at around such a line */
    SCAN_RATIO = 4,
    LEAST_COST = 256,   /* of a search before it may be cut short */
    SNAKE = 20,         /* equal lines that count as a good way */
    SNAKE_COST = 256,
    SNAKE_RATIO = 4,
    TAIL_BLOCK = 1024   /* bytes of a common tail that are set aside at a time */
};

#define FARTHEST INT64_MAX

typedef struct {
    const line_t *one, *other;
    side_t *left, *right;
    int64_t *forward, *backward; /* how far each diagonal reaches, indexed from the middle */
    int64_t most_cost;
} search_t;

typedef struct {
    line_t one, other;
    int thorough_before, thorough_after;
} split_t;

static int64_t rough_root(int64_t value)
{
    int64_t root = 1;
    for (; value > 0; value >>= 2)
        root <<= 1;
    return root;
}

static void set_tail_aside(side_t *a, side_t *b)
{
    const text_t *one = a->text, *other = b->text;
    const unsigned char *one_base = one->data + one->starts[0];
    const unsigned char *other_base = other->data + other->starts[0];
    const unsigned char *one_end = one->data + one->starts[one->count];
    const unsigned char *other_end = other->data + other->starts[other->count];
    size_t size = (size_t)(one_end - one_base), other_size = (size_t)(other_end - other_base);
    size_t smaller = size < other_size ? size : other_size, aside = 0, back = 0, limit;
    const unsigned char *at;

    while (aside + TAIL_BLOCK <= smaller &&
           !memcmp(one_end - aside - TAIL_BLOCK, other_end - aside - TAIL_BLOCK, TAIL_BLOCK))
        aside += TAIL_BLOCK;
    at = one_end - aside;
    while (back < aside)
        if (at[back++] == '\n')
            break;
    limit = (size_t)(one_end - one->data) - (aside - back);
    while (a->count && one->starts[a->count - 1] >= limit)
        a->count--;
    limit = (size_t)(other_end - other->data) - (aside - back);
    while (b->count && other->starts[b->count - 1] >= limit)
        b->count--;
}

static void find_middle(side_t *a, side_t *b)
{
    line_t shorter = a->count < b->count ? a->count : b->count, head, tail = 0;
    const text_t *one = a->text, *other = b->text;
    size_t one_size = one->starts[a->count] - one->starts[0];
    size_t other_size = other->starts[b->count] - other->starts[0];
    size_t bytes = common_head(one->data + one->starts[0], other->data + other->starts[0],
                               one_size < other_size ? one_size : other_size);

    /* Lines that end within the common bytes; the last of them may go on in the other text. */
    head = line_from(one->starts, shorter, one->starts[0] + bytes + 1);
    head -= head > 0;
    while (head < shorter && same_line(a->text, head, b->text, head))
        head++;
    while (tail < shorter - head &&
           same_line(a->text, a->count - 1 - tail, b->text, b->count - 1 - tail))
        tail++;
    a->start = b->start = head;
    a->end = a->count - tail;
    b->end = b->count - tail;
}

typedef struct {
    const text_t *text;
    line_t line;
    line_t seen[2]; /* how often in either text */
} kind_t;

/* The number of a line's kind, or -1 and the slot where a new one belongs. */
static line_t kind_of(const kind_t *kinds, const line_t *table, size_t mask, const text_t *text,
                      line_t line, size_t *slot)
{
    size_t at = (size_t)text->hashes[line] & mask;
    while (table[at] >= 0 && !same_line(kinds[table[at]].text, kinds[table[at]].line, text, line))
        at = (at + 1) & mask;
    *slot = at;
    return table[at];
}

/* Number the kinds of the lines that are searched, and count them in all lines. */
static int number_kinds(side_t *a, side_t *b, kind_t **found)
{
    size_t total = (size_t)(a->end - a->start) + (size_t)(b->end - b->start), slots = 16, mask, slot;
    side_t *sides[2] = {a, b};
    kind_t *kinds = malloc((total + 1) * sizeof *kinds);
    line_t *table, count = 0, kind, i;
    int which;

    while (slots < 2 * total)
        slots *= 2;
    mask = slots - 1;
    table = malloc(slots * sizeof *table);
    a->kinds = malloc(((size_t)a->count + 1) * sizeof *a->kinds);
    b->kinds = malloc(((size_t)b->count + 1) * sizeof *b->kinds);
    *found = kinds;
    if (!kinds || !table || !a->kinds || !b->kinds) {
        free(table);
        return -1;
    }
    memset(table, 0xFF, slots * sizeof *table);
    for (which = 0; which < 2; which++) {
        for (i = sides[which]->start; i < sides[which]->end; i++) {
            kind = kind_of(kinds, table, mask, sides[which]->text, i, &slot);
            if (kind < 0) {
                kind_t fresh = {sides[which]->text, i, {0, 0}};
                kinds[count] = fresh;
                kind = table[slot] = count++;
            }
            kinds[kind].seen[which]++;
            sides[which]->kinds[i] = kind;
        }
    }
    for (i = 0; i < a->count; i++) { /* head and tail are the same in both */
        if (i == a->start)
            i = a->end;
        if (i < a->count && (kind = kind_of(kinds, table, mask, a->text, i, &slot)) >= 0) {
            kinds[kind].seen[0]++;
            kinds[kind].seen[1]++;
        }
    }
    free(table);
    return 0;
}

enum { NOWHERE = 0, SOMEWHERE = 1, EVERYWHERE = 2 };

/* Whether a line with very many matches stands among lines without any. */
static int is_noise(const unsigned char *fate, line_t at, line_t start, line_t last)
{
    line_t lost_before = 0, lost_after = 0, many_before = 1, many_after = 1, r;
    if (at - start > SCAN_WINDOW)
        start = at - SCAN_WINDOW;
    if (last - at > SCAN_WINDOW)
        last = at + SCAN_WINDOW;
    for (r = 1; at - r >= start; r++) {
        if (fate[at - r] == NOWHERE)
            lost_before++;
        else if (fate[at - r] == EVERYWHERE)
            many_before++;
        else
            break;
    }
    if (!lost_before)
        return 0;
    for (r = 1; at + r <= last; r++) {
        if (fate[at + r] == NOWHERE)
            lost_after++;
        else if (fate[at + r] == EVERYWHERE)
            many_after++;
        else
            break;
    }
    if (!lost_after)
        return 0;
    lost_after += lost_before;
    many_after += many_before;
    return (int64_t)many_after * SCAN_RATIO < (int64_t)many_after + lost_after;
}

/* Leave out of the search what has no match, or too many to tell anything. */
static int reduce(side_t *side, const kind_t *kinds, int other)
{
    int64_t many = rough_root(side->count);
    unsigned char *fate = malloc((size_t)side->count + 1);
    line_t i;

    side->places = malloc(((size_t)(side->end - side->start) + 1) * sizeof *side->places);
    side->reduced = malloc(((size_t)(side->end - side->start) + 1) * sizeof *side->reduced);
    if (!fate || !side->places || !side->reduced) {
        free(fate);
        return -1;
    }
    if (many > MAX_MATCHES)
        many = MAX_MATCHES;
    for (i = side->start; i < side->end; i++) {
        line_t matches = kinds[side->kinds[i]].seen[other];
        fate[i] = matches == 0 ? NOWHERE : matches >= many ? EVERYWHERE : SOMEWHERE;
    }
    for (i = side->start; i < side->end; i++) {
        if (fate[i] == SOMEWHERE ||
            (fate[i] == EVERYWHERE && !is_noise(fate, i, side->start, side->end - 1))) {
            side->places[side->kept] = i;
            side->reduced[side->kept++] = side->kinds[i];
        } else {
            side->changed[i + 1] = 1;
        }
    }
    free(fate);
    return 0;
}

/* Where to cut a box in two so that a shortest way, or nearly one, leads through the cut. */
static void find_split(const search_t *s, int64_t off1, int64_t lim1, int64_t off2, int64_t lim2,
                       int thorough, split_t *split)
{
    const line_t *one = s->one, *other = s->other;
    int64_t *forward = s->forward, *backward = s->backward;
    int64_t least = off1 - lim2, most = lim1 - off2;
    int64_t front = off1 - off2, back = lim1 - lim2;
    int64_t front_least = front, front_most = front, back_least = back, back_most = back;
    int64_t cost, d, i1, i2, before, k;
    int odd = (int)((front - back) & 1), snake;

    forward[front] = off1;
    backward[back] = lim1;
    split->thorough_before = split->thorough_after = 1;
    for (cost = 1;; cost++) {
        snake = 0;
        if (front_least > least)
            forward[--front_least - 1] = -1;
        else
            ++front_least;
        if (front_most < most)
            forward[++front_most + 1] = -1;
        else
            --front_most;
        for (d = front_most; d >= front_least; d -= 2) {
            i1 = forward[d - 1] >= forward[d + 1] ? forward[d - 1] + 1 : forward[d + 1];
            before = i1;
            i2 = i1 - d;
            while (i1 < lim1 && i2 < lim2 && one[i1] == other[i2])
                i1++, i2++;
            if (i1 - before > SNAKE)
                snake = 1;
            forward[d] = i1;
            if (odd && back_least <= d && d <= back_most && backward[d] <= i1) {
                split->one = (line_t)i1;
                split->other = (line_t)i2;
                return;
            }
        }
        if (back_least > least)
            backward[--back_least - 1] = FARTHEST;
        else
            ++back_least;
        if (back_most < most)
            backward[++back_most + 1] = FARTHEST;
        else
            --back_most;
        for (d = back_most; d >= back_least; d -= 2) {
            i1 = backward[d - 1] < backward[d + 1] ? backward[d - 1] : backward[d + 1] - 1;
            before = i1;
            i2 = i1 - d;
            while (i1 > off1 && i2 > off2 && one[i1 - 1] == other[i2 - 1])
                i1--, i2--;
            if (before - i1 > SNAKE)
                snake = 1;
            backward[d] = i1;
            if (!odd && front_least <= d && d <= front_most && i1 <= forward[d]) {
                split->one = (line_t)i1;
                split->other = (line_t)i2;
                return;
            }
        }
        if (thorough)
            continue;
        if (snake && cost > SNAKE_COST) {
            int64_t best = 0, away, reach;
            for (d = front_most; d >= front_least; d -= 2) {
                away = d > front ? d - front : front - d;
                i1 = forward[d];
                i2 = i1 - d;
                reach = (i1 - off1) + (i2 - off2) - away;
                if (reach > SNAKE_RATIO * cost && reach > best && off1 + SNAKE <= i1 &&
                    i1 < lim1 && off2 + SNAKE <= i2 && i2 < lim2) {
                    for (k = 1; one[i1 - k] == other[i2 - k]; k++)
                        if (k == SNAKE) {
                            best = reach;
                            split->one = (line_t)i1;
                            split->other = (line_t)i2;
                            break;
                        }
                }
            }
            if (best > 0) {
                split->thorough_after = 0;
                return;
            }
            for (d = back_most; d >= back_least; d -= 2) {
                away = d > back ? d - back : back - d;
                i1 = backward[d];
                i2 = i1 - d;
                reach = (lim1 - i1) + (lim2 - i2) - away;
                if (reach > SNAKE_RATIO * cost && reach > best && off1 < i1 &&
                    i1 <= lim1 - SNAKE && off2 < i2 && i2 <= lim2 - SNAKE) {
                    for (k = 0; one[i1 + k] == other[i2 + k]; k++)
                        if (k == SNAKE - 1) {
                            best = reach;
                            split->one = (line_t)i1;
                            split->other = (line_t)i2;
                            break;
                        }
                }
            }
            if (best > 0) {
                split->thorough_before = 0;
                return;
            }
        }
        if (cost >= s->most_cost) {
            int64_t far = -1, far_one = -1, near = FARTHEST, near_one = FARTHEST;
            for (d = front_most; d >= front_least; d -= 2) {
                i1 = forward[d] < lim1 ? forward[d] : lim1;
                i2 = i1 - d;
                if (lim2 < i2)
                    i1 = lim2 + d, i2 = lim2;
                if (far < i1 + i2) {
                    far = i1 + i2;
                    far_one = i1;
                }
            }
            for (d = back_most; d >= back_least; d -= 2) {
                i1 = off1 > backward[d] ? off1 : backward[d];
                i2 = i1 - d;
                if (i2 < off2)
                    i1 = off2 + d, i2 = off2;
                if (i1 + i2 < near) {
                    near = i1 + i2;
                    near_one = i1;
                }
            }
            if ((lim1 + lim2) - near < far - (off1 + off2)) {
                split->one = (line_t)far_one;
                split->other = (line_t)(far - far_one);
                split->thorough_after = 0;
            } else {
                split->one = (line_t)near_one;
                split->other = (line_t)(near - near_one);
                split->thorough_before = 0;
            }
            return;
        }
    }
}

static void compare(const search_t *s, int64_t off1, int64_t lim1, int64_t off2, int64_t lim2,
                    int thorough)
{
    split_t split;
    for (;;) { /* the second half is done here, so that the stack stays small */
        while (off1 < lim1 && off2 < lim2 && s->one[off1] == s->other[off2])
            off1++, off2++;
        while (off1 < lim1 && off2 < lim2 && s->one[lim1 - 1] == s->other[lim2 - 1])
            lim1--, lim2--;
        if (off1 == lim1) {
            for (; off2 < lim2; off2++)
                s->right->changed[s->right->places[off2] + 1] = 1;
            return;
        }
        if (off2 == lim2) {
            for (; off1 < lim1; off1++)
                s->left->changed[s->left->places[off1] + 1] = 1;
            return;
        }
        find_split(s, off1, lim1, off2, lim2, thorough, &split);
        compare(s, off1, split.one, off2, split.other, split.thorough_before);
        off1 = split.one;
        off2 = split.other;
        thorough = split.thorough_after;
    }
}

static int search(side_t *a, side_t *b)
{
    int64_t diagonals = (int64_t)a->kept + b->kept + 3;
    int64_t *reach = malloc((size_t)(2 * diagonals + 2) * sizeof *reach);
    search_t s = {a->reduced, b->reduced, a, b, NULL, NULL, rough_root(diagonals)};

    if (!reach)
        return -1;
    if (s.most_cost < LEAST_COST)
        s.most_cost = LEAST_COST;
    s.forward = reach + b->kept + 1;
    s.backward = reach + diagonals + b->kept + 1;
    compare(&s, 0, a->kept, 0, b->kept, 0);
    free(reach);
    return 0;
}

static int mark_changes(side_t *a, side_t *b, kind_t **kinds)
{
    line_t i;
    set_tail_aside(a, b);
    a->changed = calloc((size_t)a->count + 2, 1);
    b->changed = calloc((size_t)b->count + 2, 1);
    if (!a->changed || !b->changed)
        return -1;
    find_middle(a, b);
    if (a->start == a->end || b->start == b->end) {
        for (i = a->start; i < a->end; i++)
            a->changed[i + 1] = 1;
        for (i = b->start; i < b->end; i++)
            b->changed[i + 1] = 1;
    } else if (number_kinds(a, b, kinds) || reduce(a, *kinds, 1) || reduce(b, *kinds, 0) ||
               search(a, b)) {
        return -1;
    }
    return place_groups(a, b) || place_groups(b, a) ? -1 : 0;
}

static void release(side_t *side)
{
    free(side->changed);
    free(side->kinds);
    free(side->places);
    free(side->reduced);
}

/* The hunks between an older and a newer text, in order, as four numbers each: first line and count
 * in the older, first line and count in the newer, from 0. Returns how many there are; those beyond
 * `room` are counted but not written. -1: no memory, or the texts cannot be compared. */
line_t byline_hunks(const text_t *older, const text_t *newer, line_t *out, line_t room)
{
    side_t a = {older, older->count, 0, 0, NULL, NULL, NULL, NULL, 0};
    side_t b = {newer, newer->count, 0, 0, NULL, NULL, NULL, NULL, 0};
    kind_t *kinds = NULL;
    line_t found = -1, i = 0, j = 0, start_i, start_j;

    if (older->ignore_space == newer->ignore_space && !mark_changes(&a, &b, &kinds)) {
        for (found = 0; i < a.count || j < b.count; i++, j++) {
            start_i = i;
            start_j = j;
            while (a.changed[i + 1])
                i++;
            while (b.changed[j + 1])
                j++;
            if (i == start_i && j == start_j)
                continue;
            if (found < room) {
                line_t *row = out + 4 * (size_t)found;
                row[0] = start_i;
                row[1] = i - start_i;
                row[2] = start_j;
                row[3] = j - start_j;
            }
            found++;
        }
    }
    free(kinds);
    release(&a);
    release(&b);
    return found;
}
