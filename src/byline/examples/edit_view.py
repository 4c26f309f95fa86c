"""How an edit is shown: the prompt's view of a file, and the answer's blocks, with their authors.

Around each block stand as many lines of the before-state as are permitted without a gap. Control
tokens and markers are the recipe's own words; everything else carries whoever wrote it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.examples.allowed import UNDECIDED, Allowed
from byline.examples.pieces import Piece
from byline.examples.search_replace import SearchReplace
from byline.examples.segments import SENTINELS

MARKERS = ("<<<<<<< ", ">>>>>>> ", "=======\n")


@dataclass(frozen=True)
class ChangedFile:
    """One changed file, clean, with what is known of its lines and its blocks."""

    row: Mapping[str, Any]
    path: str
    before: Sequence[str]
    after: Sequence[str]
    known_before: Sequence[Allowed]
    known_after: Sequence[Allowed]  # undecided where the line is an old one
    writer: Allowed
    blocks: Sequence[SearchReplace]


def shown(file: ChangedFile, context_lines: int) -> list[Allowed]:
    """What is known of every line of the before-state that the prompt shows."""
    return [
        file.known_before[place]
        for start, end in _windows(file, context_lines)
        for place in range(start, end)
    ]


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


def state(file: ChangedFile, context_lines: int) -> Iterator[Piece]:
    """The prompt's view of a file: the permitted surroundings of each block."""
    yield Piece(f"<commit_before>{file.path}\n")
    for number, (start, end) in enumerate(_windows(file, context_lines)):
        if number:
            yield Piece("...\n")
        for place in range(start, end):
            yield piece_of(file.before[place], file.known_before[place], 0.0)


def action(file: ChangedFile) -> Iterator[Piece]:
    """The answer for a file: its blocks."""
    yield Piece(f"<commit_after>{file.path}\n", loss=1.0)
    unchanged = _carried_over(file)
    for block in file.blocks:
        yield Piece("<<<<<<< SEARCH\n", loss=1.0)
        for place in range(*block.old):
            yield piece_of(file.before[place], file.known_before[place], 1.0)
        yield Piece("=======\n", loss=1.0)
        for place in range(*block.new):
            source = unchanged.get(place)
            known = _written(file, place) if source is None else file.known_before[source]
            yield piece_of(file.after[place], known, 1.0)
        yield Piece(">>>>>>> REPLACE\n", loss=1.0)


def _written(file: ChangedFile, place: int) -> Allowed:
    """What is known of a line that the commit wrote; one that it did not falls to its writer."""
    known = file.known_after[place]
    return file.writer if known is UNDECIDED else known


def _window(file: ChangedFile, block: SearchReplace, context_lines: int) -> tuple[int, int]:
    """The lines of the before-state to show around a block: permitted ones, without a gap."""
    start, end = block.old
    while start > max(0, block.old[0] - context_lines) and _usable(file, start - 1):
        start -= 1
    limit = min(len(file.before), block.old[1] + context_lines)
    while end < limit and _usable(file, end):
        end += 1
    return start, end


def _usable(file: ChangedFile, place: int) -> bool:
    line = file.before[place]
    marked = any(mark in line for mark in (*MARKERS, *SENTINELS))
    return file.known_before[place].reason is None and not marked


def _windows(file: ChangedFile, context_lines: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for block in file.blocks:
        start, end = _window(file, block, context_lines)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


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
