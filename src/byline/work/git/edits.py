"""Edits: both states of each file that a chosen commit changed, with authorship: rows of `EDITS`.

A commit is eligible when it has one parent and creates, changes or deletes at most `MAX_FILES`
files; one that renames files is not, since a row has one path. A created file was empty before, and
its old object is all zeros; a deleted one likewise after. What is not eligible, or over the limit,
is counted by `choose` with its reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.stage import Partition, provided
from byline.work.diff import changed_blocks
from byline.work.git.authorship import Wanted, answers
from byline.work.git.blame import Origin
from byline.work.git.command import run
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.tree import is_hostile_name
from byline.work.identifiers import item_id, line_list
from byline.work.schema import EDITS
from byline.work.text import decode
from byline.workspace.files import sha256_text

MAX_FILES = 5
REGULAR = frozenset({"100644", "100755"})
ABSENT = "000000"  # the mode of a file that is not there
PASSING = frozenset({"missing_object", "authorship_failed"})  # reasons that may be gone next time


JUDGED_BY = ("commit", "parents", "changes", "quarantine", "renames")
"""Columns of `COMMITS` that decide whether a commit becomes an edit."""


@dataclass(frozen=True)
class Choice:
    """Which commits become edits, and how many do not, by reason."""

    commits: tuple[str, ...]
    left_out: dict[str, int]


def choose(commits: pa.Table, *, limit: int) -> Choice:
    """The commits to make edits of: the eligible ones, or by hash as many as `limit` allows."""
    left_out: Counter[str] = Counter()
    eligible = []
    for batch in commits.select(list(JUDGED_BY)).to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            reason = _ineligible(row)
            if reason:
                left_out[reason] += 1
            else:
                eligible.append(row["commit"])
    chosen = sorted(sorted(eligible, key=lambda oid: sha256_text("edit", oid))[:limit])
    if len(eligible) > limit:
        left_out["over_limit"] = len(eligible) - limit
    return Choice(tuple(chosen), dict(sorted(left_out.items())))


def _ineligible(row: dict[str, Any]) -> str | None:
    """Why a commit does not become an edit, or None."""
    if row["quarantine"] is not None or any(_is_hostile(one["path"]) for one in row["changes"]):
        return "quarantined"
    if len(row["parents"]) != 1:
        return "merge" if row["parents"] else "root"
    return "renames" if row["renames"] else _unfit(row["changes"])


def _unfit(changes: Sequence[dict[str, Any]]) -> str | None:
    if not changes:
        return "empty"
    if len(changes) > MAX_FILES:
        return "too_many_files"
    modes = {mode for change in changes for mode in (change["old_mode"], change["new_mode"])}
    return None if modes - {ABSENT} <= REGULAR else "not_regular_files"


def _is_hostile(path: str) -> bool:
    return any(is_hostile_name(name) for name in path.encode("utf-8").split(b"/"))


@dataclass(frozen=True)
class EditsTask:
    """One bucket of chosen commits: (commit, parent, changes)."""

    directory: Path
    repository: str
    commits: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...]
    max_bytes: int
    folder: Path
    key: str
    name: str
    kept: Path | None = None
    authorship: tuple[Path, ...] = ()


def wanted(task: EditsTask) -> list[Wanted]:
    """The lines around changes whose authorship an earlier table does not know."""
    known = set(_kept(task)["commit"].to_pylist())
    return [
        # Of a deleted file every line goes: all are asked about.
        Wanted(task.name, commit, parent, path, old, "" if is_absent(new) else new)
        for commit, parent, changes in task.commits
        if commit not in known
        for path, old, new in changes
        if not is_absent(old)
    ]


def is_absent(oid: str) -> bool:
    """Whether an object id says that there is no file: it is all zeros."""
    return not oid.strip("0")


def _kept(task: EditsTask) -> pa.Table:
    """The rows of an earlier table that still hold: of commits that are still chosen."""
    if task.kept is None or not task.kept.exists():
        return EDITS.empty_table()
    table = Partition(task.name, task.kept, "").read()
    chosen = pa.array([commit for commit, _, _ in task.commits], pa.string())
    passing = pc.is_in(table["skip"], value_set=pa.array(sorted(PASSING), pa.string()))
    again = pc.is_in(table["commit"], value_set=pc.unique(table["commit"].filter(passing)))
    holds = pc.and_not(pc.is_in(table["commit"], value_set=chosen), again)
    return table.filter(holds).cast(EDITS)


def edits(task: EditsTask) -> Partition:
    """Write one bucket of `EDITS`. It depends on commits alone, so it is never stale."""
    return provided(task.folder, task.key, task.name, lambda: _table(task))


def _table(task: EditsTask) -> pa.Table:
    kept = _kept(task)
    new = pa.Table.from_pylist(list(_rows(task, set(kept["commit"].to_pylist()))), EDITS)
    table = pa.concat_tables([kept, new])
    return table.take(pc.sort_indices(table, sort_keys=[("item", "ascending")]))


def _rows(task: EditsTask, known_commits: set[str]) -> Iterator[dict[str, Any]]:
    fresh = [row for row in task.commits if row[0] not in known_commits]
    oids = [
        oid
        for _, _, changes in fresh
        for _, old, new in changes
        for oid in (old, new)
        if not is_absent(oid)
    ]
    known = sizes(task.directory, oids)
    told = answers(task.authorship, task.name)
    with ObjectReader(task.directory) as reader:
        for commit, parent, changes in fresh:
            for path, old, new in changes:
                skip = None
                sides = [oid for oid in (old, new) if not is_absent(oid)]
                if any(oid not in known for oid in sides):
                    skip = "missing_object"  # a partial clone need not have it
                elif max(known[oid] for oid in sides) > task.max_bytes:
                    skip = "too_large"
                states = None if skip else (_content(reader, old), _content(reader, new))
                found = told.get((commit, path), [])  # nothing was asked: nothing is shown of it
                yield _row(task, (commit, parent), (path, old, new), states, skip, found)


def _content(reader: ObjectReader, oid: str) -> bytes:
    return b"" if is_absent(oid) else reader.read(oid)


def _row(
    task: EditsTask,
    commits: tuple[str, str],
    change: tuple[str, str, str],
    states: tuple[bytes, bytes] | None,
    unread: str | None,
    found: Sequence[Origin] | None,
) -> dict[str, Any]:
    commit, parent = commits
    path, old, new = change
    before, after, skip = _texts(states) if states else (None, None, unread)
    identity = [commit, path]
    if not _is_exact(task.directory, ((parent, old), (commit, new)), path):
        before, after, skip = None, None, "path_not_utf8"
        identity.append(new)  # two paths may share a display form
    if before is not None and found is None:
        before, after, skip = None, None, "authorship_failed"
    return {
        "item": item_id("edit", task.repository, *identity),
        "repository": task.repository,
        "commit": commit,
        "parent": parent,
        "path": path,
        "old_oid": old,
        "new_oid": new,
        "before": before,
        "after": after,
        "skip": skip,
        "before_origins": [origin._asdict() for origin in found or () if before is not None],
        "after_origins": [
            origin._asdict() for origin in written(before, after, commit) if after is not None
        ],
    }


def _is_exact(directory: Path, states: Sequence[tuple[str, str]], path: str) -> bool:
    r"""Whether a recorded path is the path itself: one with ``\x`` may be a display form."""
    return "\\x" not in path or all(
        f" {oid}\t".encode("ascii")
        in run(directory, "ls-tree", "-z", "--full-tree", commit, "--", path)
        for commit, oid in states
        if not is_absent(oid)
    )


def _texts(states: tuple[bytes, bytes]) -> tuple[str | None, str | None, str | None]:
    before, skip_before = decode(states[0])
    after, skip_after = decode(states[1])
    skip = skip_before or skip_after
    return (None, None, skip) if skip else (before, after, None)


def written(before: str | None, after: str | None, commit: str) -> Iterable[Origin]:
    """The runs of lines of `after` that are not from `before`."""
    blocks = changed_blocks(line_list(before or ""), line_list(after or ""))
    return [
        Origin(block.new_start + 1, block.new_end - block.new_start, commit)
        for block in blocks
        if block.new_end > block.new_start
    ]


def changes_of(row: dict[str, Any]) -> Sequence[tuple[str, str, str]]:
    """(path, old object, new object) of each change of a commit row."""
    return tuple((c["path"], c["old_oid"], c["new_oid"]) for c in row["changes"])
