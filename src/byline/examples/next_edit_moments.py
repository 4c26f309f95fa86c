"""Moments of editing: what was changed last, where the cursor rests, and what came next."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from byline.examples.draft import LeftOutError
from byline.examples.next_edit_lines import (
    Line,
    Lines,
    applied_blocks,
    diff_pieces,
    differing,
    texts,
)
from byline.examples.pieces import Piece
from byline.work.diff import Block

CONTEXT: Final = 2  # lines of context of a shown edit


@dataclass(frozen=True)
class Edit:
    """One edit of the history: a file before and after it."""

    path: str
    old: Lines
    new: Lines


@dataclass(frozen=True)
class Moment:
    """A state of one file, how it came about, and how it goes on.

    Attributes:
        path: The file.
        history: The edits before, the latest last.
        now: Its lines.
        after: Its lines when the next step is done.
        line: Where the cursor is, counted from 0.
        column: Characters before the cursor in that line.
        order: ``recorded``, or ``synthetic`` where the order of edits is imitated.
    """

    path: str
    history: Sequence[Edit]
    now: Lines
    after: Lines
    line: int
    column: int
    order: str


@dataclass(frozen=True)
class Region:
    """The lines [start, end) that may be edited, with the context [above, below) around them."""

    above: int
    start: int
    end: int
    below: int
    blocks: Sequence[Block]

    @property
    def changes(self) -> bool:
        """Whether the next step changes anything in it."""
        return bool(self.blocks)


def region_of(moment: Moment, *, region_characters: int, context_characters: int) -> Region:
    """The region around the cursor: permitted lines without a gap.

    Raises:
        LeftOutError: The cursor's line may not be shown, or a change crosses the region's border.
    """
    now = moment.now
    if not now:
        return Region(0, 0, 0, 0, differing(now, moment.after))
    line = min(moment.line, len(now) - 1)
    if now[line].known.reason is not None:
        raise LeftOutError(f"terms: {now[line].known.reason}")
    start, end = _grown(now, line, line + 1, region_characters)
    inside = []
    for block in differing(now, moment.after):
        touches = block.old_start <= end and block.old_end >= start
        if touches and (block.old_start < start or block.old_end > end):
            raise LeftOutError("change_crosses_region")
        if touches:
            inside.append(block)
    above, below = _grown(now, start, end, context_characters, from_size=0)
    return Region(above, start, end, below, inside)


def _grown(
    lines: Lines, start: int, end: int, most: int, *, from_size: int | None = None
) -> tuple[int, int]:
    """A stretch of permitted lines grown on both sides alike, up to a number of characters."""
    size = sum(len(line.text) for line in lines[start:end]) if from_size is None else from_size
    open_above = open_below = True
    while open_above or open_below:
        if open_above:
            open_above = start > 0 and _fits(lines[start - 1], size, most)
            if open_above:
                start -= 1
                size += len(lines[start].text)
        if open_below:
            open_below = end < len(lines) and _fits(lines[end], size, most)
            if open_below:
                size += len(lines[end].text)
                end += 1
    return start, end


def _fits(line: Line, size: int, most: int) -> bool:
    return line.known.reason is None and size + len(line.text) <= most


def rewritten(moment: Moment, region: Region) -> list[Line]:
    """The region after the next step.

    Raises:
        LeftOutError: A line of it may not be shown.
    """
    moved = [
        Block(one.old_start - region.start, one.old_end - region.start, one.new_start, one.new_end)
        for one in region.blocks
    ]
    found = applied_blocks(moment.now[region.start : region.end], moment.after, moved)
    for line in found:
        if line.known.reason is not None:
            raise LeftOutError(f"terms: {line.known.reason}")
    return found


def shown_history(
    edits: Sequence[Edit], *, most: int, characters: int
) -> tuple[list[Piece], int, int]:
    """The latest edits as diffs.

    Returns:
        The pieces; how many edits they show; how many were left out because of terms or size.
    """
    pieces: list[Piece] = []
    shown = left_out = 0
    for edit in edits[-most:]:
        diff = diff_pieces(edit.old, edit.new, context=CONTEXT)
        if diff is None or sum(len(piece.text) for piece in diff) > characters:
            left_out += 1
            continue
        if diff:
            pieces += [Piece(f"--- {edit.path}\n"), *diff]
            shown += 1
    return pieces, shown, left_out


def undone(moment: Moment, region: Region, *, events: int) -> float:
    """The share of the characters typed last that the next step takes away again."""
    typed: list[str] = []
    for edit in moment.history[-events:]:
        if edit.path == moment.path:
            for block in differing(edit.old, edit.new):
                typed += texts(edit.new[block.new_start : block.new_end])
    total = sum(len(one) for one in typed)
    kept = list(texts(moment.after))
    removed = 0
    for block in region.blocks:
        for line in texts(moment.now[block.old_start : block.old_end]):
            if line in typed and line not in kept:
                typed.remove(line)
                removed += len(line)
    return removed / total if total else 0.0


def bulk(events: Sequence[tuple[float, str]], *, files: int, seconds: float) -> bool:
    """Whether so many files changed in so short a time that no hand did it."""
    ordered = sorted(events)
    start = 0
    for at, (time, _) in enumerate(ordered):
        while time - ordered[start][0] > seconds:
            start += 1
        if len({path for _, path in ordered[start : at + 1]}) >= files:
            return True
    return False


def steps(times: Sequence[float | None], *, pause: float) -> list[tuple[int, int]]:
    """Runs [start, end) of events that follow each other without a pause.

    Without times every event is a step of its own.
    """
    if any(time is None for time in times):
        return [(at, at + 1) for at in range(len(times))]
    known = [time for time in times if time is not None]
    cuts = [at for at, (one, next_) in enumerate(pairwise(known), 1) if next_ - one > pause]
    edges = [0, *cuts, len(known)]
    return [(start, end) for start, end in pairwise(edges) if start < end]
