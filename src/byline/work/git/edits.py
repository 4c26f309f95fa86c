"""Edits: both states of each file that a chosen commit changed, with authorship: rows of `EDITS`.

A commit is eligible when it has one parent and only modifies files, at most `MAX_FILES` of them.
What is not eligible, or over the limit, is counted by `choose` with its reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.engine.stage import Partition, current, publish
from byline.errors import IntegrityError
from byline.work.diff import changed_blocks
from byline.work.git.blame import Origin, blame
from byline.work.git.command import GitError, run
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.snapshot import decode
from byline.work.identifiers import item_id, line_list
from byline.work.schema import EDITS
from byline.workspace.files import sha256_text

MAX_FILES = 5
WINDOW = 32  # lines around a change whose authors are asked for: all that a recipe may show
REGULAR = frozenset({"100644", "100755"})


@dataclass(frozen=True)
class Choice:
    """Which commits become edits, and how many do not, by reason."""

    commits: tuple[str, ...]
    left_out: dict[str, int]


def choose(commits: pa.Table, *, limit: int) -> Choice:
    """The commits to make edits of: the eligible ones, or by hash as many as `limit` allows."""
    left_out: Counter[str] = Counter()
    eligible = []
    for batch in commits.select(["commit", "parents", "changes"]).to_batches(max_chunksize=4096):
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
    changes = row["changes"]
    if len(row["parents"]) != 1:
        return "merge" if row["parents"] else "root"
    if not changes:
        return "empty"
    if len(changes) > MAX_FILES:
        return "too_many_files"
    if any(change["status"] != "M" for change in changes):
        return "adds_or_deletes"
    modes = {mode for change in changes for mode in (change["old_mode"], change["new_mode"])}
    return None if modes <= REGULAR else "not_regular_files"


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


def edits(task: EditsTask) -> Partition:
    """Write one bucket of `EDITS`. It depends on commits alone, so it is never stale."""
    done = current(task.folder, task.key, task.name)
    if done is None:
        table = pa.Table.from_pylist(
            sorted(_rows(task), key=lambda row: str(row["item"])), schema=EDITS
        )
        publish(task.folder, task.key, table)
        done = current(task.folder, task.key, task.name)
    if done is None:
        raise IntegrityError(f"{task.name} was not written")
    return done


def _rows(task: EditsTask) -> Iterator[dict[str, Any]]:
    oids = [oid for _, _, changes in task.commits for _, old, new in changes for oid in (old, new)]
    known = sizes(task.directory, oids)
    with ObjectReader(task.directory) as reader:
        for commit, parent, changes in task.commits:
            for path, old, new in changes:
                too_large = max(known.get(old, 0), known.get(new, 0)) > task.max_bytes
                states = None if too_large else (reader.read(old), reader.read(new))
                yield _row(task, (commit, parent), (path, old, new), states)


def _row(
    task: EditsTask,
    commits: tuple[str, str],
    change: tuple[str, str, str],
    states: tuple[bytes, bytes] | None,
) -> dict[str, Any]:
    commit, parent = commits
    path, old, new = change
    before, after, skip = _texts(states)
    identity = [commit, path]
    if not _is_exact(task.directory, ((parent, old), (commit, new)), path):
        before, after, skip = None, None, "path_not_utf8"
        identity.append(new)  # two paths may share a display form
    origins: list[Origin] = []
    if before is not None:
        try:
            asked = windows(before, after or "")
            origins = blame(task.directory, parent, path, ranges=asked) if asked else []
        except GitError:
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
        "before_origins": [origin._asdict() for origin in origins],
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
    )


def _texts(states: tuple[bytes, bytes] | None) -> tuple[str | None, str | None, str | None]:
    if states is None:
        return None, None, "too_large"
    before, skip_before = decode(states[0])
    after, skip_after = decode(states[1])
    skip = skip_before or skip_after
    return (None, None, skip) if skip else (before, after, None)


def windows(before: str, after: str) -> list[tuple[int, int]]:
    """Lines of `before` around each change, `WINDOW` on each side: (first, last), from 1."""
    lines = line_list(before)
    merged: list[tuple[int, int]] = []
    for block in changed_blocks(lines, line_list(after)):
        first = max(1, block.old_start + 1 - WINDOW)
        last = min(len(lines), block.old_end + WINDOW)
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        elif first <= last:
            merged.append((first, last))
    return merged


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
