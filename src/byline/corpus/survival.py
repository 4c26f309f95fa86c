"""Survival: how much of what a commit wrote is still there 7, 30 and 90 days later.

Definition. A commit's lines are those that `git blame` gives to it in the state that it left. Its
clock starts when it lands: with the first commit on the line of first parents of the collected
revision that holds it. The state N days later is the last commit of that line that was made within
N days of landing. What survives are the lines of that state that blame still gives to the commit,
in the same files, followed through renames of whole files; a file that is byte for byte as the
commit left it survives whole. A line that is moved, indented anew or restored counts as gone: it is
another's then, as everywhere in Byline.

Nothing is known (null) of a commit that the history has not outlived by N days, that is a merge,
that wrote no line, or that is too wide to look at. Commit times can run backwards: a commit of the
line counts as made no earlier than the one before it.
"""

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from byline.work.git.blame import blame
from byline.work.git.command import GitError, run
from byline.work.git.objects import sizes

DAYS: Final = (7, 30, 90)
DAY: Final = 86_400  # seconds
SURVIVAL: Final = pa.schema(
    [
        pa.field("commit", pa.string(), nullable=False),
        pa.field("days", pa.int32(), nullable=False),
        pa.field("added", pa.int64(), nullable=False),  # lines that the commit wrote; 0 if unknown
        pa.field("survived", pa.int64()),
        pa.field("share", pa.float64()),  # survived / added
        # Why nothing is known: unknown_commit | merge | not_landed | too_many_paths |
        # nothing_written | too_recent
        pa.field("reason", pa.string()),
    ]
)
"""One row for each commit and number of days, by commit and days."""


@dataclass(frozen=True)
class Mainline:
    """The line of first parents of a revision.

    Attributes:
        commits: Their ids, oldest first.
        times: When each was made, in seconds, never earlier than the one before.
        place: Of each commit that the revision holds: the first of the line that holds it.
    """

    commits: Sequence[str]
    times: Sequence[int]
    place: Mapping[str, int]

    def after(self, commit: str, days: int) -> str | None:
        """The state so many days after a commit landed; None where history is not that old."""
        start = self.place[commit]
        end = self.times[start] + days * DAY
        if self.times[-1] < end:
            return None
        return self.commits[bisect.bisect_right(self.times, end, lo=start) - 1]


@dataclass(frozen=True)
class _Left:
    """A file as a commit left it."""

    path: str
    oid: str
    lines: int  # that the commit wrote


def survival(
    directory: Path,
    head: str,
    commits: Iterable[str],
    *,
    days: Sequence[int] = DAYS,
    max_paths: int = 50,
    max_bytes: int = 1 << 20,
) -> pa.Table:
    """`SURVIVAL` of some commits.

    Args:
        directory: The bare mirror.
        head: The collected revision.
        commits: Full ids.
        days: After how many days to look.
        max_paths: A commit that touches more files is not looked at.
        max_bytes: A longer file is left out, as if the commit had not touched it.

    Raises:
        GitError: The revision is not in the mirror.
    """
    line = mainline(directory, head)
    rows: list[dict[str, Any]] = []
    for commit in sorted(set(commits)):
        left: list[_Left] = []
        reason = _unfit(directory, commit, line)
        if reason is None:
            left, reason = _left(directory, commit, max_paths=max_paths, max_bytes=max_bytes)
        added = sum(one.lines for one in left)
        states: dict[str, int] = {}
        for number in sorted(set(days)):
            state = line.after(commit, number) if reason is None else None
            if state is not None and state not in states:
                states[state] = _survived(directory, commit, state, left)
            rows.append(_row(commit, number, added, states.get(state or ""),
                             reason or (None if state else "too_recent")))  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SURVIVAL)


def mainline(directory: Path, head: str) -> Mainline:
    """The line of first parents, and where every commit behind the revision landed on it.

    Raises:
        GitError: The revision is not in the mirror.
    """
    listed = run(directory, "log", "--format=%H %ct %P", "--topo-order", head, "--")
    parents: dict[str, list[str]] = {}
    made: dict[str, int] = {}
    for row in listed.decode("ascii").splitlines():
        oid, time, *of = row.split(" ")
        parents[oid] = [one for one in of if one]
        made[oid] = int(time) if time.isdigit() else 0
    chain = [next(iter(parents))]
    while parents[chain[-1]] and parents[chain[-1]][0] in parents:
        chain.append(parents[chain[-1]][0])
    chain.reverse()
    place: dict[str, int] = {}
    for number, landed in enumerate(chain):
        waiting = [landed]
        while waiting:
            oid = waiting.pop()
            if oid not in place and oid in parents:
                place[oid] = number
                waiting += parents[oid]
    return Mainline(chain, list(accumulate((made[oid] for oid in chain), max)), place)


