"""Whether a review comment was heeded: by what later patchsets did to the lines it speaks of.

``true``: a later patchset, or what was merged, changes lines within `near_lines` of where the
comment's line had moved to. ``weak``: no change is near, but the discussion is marked as resolved,
or the author says that it is done. ``false``: the work was merged, or given up, without either.
``unknown``: the states that would tell are not there.

The idea is BitsAI-CR's outdated rate (arXiv 2501.15134) and Desiview (arXiv 2412.20340); the
windows are ours, without published evidence. What a rebase brought is no answer: where the base has
moved, a change counts only if lines that the work itself wrote are in it.

Rows of `CHANGES` are read unredacted: of the texts only line numbers leave this module.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from byline.examples.line_map import LineMap, line_map
from byline.examples.material import Row
from byline.work.identifiers import line_list

Verdict = Literal["true", "weak", "false", "unknown"]
PURPOSES: Final = ("patchset", "interdiff", "merged")
MERGED: Final = 1 << 30
"""Stands for the number of what was merged, after every patchset."""
DONE: Final = re.compile(
    r"(?i)^\W*(?:done|fixed|addressed|changed|updated|good (?:catch|point)|applied|resolved)\b"
)


@dataclass(frozen=True)
class AddressedSettings:
    """Windows, in lines.

    Attributes:
        near_lines: A change so near to the commented lines heeds the comment.
        action_lines: What of the change belongs to the answer, on each side.
    """

    near_lines: int = 3
    action_lines: int = 10


@dataclass(frozen=True)
class Comment:
    """Where a comment stands.

    Attributes:
        path: Of the file.
        start: First line, counted from 1; `end` the last.
        side: ``old`` for a line that the work removed, else ``new``.
        patchset: The patchset it was made on.
    """

    path: str
    start: int
    end: int
    side: str
    patchset: int


@dataclass(frozen=True)
class Step:
    """A file in two states that follow each other.

    Attributes:
        row: The row of `CHANGES` that has exactly these two states, or None.
        before: State number (a patchset, 0 for the base); `after` likewise, or `MERGED`.
        path: Of the file before.
        lines: The map between them.
    """

    row: Row | None
    before: int
    after: int
    path: str
    lines: LineMap


@dataclass(frozen=True)
class Heeded:
    """What became of a comment.

    Attributes:
        verdict: true | weak | false | unknown.
        step: The change that heeds it, where one does.
        start: The commented lines in the state before that change; `end` the last.
        distance: Lines between them and the change.
    """

    verdict: Verdict
    step: Step | None = None
    start: int = 0
    end: int = 0
    distance: int = 0


def heeded(
    comment: Comment,
    states: "States",
    *,
    settings: AddressedSettings,
    resolved: bool = False,
    ended: bool = True,
) -> Heeded:
    """What became of a comment.

    Args:
        comment: Where it stands.
        states: Of the review's files.
        settings: The windows.
        resolved: Whether its discussion is marked so, or the author says so.
        ended: Whether the review was merged or given up; else nothing is known to be unheeded.
    """
    place = _start(comment, states)
    if place is None:
        return Heeded("weak" if resolved else "unknown")
    start, end = place
    for step in states.steps(comment.path, comment.patchset):
        distance = states.own_distance(step, start, end)
        if distance is not None and distance <= settings.near_lines:
            return Heeded("true", step, start, end, distance)
        start, end = step.lines.place(start), step.lines.place(end)
    return Heeded("weak" if resolved else "false" if ended else "unknown")


def says_done(text: str) -> bool:
    """Whether a reply says that what was asked for is done."""
    return DONE.match(text[:200]) is not None


def _start(comment: Comment, states: "States") -> tuple[int, int] | None:
    """The commented lines in the patchset's state, or None if that is not there."""
    lines = states.at(comment.path, comment.patchset)
    if lines is None:
        return None
    if comment.side != "old":
        within = 1 <= comment.start <= comment.end <= len(lines)
        return (comment.start, comment.end) if within else None
    base = states.at(comment.path, 0)
    if base is None or not 1 <= comment.start <= comment.end <= len(base):
        return None
    moved = line_map(base, lines)
    return moved.place(comment.start), moved.place(comment.end)


