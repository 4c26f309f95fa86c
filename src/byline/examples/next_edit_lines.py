"""Texts whose lines know their authors, as they change edit by edit."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from byline.examples.allowed import Allowed
from byline.examples.draft import LeftOutError
from byline.examples.edit_view import piece_of
from byline.examples.pieces import Piece
from byline.work.diff import Block, changed_blocks
from byline.work.identifiers import line_list

HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Line(NamedTuple):
    """A line with its ending, and what is known of it."""

    text: str
    known: Allowed


Lines = Sequence[Line]


def texts(lines: Lines) -> list[str]:
    """The lines without their authors."""
    return [line.text for line in lines]


def differing(old: Lines, new: Lines) -> list[Block]:
    """The blocks in which two states differ."""
    return changed_blocks(texts(old), texts(new))


def applied_blocks(old: Lines, new: Lines, blocks: Sequence[Block]) -> list[Line]:
    """The old state with some of the blocks that lead to the new one."""
    found: list[Line] = []
    place = 0
    for block in blocks:
        found += old[place : block.old_start]
        found += new[block.new_start : block.new_end]
        place = block.old_end
    return [*found, *old[place:]]


def patched(lines: Lines, diff: str, author: Allowed) -> list[Line]:
    """The lines after a unified diff, whose added lines are by `author`.

    Raises:
        LeftOutError: The diff has no hunk, or one that does not fit the lines.
    """
    found: list[Line] = []
    place = hunks = 0
    rows = iter(line_list(diff))
    for row in rows:
        match = HUNK.match(row)
        if match is None:
            continue
        hunks += 1
        counts = [int(match[at]) if match[at] else 1 for at in (2, 4)]
        start = int(match[1]) - bool(counts[0])
        if start < place:
            raise LeftOutError("events_do_not_apply")
        found += lines[place:start]
        place = _hunk(lines, start, rows, counts, found, author)
    if not hunks:
        raise LeftOutError("events_do_not_apply")
    return [*found, *lines[place:]]


def _hunk(
    lines: Lines,
    place: int,
    rows: Iterator[str],
    counts: Sequence[int],
    found: list[Line],
    author: Allowed,
) -> int:
    """Apply one hunk; the place in the old lines after it."""
    old, new = counts
    while old > 0 or new > 0:
        row = next(rows, "")
        sign, text = row[:1], row[1:]
        if row == "\n":  # some editors leave out the blank before an empty line
            sign, text = " ", "\n"
        if sign not in (" ", "-", "+") or not sign:
            raise LeftOutError("events_do_not_apply")
        if sign != "+":
            if place >= len(lines) or not _same(lines[place].text, text):
                raise LeftOutError("events_do_not_apply")
            if sign == " ":
                found.append(lines[place])
            place += 1
            old -= 1
        else:
            found.append(Line(text if text.endswith("\n") else text + "\n", author))
        new -= sign != "-"
    return place


def _same(line: str, text: str) -> bool:
    return line.rstrip("\r\n") == text.rstrip("\r\n")


def diff_pieces(old: Lines, new: Lines, *, context: int) -> list[Piece] | None:
    """How a state became another, as hunks whose lines keep their authors.

    Context is shown as far as it may be. None where a changed line may not be shown.
    """
    found: list[Piece] = []
    for block in differing(old, new):
        rows = (*old[block.old_start : block.old_end], *new[block.new_start : block.new_end])
        if any(line.known.reason is not None for line in rows):
            return None
        above, below = _context(old, block, context)
        size = (
            block.old_end - block.old_start + above + below,
            block.new_end - block.new_start + above + below,
        )
        starts = (
            block.old_start - above + bool(size[0]), block.new_start - above + bool(size[1]),
        )  # fmt: skip
        found.append(Piece(f"@@ -{starts[0]},{size[0]} +{starts[1]},{size[1]} @@\n"))
        for place in range(block.old_start - above, block.old_start):
            found += _signed(" ", old[place])
        for place in range(block.old_start, block.old_end):
            found += _signed("-", old[place])
        for place in range(block.new_start, block.new_end):
            found += _signed("+", new[place])
        for place in range(block.old_end, block.old_end + below):
            found += _signed(" ", old[place])
    return found


def _context(old: Lines, block: Block, most: int) -> tuple[int, int]:
    above = below = 0
    while above < min(most, block.old_start) and _may_show(old, block.old_start - above - 1):
        above += 1
    while below < min(most, len(old) - block.old_end) and _may_show(old, block.old_end + below):
        below += 1
    return above, below


def _may_show(lines: Lines, place: int) -> bool:
    return lines[place].known.reason is None


def _signed(sign: str, line: Line) -> tuple[Piece, ...]:
    ending = () if line.text.endswith("\n") else (Piece("\n"),)
    return (Piece(sign), piece_of(line.text, line.known, 0.0), *ending)
