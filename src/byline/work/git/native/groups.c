/* Where groups of changed lines are placed: git's indent heuristic
 * (https://git-scm.com/docs/git-diff, "--indent-heuristic"). A group that may slide up or down is put
 * where its edges stand best; the penalties are git's, found by its authors on many histories. */

#include "texts.h"

enum {
    MAX_SLIDING = 100, /* places that a group of lines is tried at */
    MAX_INDENT = 200,
    MAX_BLANKS = 20,
    INDENT_WEIGHT = 60
};

typedef struct {
    line_t start, end; /* may be empty: the place between two unchanged lines */
} group_t;

typedef struct {
    int indent, end_of_file, blanks_before, indent_before, blanks_after, indent_after;
} surroundings_t;

typedef struct {
    int indent, penalty;
} score_t;

static unsigned char *changed_at(const side_t *side, line_t line)
{
    return side->changed + line + 1;
}

/* Lines before the first changed one in either text: so many groups are empty, as many in both. A
 * group of the other text may have been slid up into the common head already. */
static line_t unchanged_head(const side_t *side, const side_t *opposite)
{
    line_t head = 0;
    while (head < side->start && !*changed_at(side, head) && !*changed_at(opposite, head))
        head++;
    return head;
}

static group_t first_group(const side_t *side, line_t head)
{
    group_t group = {head, head};
    while (*changed_at(side, group.end))
        group.end++;
    return group;
}

static int next_group(const side_t *side, group_t *group)
{
    if (group->end == side->count)
        return -1;
    group->start = group->end + 1;
    for (group->end = group->start; *changed_at(side, group->end);)
        group->end++;
    return 0;
}

static int previous_group(const side_t *side, group_t *group)
{
    if (group->start == 0)
        return -1;
    group->end = group->start - 1;
    for (group->start = group->end; *changed_at(side, group->start - 1);)
        group->start--;
    return 0;
}

static int slide_down(const side_t *side, group_t *group)
{
    if (group->end >= side->count || !same_line(side->text, group->start, side->text, group->end))
        return -1;
    *changed_at(side, group->start++) = 0;
    *changed_at(side, group->end++) = 1;
    while (*changed_at(side, group->end))
        group->end++;
    return 0;
}

static int slide_up(const side_t *side, group_t *group)
{
    if (group->start == 0 ||
        !same_line(side->text, group->start - 1, side->text, group->end - 1))
        return -1;
    *changed_at(side, --group->start) = 1;
    *changed_at(side, --group->end) = 0;
    while (*changed_at(side, group->start - 1))
        group->start--;
    return 0;
}

/* The columns a line is indented by; -1: the line is blank. */
static int indent_of(const side_t *side, line_t line)
{
    const unsigned char *at = side->text->data + side->text->starts[line];
    const unsigned char *end = side->text->data + side->text->starts[line + 1];
    int columns = 0;
    for (; at < end; at++) {
        if (!is_space(*at))
            return columns;
        if (*at == ' ')
            columns += 1;
        else if (*at == '\t')
            columns += 8 - columns % 8;
        if (columns >= MAX_INDENT)
            return MAX_INDENT;
    }
    return -1;
}

static surroundings_t look_around(const side_t *side, line_t at)
{
    surroundings_t s = {-1, at >= side->count, 0, -1, 0, -1};
    line_t i;
    if (!s.end_of_file)
        s.indent = indent_of(side, at);
    for (i = at - 1; i >= 0; i--) {
        s.indent_before = indent_of(side, i);
        if (s.indent_before != -1)
            break;
        if (++s.blanks_before == MAX_BLANKS) {
            s.indent_before = 0;
            break;
        }
    }
    for (i = at + 1; i < side->count; i++) {
        s.indent_after = indent_of(side, i);
        if (s.indent_after != -1)
            break;
        if (++s.blanks_after == MAX_BLANKS) {
            s.indent_after = 0;
            break;
        }
    }
    return s;
}

static void add_to_score(score_t *score, surroundings_t s)
{
    int blanks_after = s.indent == -1 ? 1 + s.blanks_after : 0;
    int blanks = s.blanks_before + blanks_after;
    int indent = s.indent != -1 ? s.indent : s.indent_after;

    if (s.indent_before == -1 && s.blanks_before == 0)
        score->penalty += 1; /* at the start of the file */
    if (s.end_of_file)
        score->penalty += 21;
    score->penalty += -30 * blanks + 6 * blanks_after;
    score->indent += indent;
    if (indent == -1 || s.indent_before == -1 || indent == s.indent_before)
        return;
    if (indent > s.indent_before)
        score->penalty += blanks ? 10 : -4;
    else if (s.indent_after != -1 && s.indent_after > indent)
        score->penalty += blanks ? 17 : 24; /* outdented, and indented again */
    else
        score->penalty += blanks ? 17 : 23; /* outdented for good */
}

static int is_no_worse(score_t one, score_t other)
{
    int indents = (one.indent > other.indent) - (one.indent < other.indent);
    return INDENT_WEIGHT * indents + (one.penalty - other.penalty) <= 0;
}

static line_t best_end(const side_t *side, group_t group, line_t earliest)
{
    line_t size = group.end - group.start, end = earliest, best = -1;
    score_t least = {0, 0};
    if (group.end - size - 1 > end)
        end = group.end - size - 1;
    if (group.end - MAX_SLIDING > end)
        end = group.end - MAX_SLIDING;
    for (; end <= group.end; end++) {
        score_t score = {0, 0};
        add_to_score(&score, look_around(side, end));
        add_to_score(&score, look_around(side, end - size));
        if (best == -1 || is_no_worse(score, least)) {
            least = score;
            best = end;
        }
    }
    return best;
}

/* Slide each group to where it reads best; groups that meet become one. -1: it cannot be. */
int place_groups(side_t *side, side_t *opposite)
{
    line_t head = unchanged_head(side, opposite);
    group_t group = first_group(side, head), other = first_group(opposite, head);
    for (;;) {
        line_t earliest, size, matching;
        if (group.end != group.start) {
            do {
                size = group.end - group.start;
                matching = -1;
                while (!slide_up(side, &group))
                    if (previous_group(opposite, &other))
                        return -1;
                earliest = group.end;
                if (other.end > other.start)
                    matching = group.end;
                while (!slide_down(side, &group)) {
                    if (next_group(opposite, &other))
                        return -1;
                    if (other.end > other.start)
                        matching = group.end;
                }
            } while (size != group.end - group.start);
            if (group.end == earliest) {
                /* it has one place only */
            } else if (matching != -1) {
                while (other.end == other.start)
                    if (slide_up(side, &group) || previous_group(opposite, &other))
                        return -1;
            } else {
                line_t best = best_end(side, group, earliest);
                while (group.end > best)
                    if (slide_up(side, &group) || previous_group(opposite, &other))
                        return -1;
            }
        }
        if (group.start > side->end || next_group(side, &group))
            return 0; /* in the common tail nothing is changed */
        if (next_group(opposite, &other))
            return -1;
    }
}