class States:
    """The states of a review's files, as far as the rows of its changes tell them.

    A range of which there are rows, but none for a file, has the file alike at both ends.
    """

    def __init__(self, changes: Sequence[Row]) -> None:
        """Collect them; rows that could not be read tell nothing."""
        self._text: dict[tuple[str, int], str] = {}
        self._rows: dict[tuple[str, int, int], Row] = {}
        self._later: dict[tuple[str, int], str] = {}  # the path that a file was given
        self._named: set[tuple[str, int, int]] = set()
        self._maps: dict[tuple[str, int, int], LineMap] = {}
        self._base: dict[int, str] = {}
        self._own: dict[tuple[str, int], list[tuple[int, int]]] = {}  # lines [start, end)
        pairs: set[tuple[int, int]] = set()
        unread: set[tuple[int, int]] = set()
        for row in changes:
            if row["purpose"] not in PURPOSES:
                continue
            pair = _ends(row)
            alike = row["skip"] == "no_difference"
            (pairs if row["path"] or alike else unread).add(pair)
            if row["purpose"] != "interdiff":
                self._base[pair[1]] = row["parent"]
            if row["path"]:
                self._add(row, *pair)
        self._pairs = sorted(pairs - unread)
        self._numbers = sorted({number for pair in pairs for number in pair})

    def _add(self, row: Row, old: int, new: int) -> None:
        path = row["old_path"] or row["path"]
        self._named |= {(path, old, new), (row["path"], old, new)}
        if row["skip"] or row["before"] is None or row["after"] is None:
            return
        self._rows[path, old, new] = row
        if path != row["path"]:
            self._later[path, new] = row["path"]
        self._text.setdefault((path, old), row["before"])
        self._text.setdefault((row["path"], new), row["after"])
        if row["purpose"] != "interdiff":
            self._own[row["path"], new] = [
                (one["start"], one["start"] + one["lines"]) for one in row["after_origins"]
            ]

    def at(self, path: str, number: int) -> list[str] | None:
        """The lines of a file in a state, or None where no row tells."""
        known = self._text.get((path, number))
        for old, new in self._pairs if known is None else ():
            if number in (old, new) and (path, old, new) not in self._named:
                known = self._text.get((path, old + new - number))
                if known is not None:
                    break
        return None if known is None else line_list(known)

    def row(self, path: str, old: int, new: int) -> Row | None:
        """The row that has exactly these two states of a file, by its path in the old one."""
        return self._rows.get((path, old, new))

    def steps(self, path: str, number: int) -> Iterator[Step]:
        """The changes of a file after a state, one after the other."""
        before = number
        if self.at(path, number) is None:
            return
        for after in self._numbers:
            new_path = self._later.get((path, after), path)
            if after <= number or self.at(new_path, after) is None:
                continue
            lines = self.lines(path, before, new_path, after)
            yield Step(self.row(path, before, after), before, after, path, lines)
            path, before = new_path, after

    def own_distance(self, step: Step, start: int, end: int) -> int | None:
        """Lines between some lines and the nearest change that the work itself made."""
        if not self._rebased(step):
            return step.lines.distance(start, end=end)
        new_path = self._later.get((step.path, step.after), step.path)
        own = self._own.get((new_path, step.after), ())
        mine = tuple(
            block
            for block in step.lines.blocks
            if any(low <= block.new_end and high > block.new_start + 1 for low, high in own)
        )
        return replace(step.lines, blocks=mine).distance(start, end=end)

    def _rebased(self, step: Step) -> bool:
        """Whether the two states are known to start from different commits."""
        old, new = self._base.get(step.before), self._base.get(step.after)
        return old is not None and new is not None and old != new

    def lines(self, path: str, before: int, new_path: str, after: int) -> LineMap:
        """The map between two states of a file."""
        key = (path, before, after)
        if key not in self._maps:
            old, new = self.at(path, before), self.at(new_path, after)
            self._maps[key] = line_map(old or (), new or ())
        return self._maps[key]


def _ends(row: Row) -> tuple[int, int]:
    """The numbers of a row's two states; 0 is the base."""
    if row["purpose"] == "merged":
        return 0, MERGED
    old = row["from_patchset"] or 0 if row["purpose"] == "interdiff" else 0
    return old, row["to_patchset"] or MERGED
