"""Taking stretches out of a text, or replacing them, while every author's pieces stay exact.

Also which stretches of a comment are code, because prose rules do not hold there. Everything here
takes time linear in the text, whatever the text is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from byline.examples.pieces import Piece, cut

FENCE: Final = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
TICKS: Final = re.compile(r"`+")


@dataclass(frozen=True, order=True)
class Cut:
    """Code points [start, end) of a text become another text.

    Attributes:
        text: What stands in their place; nothing, where they are taken out.
        piece: Who is to be named for it; None leaves it to whoever wrote what was there.
    """

    start: int
    end: int
    text: str = ""
    piece: Piece | None = None


@dataclass(frozen=True)
class Ranges:
    """Stretches of a text, in order, without overlaps."""

    spans: tuple[tuple[int, int], ...]

    def holds(self, place: int) -> bool:
        """Whether a place lies in one of them."""
        found = bisect_right(self.spans, (place, 1 << 62)) - 1
        return found >= 0 and self.spans[found][0] <= place < self.spans[found][1]


def with_cuts(pieces: Sequence[Piece], cuts: Iterable[Cut]) -> list[Piece]:
    """The pieces with cuts made.

    Of two that overlap the one that starts first, else the longest, is made; what the other covers
    beyond it is taken out as well.
    """
    found: list[Piece] = []
    done, length = 0, sum(len(piece.text) for piece in pieces)
    for one in sorted(cuts, key=lambda cut: (cut.start, -cut.end, cut.text)):
        if one.end <= done and one.start < done:
            continue
        if one.start >= done:
            found += cut(pieces, done, one.start)
            found += _put(pieces, one)
        done = max(done, one.end)
    return [*found, *cut(pieces, done, length)]


def _put(pieces: Sequence[Piece], one: Cut) -> list[Piece]:
    if not one.text:
        return []
    if one.piece is not None:
        return [replace(one.piece, text=one.text)]
    there = cut(pieces, one.start, one.end)
    return [replace(there[0], text=one.text)] if there else []


def line_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each line, its ending included."""
    spans, start = [], 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        spans.append((start, end))
        start = end
    return spans


def code_ranges(text: str) -> Ranges:
    """Fenced blocks and code spans of Markdown, in code points; an open fence runs to the end."""
    spans: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for start, end in line_spans(text):
        found = FENCE.match(text[start : min(end, start + 80)])
        if opened is not None:
            if found and found["mark"].startswith(opened[1]):
                spans.append((opened[0], end))
                opened = None
        elif found:
            opened = (start, found["mark"])
        else:
            spans += _code_spans(text, start, end)
    if opened is not None:
        spans.append((opened[0], len(text)))
    return Ranges(tuple(spans))


def _code_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Code between equal runs of backticks, within one line."""
    runs = [(one.start(), one.end()) for one in TICKS.finditer(text, start, end)]
    places: dict[int, list[int]] = {}
    for number, (low, high) in enumerate(runs):
        places.setdefault(high - low, []).append(number)
    spans, done = [], -1
    for number, (low, high) in enumerate(runs):
        same = places[high - low]
        after = bisect_right(same, number)
        if number <= done or after == len(same):
            continue
        done = same[after]
        spans.append((low, runs[done][1]))
    return spans
