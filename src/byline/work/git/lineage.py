"""Who wrote each line of many files, in one pass over the history: `git blame`, all at once.

Blame walks the history once per file. Here all lines asked about travel together from children to
parents: what a commit did not touch moves on by reference, what it touched is split by git's own
difference, and what no parent has was written there. Lines of other commits' files are taken up
when the walk comes by. The answer is blame's, because the differences, the merges and the renames
are git's; the order of the walk does not matter to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from byline.errors import IntegrityError
from byline.work.git.blame import Origin
from byline.work.git.hunks import Hunks, Lines, Numbers, Pair, joined_lines
from byline.work.git.lineage_asks import RENAMES, Ask, Following, line_numbers, raw_path
from byline.work.git.lineage_copies import Copies, copies_of
from byline.work.git.lineage_parents import Source, sources
from byline.work.git.lineage_plan import Git, Interest, Plan, git, pairs, planned
from byline.work.git.lineage_visits import Visit, visits

Known = tuple[str, Callable[[Sequence[str]], Mapping[str, Sequence[Origin]]]]
Held = dict[bytes, Lines]


@dataclass
class Walk:
    """The state of one pass.

    Attributes:
        pending: For commits not yet visited, the lines that reached them.
        entering: For commits not yet visited, the lines that are asked about there.
        writers: For each final line, the place in `commits` of the one that wrote it.
    """

    writers: Numbers
    entering: dict[str, Held]
    pending: dict[str, Held] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def followed(self) -> set[bytes]:
        """The paths that lines are followed in, under any commit."""
        return {path for held in self.pending.values() for path in held}

    def is_over(self) -> bool:
        """Whether every line has its writer."""
        return not self.pending and not self.entering

    def take(self, commit: str) -> Held | None:
        """The lines at a commit: those that reached it, and those asked about there."""
        held = self.pending.pop(commit, None)
        entering = self.entering.pop(commit, None)
        if held is None or entering is None:
            return held or entering
        for path, lines in entering.items():
            _join(held, path, lines)
        return held

    def settle(self, lines: Lines, commit: str) -> None:
        """These lines were written by this commit."""
        if len(lines):
            place = self.places.setdefault(commit, len(self.commits))
            if place == len(self.commits):
                self.commits.append(commit)
            self.writers[lines.final] = place

    def hand(self, commit: str, path: bytes, lines: Lines) -> None:
        """These lines reached a file of an older commit."""
        if len(lines):
            _join(self.pending.setdefault(commit, {}), path, lines)

    def hand_all(self, commit: str, held: Held) -> None:
        """All of these reached an older commit; the smaller part moves."""
        there = self.pending.get(commit, {})
        small, large = (held, there) if len(held) <= len(there) else (there, held)
        for path, lines in small.items():
            _join(large, path, lines)
        if large:
            self.pending[commit] = large


@dataclass
class Older:
    """The line of first parents of a commit whose files' origins are known.

    Blame hands a file that a commit left alone to the first parent as it is. So the origins hold at
    every commit down that line up to which the file was left alone.

    Attributes:
        commit: The commit of the line that the walk will come to next.
        changed: Paths that were changed above it.
    """

    commit: str
    changed: set[bytes] = field(default_factory=set)

    def settle(
        self,
        walk: Walk,
        held: Held,
        visit: Visit,
        known: Callable[[Sequence[str]], Mapping[str, Sequence[Origin]]],
    ) -> None:
        """Take the origins that are known, drop those files, and go on to the first parent."""
        names = {raw.decode("utf-8", "surrogateescape"): raw for raw in held.keys() - self.changed}
        for name, origins in (known(list(names)) if names else {}).items():
            lines = held.pop(names[name])
            firsts = np.array([origin.start - 1 for origin in origins], dtype=np.int32)
            run_of = np.searchsorted(firsts, lines.here, side="right") - 1
            if len(firsts) == 0 or int(run_of.min()) < 0:
                raise IntegrityError(f"the origins known of {name!r} do not cover its lines")
            for at in np.unique(run_of):
                walk.settle(lines.some(run_of == at), origins[at].commit)
        self.changed.update(visit.raw)
        self.commit = visit.parents[0] if visit.parents else ""


def _join(held: Held, path: bytes, lines: Lines) -> None:
    there = held.get(path)
    held[path] = lines if there is None else joined_lines(there, lines)


def follow(
    directory: Path,
    newest: str,
    asks: Sequence[Ask],
    *,
    following: Following = RENAMES,
    stop: Known | None = None,
    others: Sequence[str] = (),
) -> list[list[Origin]]:
    """Who wrote the lines asked about, for each ask as `blame` says it.

    Args:
        directory: The mirror, with its commit-graph.
        newest: The full id of a commit from which every commit asked about is reached.
        asks: Which lines.
        following: Through what they are followed.
        stop: The full id of an older commit and what gives the origins of its files, whole, for
            paths; lines that reach such a file take its origins, there or where its line of first
            parents had the file as it is there. Files that it does not know are followed as usual.
            Only exact for renames: what is found to be moved depends on what it is seen from.
        others: Further commits to start from, where `newest` does not reach all.

    Raises:
        IntegrityError: An object is missing, or git's answers do not hold together.
    """
    entering, ends = _entering(asks)
    walk = Walk(np.full(ends[-1], -1, dtype=np.int32), entering)
    interest = Interest(
        walk.followed, {commit: list(held) for commit, held in entering.items()}, walk.is_over
    )
    space = following.ignore_space
    older = Older("" if stop is None else stop[0])
    with (
        git(directory, ignore_space=space) as own,
        copies_of(directory, asks, ends, text=following.text, ignore_space=space) as copies,
    ):
        history = visits(directory, newest, *others)
        for visit, plan in planned(directory, history, interest, ignore_space=space):
            held = walk.take(visit.oid)
            if stop is not None and visit.oid == older.commit:
                older.settle(walk, held or {}, visit, stop[1])
            if held:
                _visit(walk, visit, held, plan, own, copies)
    if not walk.is_over():
        raise IntegrityError(f"{directory.name}: some lines were followed nowhere")
    return [
        _runs(walk, ask, start, end) for ask, (start, end) in zip(asks, pairwise(ends), strict=True)
    ]


def _entering(asks: Sequence[Ask]) -> tuple[dict[str, Held], list[int]]:
    """The lines of each ask by commit and path, and where the final lines of each ask end."""
    found: dict[str, Held] = {}
    ends = [0]
    for ask in asks:
        numbers = line_numbers(ask)
        edge = np.zeros(len(numbers), dtype=np.int32)
        edge[:1] = 1
        edge[1:] |= np.diff(numbers) != 1
        final = np.arange(ends[-1], ends[-1] + len(numbers), dtype=np.int32)
        if len(numbers):
            held = found.setdefault(ask.commit, {})
            _join(held, raw_path(ask.path), Lines.of(numbers, final, edge))
        ends.append(ends[-1] + len(numbers))
    return found, ends


def _visit(
    walk: Walk,
    visit: Visit,
    held: Held,
    plan: Plan,
    own: Git,
    copies: Copies | None,
) -> None:
    """Move the lines at a commit on to its parents, or settle them."""
    if not visit.parents:
        for lines in held.values():
            walk.settle(lines, visit.oid)
        return
    touched = {path: held.pop(path) for path in sorted(held.keys() & visit.raw.keys())}
    walk.hand_all(visit.parents[0], held)
    found, differences = _answers(visit, list(touched), plan, own)
    for path, lines in touched.items():
        blob = visit.changed(path).newer.oid
        rest = lines
        for source in found[path]:
            difference = None if source.oid == blob else differences[source.oid, blob]
            rest = _pass(walk, visit, rest, source, difference)
        if copies is not None and len(rest):
            for place, there, moved in copies.carried(own.asked, visit, found[path], rest):
                if place is None:
                    rest = moved
                else:
                    walk.hand(place, there, moved)
        walk.settle(rest, visit.oid)


def _answers(
    visit: Visit, paths: Sequence[bytes], plan: Plan, own: Git
) -> tuple[dict[bytes, list[Source]], Mapping[Pair, Hunks]]:
    """The sources of a commit's paths and their differences: planned, or asked now."""
    found = dict(plan.sources.get(visit.oid, {}))
    missing = [path for path in paths if path not in found]
    if missing:
        found.update(sources(own.asked, visit, missing, both=plan.both.get(visit.oid)))
    needed = [pair for path in paths for pair in pairs(visit, path, found[path])]
    lacking = [pair for pair in needed if pair not in plan.differences]
    if lacking:
        plan.differences.update(own.differences(lacking))
    return found, plan.differences


def _pass(
    walk: Walk, visit: Visit, lines: Lines, source: Source, difference: Hunks | None
) -> Lines:
    """Hand a parent the lines it has; what is left is returned. No difference: it has all."""
    parent = visit.parents[source.parent]
    if difference is None:
        walk.hand(parent, source.path, lines)
        return lines.some(slice(0, 0))
    older, rest = difference.part(lines)
    walk.hand(parent, source.path, older)
    return rest


def _runs(walk: Walk, ask: Ask, start: int, end: int) -> list[Origin]:
    """The writers of the lines asked about, as runs in order, neighbours joined."""
    writers, numbers = walk.writers[start:end], line_numbers(ask)
    if len(writers) == 0:
        return []
    cut = (np.diff(writers) != 0) | (np.diff(numbers) != 1)
    firsts = np.concatenate([[0], np.flatnonzero(cut) + 1, [len(writers)]])
    return [
        Origin(int(numbers[first]) + 1, int(after - first), walk.commits[writers[first]])
        for first, after in pairwise(firsts)
    ]
