"""Which lines of an edit's before-state are asked about: those that a recipe may show."""

from byline.work.diff import changed_blocks
from byline.work.identifiers import line_list

WINDOW = 32  # lines on each side of a change


def windows(before: str, after: str) -> list[tuple[int, int]]:
    """Lines of `before` around each change, `WINDOW` on each side: (first, last), from 1."""
    lines = line_list(before)
    merged: list[tuple[int, int]] = []
    for block in changed_blocks(lines, line_list(after)):
        first = max(1, block.old_start + 1 - WINDOW)
        last = min(len(lines), block.old_end + WINDOW)
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        elif first <= last:
            merged.append((first, last))
    return merged
