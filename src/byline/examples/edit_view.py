"""A changed file with what is known of its lines, and which of them may be shown.

Around each block stand as many lines of the before-state as are permitted without a gap. How they
are written is for `byline.examples.rendering_files`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.pieces import Piece
from byline.examples.search_replace import SearchReplace
from byline.examples.tokens import forged

MARKERS = ("<<<<<<< ", ">>>>>>> ", "=======\n")


@dataclass(frozen=True)
class ChangedFile:
    """One changed file, clean, with what is known of its lines and its blocks.

    A file that is only shown (status ``S``) has no blocks, nor has one that was only renamed.
    """

    row: Mapping[str, Any]
    path: str
    before: Sequence[str]
    after: Sequence[str]
    known_before: Sequence[Allowed]
    known_after: Sequence[Allowed]  # undecided where the line is an old one
    writer: Allowed
    blocks: Sequence[SearchReplace]
    status: str = "M"  # A M D R, or S: shown, not changed
    old_path: str | None = None  # of a renamed file


def piece_of(text: str, known: Allowed, loss: float) -> Piece:
    """A text with whoever wrote it."""
    return Piece(
        text=text,
        contributor=next(iter(known.people), None),
        origin=known.origin,
        loss=loss,
        people=known.people,
        clauses=known.clauses,
    )


def known_of_new(file: ChangedFile) -> dict[int, Allowed]:
    """What is known of each line of the after-state that a block replaces others by."""
    unchanged = _carried_over(file)
    return {
        place: _written(file, place)
        if (source := unchanged.get(place)) is None
        else file.known_before[source]
        for block in file.blocks
        for place in range(*block.new)
    }


def _written(file: ChangedFile, place: int) -> Allowed:
    """What is known of a line that the commit wrote; one that it did not falls to its writer."""
    known = file.known_after[place]
    return file.writer if known is UNDECIDED else known


def _window(file: ChangedFile, block: SearchReplace, context_lines: int) -> tuple[int, int]:
    """The lines of the before-state to show around a block: permitted ones, without a gap."""
    start, end = block.old
    while start > max(0, block.old[0] - context_lines) and usable(file, start - 1):
        start -= 1
    limit = min(len(file.before), block.old[1] + context_lines)
    while end < limit and usable(file, end):
        end += 1
    return start, end


def usable(file: ChangedFile, place: int) -> bool:
    """Whether a line of the before-state may be shown."""
    line = file.before[place]
    marked = forged(line) or any(mark in line for mark in MARKERS)
    return file.known_before[place].reason is None and not marked


def windows(file: ChangedFile, context_lines: int) -> list[tuple[int, int]]:
    """The lines [start, end) of the before-state to show, counted from 0."""
    if file.status == "S":
        return _usable_runs(file)
    merged: list[tuple[int, int]] = []
    for block in file.blocks:
        start, end = _window(file, block, context_lines)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _usable_runs(file: ChangedFile) -> list[tuple[int, int]]:
    """All lines of a file that may be shown, as runs without a gap."""
    runs: list[tuple[int, int]] = []
    for place in range(len(file.before)):
        if not usable(file, place):
            continue
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _carried_over(file: ChangedFile) -> dict[int, int]:
    """For each line of the after-state inside a block that is an old line: which."""
    written = {
        place
        for origin in file.row["after_origins"]
        for place in range(origin["start"] - 1, origin["start"] - 1 + origin["lines"])
    }
    carried: dict[int, int] = {}
    for block in file.blocks:
        old = list(range(*block.old))
        for place in range(*block.new):
            if place in written:
                continue
            match = next((o for o in old if file.before[o] == file.after[place]), None)
            if match is not None:
                carried[place] = match
                old = [o for o in old if o > match]
    return carried
