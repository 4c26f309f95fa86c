/* Texts as lines, and what is compared of them. See differ.c. */

#ifndef BYLINE_TEXTS_H
#define BYLINE_TEXTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int32_t line_t;

typedef struct {
    const unsigned char *data;
    size_t size;
    line_t count;     /* lines; the last one may lack its line feed */
    size_t *starts;   /* count + 1 places in data */
    uint64_t *hashes; /* of each line's content, spaces ignored if asked */
    uint64_t *filter; /* bits of the hashes that occur, made when first asked for */
    uint64_t filter_mask;
    int ignore_space;
    int owned;        /* whether starts and hashes are to be freed */
} text_t;

typedef struct {
    const text_t *text;
    line_t count;              /* lines that take part: a common tail does not */
    line_t start, end;         /* lines between the common head and the common tail */
    unsigned char *changed;    /* count + 2, with a 0 on either side */
    line_t *kinds;             /* equal lines have equal numbers */
    line_t *places, *reduced;  /* the lines that are searched, and their kinds */
    line_t kept;
} side_t;

/* What git takes for white space. */
static inline int is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Whether two lines are equal, spaces ignored if the texts were opened so. */
int same_line(const text_t *a, line_t i, const text_t *b, line_t j);

/* Slide each group of changed lines to where it reads best. -1: the marks do not match. */
int place_groups(side_t *side, side_t *opposite);

size_t common_head(const unsigned char *one, const unsigned char *other, size_t limit);
line_t line_from(const size_t *starts, line_t count, size_t place);

text_t *byline_open(const unsigned char *data, size_t size, int ignore_space, const text_t *like);
void byline_close(text_t *text);
line_t byline_lines(const text_t *text);
int64_t byline_weight(const text_t *text, line_t first, line_t count);
line_t byline_hunks(const text_t *older, const text_t *newer, line_t *out, line_t room);

#endif
