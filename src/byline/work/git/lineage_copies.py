"""Lines that a commit did not write but moved or copied: what `git blame -M` and `-C` look for.

When no parent has a line where it stands, git looks for it elsewhere in the parent's version of the
file (``-M``), and then in the other files that the commit changed (``-C``). It looks for whole
entries (stretches of lines that came here together), takes the heaviest stretch that both share if
it weighs enough, and looks again for what is left (https://git-scm.com/docs/git-blame, "-M", "-C").
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from byline.errors import InputError
from byline.work.git import texts
from byline.work.git.differences import TextStore, text_store
from byline.work.git.hunks import Lines, joined_lines
from byline.work.git.lineage_asks import Ask, line_at
from byline.work.git.lineage_parents import Asked, Source, against
from byline.work.git.lineage_visits import Visit
from byline.work.git.texts import Copy, Entry, Text

MOVED, COPIED = 20, 40  # what a stretch must weigh more than; git's defaults
SOURCES_AT_ONCE = 128
MODULE = "160000"

Carried = tuple[str | None, bytes, Lines]


class Piece(NamedTuple):
    """An entry on its way: its lines, and where it stands in the text that was asked about."""

    lines: Lines
    ask: int
    first: int

    def part(self, offset: int, count: int) -> "Piece":
        """Some lines of it."""
        chosen = self.lines.some(slice(offset, offset + count))
        return Piece(chosen, self.ask, self.first + offset)


class Copies:
    """What is needed to look for moved and copied lines, for one walk."""

    def __init__(
        self,
        stores: tuple[TextStore, TextStore],
        asks: Sequence[Ask],
        ends: Sequence[int],
        *,
        from_others: bool,
    ) -> None:
        self._finals, self._sources = stores
        self._asks = asks
        self._ends = ends
        self._from_others = from_others

    def carried(
        self, asked: Asked, visit: Visit, found: Sequence[Source], rest: Lines
    ) -> Iterator[Carried]:
        """The lines that came from elsewhere, as (parent, path, lines); last those that did not.

        Args:
            asked: Processes to ask about parents.
            visit: The commit.
            found: Where the file stood in the parents.
            rest: Its lines that no parent has in place.
        """
        pieces = self._pieces(rest)
        held = self._finals.hold({self._asks[piece.ask].oid for piece in pieces})
        light: list[Piece] = []
        pieces = self._heavy(pieces, held, MOVED, light)
        for source in found:
            if pieces:
                taken, pieces = self._take(pieces, held, [source], MOVED, light)
                yield from self._handed(visit, taken)
        if self._from_others:
            pieces = self._heavy(pieces, held, COPIED, light)
            for at in range(len(visit.parents)):
                if pieces:
                    own = next((one.path for one in found if one.parent == at), None)
                    others = _others(asked, visit, at, own)
                    taken, pieces = self._take(pieces, held, others, COPIED, light)
                    yield from self._handed(visit, taken)
        yield None, b"", _together([*pieces, *light], like=rest)

    def _pieces(self, rest: Lines) -> list[Piece]:
        """The entries that lines make up, each of one text."""
        order = np.argsort(rest.final, kind="stable")
        lines = rest.some(order)
        cut = (np.diff(lines.final) != 1) | (np.diff(lines.here) != 1) | (lines.edge[1:] != 0)
        bounds = [0, *(np.flatnonzero(cut) + 1).tolist(), len(order)]
        found = []
        for start, end in pairwise(bounds):
            final = int(lines.final[start])
            ask = bisect_right(self._ends, final) - 1
            first = line_at(self._asks[ask].ranges, final - self._ends[ask])
            found.append(Piece(lines.some(slice(start, end)), ask, first))
        return found

    def _heavy(
        self, pieces: Sequence[Piece], held: dict[str, Text], least: int, light: list[Piece]
    ) -> list[Piece]:
        """The pieces that weigh enough to be looked for; the others are added to `light`."""
        heavy: list[Piece] = []
        for piece in pieces:
            text = held[self._asks[piece.ask].oid]
            enough = text.weight(piece.first, len(piece.lines)) > least
            (heavy if enough else light).append(piece)
        return heavy

    def _take(
        self,
        pieces: Sequence[Piece],
        held: dict[str, Text],
        others: Sequence[Source],
        least: int,
        light: list[Piece],
    ) -> tuple[list[tuple[Source, int, Piece]], list[Piece]]:
        """What the sources have, with the line it stands at there; and what is left."""
        taken: list[tuple[Source, int, Piece]] = []
        left: list[Piece] = []
        looked = list(pieces)
        while looked:
            entries = [
                Entry(held[self._asks[piece.ask].oid], piece.first, len(piece.lines))
                for piece in looked
            ]
            again: list[Piece] = []
            best = self._best(entries, others, least)
            for piece, copy in zip(looked, best, strict=True):
                if copy is None:
                    left.append(piece)
                    continue
                taken.append((others[copy.source], copy.place, piece.part(copy.offset, copy.lines)))
                after = copy.offset + copy.lines
                again += [
                    piece.part(start, end - start)
                    for start, end in ((0, copy.offset), (after, len(piece.lines)))
                    if start < end
                ]
            looked = self._heavy(again, held, least, light)
        return taken, left

    def _best(
        self, entries: Sequence[Entry], others: Sequence[Source], least: int
    ) -> list[Copy | None]:
        best: list[Copy | None] = [None] * len(entries)
        weights = [0] * len(entries)
        for start in range(0, len(others), SOURCES_AT_ONCE):
            some = others[start : start + SOURCES_AT_ONCE]
            opened = self._sources.hold(source.oid for source in some)
            found = texts.copies(entries, [opened[source.oid] for source in some], least=least)
            for at, copy in enumerate(found):
                if copy is not None:
                    text, first, _ = entries[at]
                    weight = text.weight(first + copy.offset, copy.lines)
                    if weight >= weights[at]:  # of two alike the later
                        weights[at] = weight
                        best[at] = copy._replace(source=start + copy.source)
        return best

    @staticmethod
    def _handed(visit: Visit, taken: Sequence[tuple[Source, int, Piece]]) -> Iterator[Carried]:
        for source, place, piece in taken:
            count = len(piece.lines)
            here = np.arange(place, place + count, dtype=np.int32)
            edge = np.zeros(count, dtype=np.int32)
            edge[0] = 1
            lines = Lines.of(here, piece.lines.final, edge)
            yield visit.parents[source.parent], source.path, lines


def _others(asked: Asked, visit: Visit, at: int, own: bytes | None) -> list[Source]:
    """The files of a parent that the commit changed or removed, in git's order."""
    if at == 0:
        changes = [visit.changed(path) for path in visit.raw]
    else:
        changes = against(asked, visit, visit.parents[at])
    return [
        Source(change.path, change.older.oid, at)
        for change in changes
        if change.status != "A" and change.older.mode != MODULE and change.path != own
    ]


def _together(pieces: Sequence[Piece], *, like: Lines) -> Lines:
    if not pieces:
        return like.some(slice(0, 0))
    return joined_lines(*(piece.lines for piece in pieces))


@contextmanager
def copies_of(
    directory: Path,
    asks: Sequence[Ask],
    ends: Sequence[int],
    *,
    text: str,
    ignore_space: bool,
) -> Iterator[Copies | None]:
    """What finds moves or copies during a walk; None where neither is asked for.

    Raises:
        InputError: They are asked for and the compiled library is not there.
    """
    if text == "renames":
        yield None
        return
    if not texts.available():
        raise InputError("moves and copies are followed by the compiled library, which is not here")
    with ExitStack() as stack:
        stores = (
            stack.enter_context(text_store(directory, ignore_space=ignore_space)),
            stack.enter_context(text_store(directory, ignore_space=ignore_space)),
        )
        yield Copies(stores, asks, ends, from_others=text == "copies")
