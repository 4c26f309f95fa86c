/* Opening a text: where its lines begin, and a hash of each. */

#include "texts.h"

enum { MOST_LINES = 1 << 28, BLOCK = 256 };

static uint64_t mixed(uint64_t value)
{
    value ^= value >> 32;
    value *= 0x9E3779B97F4A7C15ull;
    value ^= value >> 29;
    return value;
}

static uint64_t line_hash(const unsigned char *from, size_t length)
{
    uint64_t hash = length * 0xD6E8FEB86659FD93ull + 1, word;
    for (; length >= 8; from += 8, length -= 8) {
        memcpy(&word, from, 8);
        hash = mixed(hash ^ word);
    }
    if (length) {
        word = 0;
        memcpy(&word, from, length);
        hash = mixed(hash ^ word);
    }
    return mixed(hash);
}

static uint64_t spaceless_hash(const unsigned char *from, size_t length)
{
    uint64_t hash = 0xCBF29CE484222325ull;
    for (; length; from++, length--)
        if (!is_space(*from))
            hash = (hash ^ *from) * 0x100000001B3ull;
    return mixed(hash);
}

static int same_spaceless(const unsigned char *one, const unsigned char *one_end,
                          const unsigned char *other, const unsigned char *other_end)
{
    for (;;) {
        while (one < one_end && is_space(*one))
            one++;
        while (other < other_end && is_space(*other))
            other++;
        if (one == one_end || other == other_end)
            return one == one_end && other == other_end;
        if (*one++ != *other++)
            return 0;
    }
}

int same_line(const text_t *a, line_t i, const text_t *b, line_t j)
{
    size_t length;
    if (a->hashes[i] != b->hashes[j])
        return 0;
    if (a->ignore_space)
        return same_spaceless(a->data + a->starts[i], a->data + a->starts[i + 1],
                              b->data + b->starts[j], b->data + b->starts[j + 1]);
    length = a->starts[i + 1] - a->starts[i];
    return length == b->starts[j + 1] - b->starts[j] &&
           !memcmp(a->data + a->starts[i], b->data + b->starts[j], length);
}

void byline_close(text_t *text)
{
    if (text && text->owned) {
        free(text->starts);
        free(text->hashes);
        free(text->filter);
    }
    free(text);
}

static int make_room(text_t *text, size_t room)
{
    size_t *starts = realloc(text->starts, (room + 1) * sizeof *starts);
    uint64_t *hashes;
    if (!starts)
        return -1;
    text->starts = starts;
    hashes = realloc(text->hashes, (room + 1) * sizeof *hashes);
    if (!hashes)
        return -1;
    text->hashes = hashes;
    return 0;
}

/* How many bytes two texts have in common at their beginning. */
size_t common_head(const unsigned char *one, const unsigned char *other, size_t limit)
{
    size_t head = 0;
    while (head + BLOCK <= limit && !memcmp(one + head, other + head, BLOCK))
        head += BLOCK;
    while (head < limit && one[head] == other[head])
        head++;
    return head;
}

static size_t common_tail(const unsigned char *one_end, const unsigned char *other_end,
                          size_t limit)
{
    size_t tail = 0;
    while (tail + BLOCK <= limit && !memcmp(one_end - tail - BLOCK, other_end - tail - BLOCK, BLOCK))
        tail += BLOCK;
    while (tail < limit && one_end[-1 - (ptrdiff_t)tail] == other_end[-1 - (ptrdiff_t)tail])
        tail++;
    return tail;
}

/* The first line, of `count`, that begins at a place or behind it. */
line_t line_from(const size_t *starts, line_t count, size_t place)
{
    line_t low = 0, high = count;
    while (low < high) {
        line_t middle = low + (high - low) / 2;
        if (starts[middle] < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add_lines(text_t *text, size_t *room, const unsigned char *at, const unsigned char *end)
{
    const unsigned char *next;
    for (; at < end; at = next) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next + 1 : end;
        if ((size_t)text->count == *room && (*room > MOST_LINES || make_room(text, *room *= 2)))
            return -1;
        text->starts[text->count] = (size_t)(at - text->data);
        text->hashes[text->count++] = text->ignore_space
                                          ? spaceless_hash(at, (size_t)(next - at))
                                          : line_hash(at, (size_t)(next - at));
    }
    return 0;
}

/* Take over what is known of lines that another text begins or ends with too. */
static int add_known(text_t *text, size_t *room, const text_t *like)
{
    const unsigned char *end = text->data + text->size;
    size_t shorter = text->size < like->size ? text->size : like->size;
    size_t head = common_head(text->data, like->data, shorter), tail, from, shift;
    line_t first = line_from(like->starts, like->count, head + 1), last, i;

    first -= first > 0; /* the line that `head` lies in, or begins */
    from = first < like->count ? like->starts[first] : 0;
    if (first == like->count)
        first = 0, from = 0;
    tail = common_tail(end, like->data + like->size, shorter - from);
    last = line_from(like->starts, like->count, like->size - tail + 1);
    if (first + (like->count - last) + 1 > (line_t)*room &&
        make_room(text, *room = (size_t)first + (size_t)(like->count - last) + 16))
        return -1;
    memcpy(text->starts, like->starts, (size_t)first * sizeof *text->starts);
    memcpy(text->hashes, like->hashes, (size_t)first * sizeof *text->hashes);
    text->count = first;
    if (last == like->count)
        return add_lines(text, room, text->data + from, end);
    shift = text->size - like->size; /* wraps round where the other is longer, and back again */
    if (add_lines(text, room, text->data + from, text->data + like->starts[last] + shift))
        return -1;
    while (*room < (size_t)text->count + (size_t)(like->count - last))
        if (make_room(text, *room *= 2))
            return -1;
    for (i = last; i < like->count; i++) {
        text->starts[text->count] = like->starts[i] + shift;
        text->hashes[text->count++] = like->hashes[i];
    }
    return 0;
}

/* The lines of a text, which must stay where it is until the result is closed. `like` is NULL or a
 * text that may resemble it: what they share need not be looked at again. NULL: no memory, or more
 * lines than can be numbered. */
text_t *byline_open(const unsigned char *data, size_t size, int ignore_space, const text_t *like)
{
    text_t *text = calloc(1, sizeof *text);
    size_t room = size / 24 + 16;
    int failed;

    if (!text)
        return NULL;
    text->data = data;
    text->size = size;
    text->ignore_space = ignore_space;
    text->owned = 1;
    failed = make_room(text, room);
    if (!failed && like && like->ignore_space == ignore_space && like->owned)
        failed = add_known(text, &room, like);
    else if (!failed)
        failed = add_lines(text, &room, data, data + size);
    if (failed) {
        byline_close(text);
        return NULL;
    }
    text->starts[text->count] = size;
    return text;
}

line_t byline_lines(const text_t *text)
{
    return text->count;
}

/* Letters and digits (of ASCII) in some lines, and one: what git weighs moved text by. */
int64_t byline_weight(const text_t *text, line_t first, line_t count)
{
    const unsigned char *at = text->data + text->starts[first];
    const unsigned char *end = text->data + text->starts[first + count];
    int64_t weight = 1;
    for (; at < end; at++)
        weight += (*at >= '0' && *at <= '9') || ((*at | 32) >= 'a' && (*at | 32) <= 'z');
    return weight;
}
