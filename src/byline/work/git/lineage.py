"""Who wrote each line of many files, in one pass over the history: `git blame`, all at once.

Blame walks the history once per file. Here every file's lines travel together from children to
parents: what a commit did not touch moves on by reference, what it touched is split by git's own
difference, and what no parent has was written there. The answer is blame's on every line, because
the differences, the merges and the renames are git's; the order of the walk does not matter to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from byline.errors import InputError, IntegrityError
from byline.work.git.blame import Origin
from byline.work.git.command import run
from byline.work.git.lineage_parents import Source, sources
from byline.work.git.lineage_plan import Git, Plan, git, pairs, planned
from byline.work.git.lineage_visits import Visit, visits
from byline.work.git.objects import ObjectReader
from byline.work.git.patch import Hunks, Pair, hunks

Known = tuple[str, Mapping[str, Sequence[Origin]]]
Numbers = npt.NDArray[np.int32]


class Lines(NamedTuple):
    """Lines of one version of a file: their numbers in it, and the final line of each.

    Two final lines can stand for one line here: two files may be renames of one.
    """

    here: Numbers
    final: Numbers


Held = dict[bytes, Lines]


@dataclass
class Walk:
    """The state of one pass.

    Attributes:
        pending: For commits not yet visited, the lines that reached them.
        writers: For each final line, the place in `commits` of the one that wrote it.
    """

    writers: Numbers
    pending: dict[str, Held]
    commits: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def followed(self) -> set[bytes]:
        """The paths that lines are followed in, under any commit."""
        return {path for held in self.pending.values() for path in held}

    def settle(self, lines: Lines, commit: str) -> None:
        """These lines were written by this commit."""
        if len(lines.final):
            place = self.places.setdefault(commit, len(self.commits))
            if place == len(self.commits):
                self.commits.append(commit)
            self.writers[lines.final] = place

    def hand(self, commit: str, path: bytes, lines: Lines) -> None:
        """These lines reached a file of an older commit."""
        if len(lines.final):
            _join(self.pending.setdefault(commit, {}), path, lines)

    def hand_all(self, commit: str, held: Held) -> None:
        """All of these reached an older commit; the smaller part moves."""
        there = self.pending.get(commit, {})
        small, large = (held, there) if len(held) <= len(there) else (there, held)
        for path, lines in small.items():
            _join(large, path, lines)
        if large:
            self.pending[commit] = large


def _join(held: Held, path: bytes, lines: Lines) -> None:
    there = held.get(path)
    if there is not None:
        lines = Lines(
            np.concatenate([there.here, lines.here]), np.concatenate([there.final, lines.final])
        )
    held[path] = lines


def lineage(
    directory: Path, commit: str, paths: Sequence[str], *, stop: Known | None = None
) -> dict[str, list[Origin]]:
    """Who wrote each line of files at a commit, for each file as `blame` says it.

    Args:
        directory: The mirror, with its commit-graph.
        commit: The full id of the commit at which the files are looked at.
        paths: The files.
        stop: The full id of an older commit and the origins of its files, whole; lines that reach
            such a file take its origins. Files that are not among them are followed as usual.

    Raises:
        InputError: The commit has no such file.
        IntegrityError: An object is missing, or git's answers do not hold together.
    """
    wanted = list(dict.fromkeys(paths))
    counts = _line_counts(directory, commit, wanted)
    ends = [0, *accumulate(counts)]
    held = {
        _raw_path(path): Lines(
            np.arange(count, dtype=np.int32), np.arange(start, start + count, dtype=np.int32)
        )
        for path, start, count in zip(wanted, ends, counts, strict=False)
        if count
    }
    walk = Walk(np.full(ends[-1], -1, dtype=np.int32), {commit: held} if held else {})
    with git(directory) as own:
        for visit, plan in planned(directory, visits(directory, commit), walk.followed):
            if visit.oid in walk.pending:
                _visit(walk, visit, plan, own, stop=stop)
    if walk.pending:
        raise IntegrityError(f"{directory.name}: lines of {commit[:12]} were followed nowhere")
    return {
        path: _runs(walk, start, end)
        for path, (start, end) in zip(wanted, pairwise(ends), strict=True)
    }


def _visit(walk: Walk, visit: Visit, plan: Plan, own: Git, *, stop: Known | None) -> None:
    """Move the lines that reached a commit on to its parents, or settle them."""
    held = walk.pending.pop(visit.oid)
    if stop is not None and visit.oid == stop[0]:
        _settle_known(walk, held, stop[1])
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
    plan.differences.update(hunks(own.place, own.comparer, lacking))
    return found, plan.differences


def _pass(
    walk: Walk, visit: Visit, lines: Lines, source: Source, difference: Hunks | None
) -> Lines:
    """Hand a parent the lines it has; what is left is returned. No difference: it has all."""
    parent = visit.parents[source.parent]
    if difference is None:
        walk.hand(parent, source.path, lines)
        return Lines(lines.here[:0], lines.final[:0])
    kept, older = difference.older(lines.here)
    walk.hand(parent, source.path, Lines(older, lines.final[kept]))
    return Lines(lines.here[~kept], lines.final[~kept])


def _settle_known(walk: Walk, held: Held, known: Mapping[str, Sequence[Origin]]) -> None:
    """Take the origins that are known already, and drop those files."""
    for name, origins in known.items():
        lines = held.pop(_raw_path(name), None)
        if lines is None:
            continue
        firsts = np.array([origin.start - 1 for origin in origins], dtype=np.int32)
        run_of = np.searchsorted(firsts, lines.here, side="right") - 1
        if len(firsts) == 0 or int(run_of.min()) < 0:
            raise IntegrityError(f"the origins known of {name!r} do not cover its lines")
        for at in np.unique(run_of):
            chosen = run_of == at
            walk.settle(Lines(lines.here[chosen], lines.final[chosen]), origins[at].commit)


def _line_counts(directory: Path, commit: str, paths: Sequence[str]) -> list[int]:
    """How many lines each file has at the commit, as git counts them."""
    oids: dict[bytes, str] = {}
    for row in run(directory, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        header, _, path = row.partition(b"\t")
        if path:
            oids[path] = header.split(b" ")[2].decode("ascii")
    wanted = [oids.get(_raw_path(path), "") for path in paths]
    if "" in wanted:
        raise InputError(f"{paths[wanted.index('')]!r} is not a file of commit {commit[:12]}")
    with ObjectReader(directory) as reader:
        return [
            data.count(b"\n") + (data[-1:] not in (b"", b"\n")) for data in reader.read_all(wanted)
        ]


def _raw_path(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _runs(walk: Walk, start: int, end: int) -> list[Origin]:
    """The writers of one file's lines, as runs in order, neighbours joined."""
    writers = walk.writers[start:end]
    if len(writers) == 0:
        return []
    firsts = np.concatenate([[0], np.flatnonzero(np.diff(writers)) + 1, [len(writers)]])
    return [
        Origin(int(first) + 1, int(after - first), walk.commits[writers[first]])
        for first, after in pairwise(firsts)
    ]