def _unfit(directory: Path, commit: str, line: Mainline) -> str | None:
    try:
        row = run(directory, "rev-list", "--parents", "--no-walk", commit, "--").decode("ascii")
    except GitError:
        return "unknown_commit"
    if len(row.split()) > 2:
        return "merge"
    return None if commit in line.place else "not_landed"


def _left(
    directory: Path, commit: str, *, max_paths: int, max_bytes: int
) -> tuple[list[_Left], str | None]:
    """The files in which a commit wrote lines, or why none is looked at."""
    paths = _touched(directory, commit)
    if len(paths) > max_paths:
        return [], "too_many_paths"
    contents = _contents(directory, commit, paths)
    known = sizes(directory, contents.values())
    left = []
    for path, oid in sorted(contents.items()):
        if known.get(oid, max_bytes + 1) > max_bytes:
            continue
        lines = _lines_of(directory, commit, commit, path)
        if lines:
            left.append(_Left(path, oid, lines))
    return left, None if left else "nothing_written"


def _touched(directory: Path, commit: str) -> list[str]:
    """Text files to which a commit added lines."""
    listed = run(
        directory, "diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", "--numstat",
        commit, "--",
    )  # fmt: skip
    rows = [row.split(b"\t", 2) for row in listed.split(b"\0") if row]
    return [
        path.decode("utf-8", "surrogateescape")
        for added, _, path in rows
        if added.isdigit() and int(added) > 0
    ]


def _contents(directory: Path, state: str, paths: Sequence[str]) -> dict[str, str]:
    """The content of each of the paths that is a regular file there."""
    if not paths:
        return {}
    listed = run(directory, "ls-tree", "-z", state, "--", *paths)
    found = {}
    for row in listed.split(b"\0"):
        about, _, path = row.partition(b"\t")
        mode, _, oid = about.partition(b" blob ")
        if mode.startswith(b"100") and oid:
            found[path.decode("utf-8", "surrogateescape")] = oid.decode("ascii")
    return found


def _lines_of(directory: Path, commit: str, state: str, path: str) -> int:
    """How many lines of a file at a state are a commit's, asking no history from before it."""
    parents = run(directory, "rev-list", "--parents", "--no-walk", commit, "--").split()[1:]
    before = [f"^{parent.decode('ascii')}" for parent in parents]
    found = blame(directory, state, path, options=before)
    return sum(origin.lines for origin in found if origin.commit == commit)


def _survived(directory: Path, commit: str, state: str, left: Sequence[_Left]) -> int:
    """How many of a commit's lines are still there at a state."""
    if state == commit:
        return sum(one.lines for one in left)
    now = _contents(directory, state, [one.path for one in left])
    missing = [one for one in left if one.path not in now]
    moved = _renamed(directory, commit, state) if missing else {}
    there = {**now, **_contents(directory, state, [moved[one.path] for one in missing
                                                   if one.path in moved])}  # fmt: skip
    total = 0
    for one in left:
        path = one.path if one.path in now else moved.get(one.path)
        if path is None or path not in there:
            continue
        same = there[path] == one.oid
        lines = one.lines if same else _lines_of(directory, commit, state, path)
        total += min(lines, one.lines)
    return total


def _renamed(directory: Path, commit: str, state: str) -> dict[str, str]:
    """Where files of a commit are at a later state, if they were renamed."""
    listed = run(
        directory, "diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", "-l1000",
        commit, state, "--",
    )  # fmt: skip
    names = listed.decode("utf-8", "surrogateescape").split("\0")
    return dict(zip(names[1::3], names[2::3], strict=False))


def _row(
    commit: str, days: int, added: int, survived: int | None, reason: str | None
) -> dict[str, Any]:
    known = reason is None and survived is not None and added > 0
    return {
        "commit": commit,
        "days": days,
        "added": added,
        "survived": survived if known else None,
        "share": survived / added if known and survived is not None else None,
        "reason": reason,
    }
