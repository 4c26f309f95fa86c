"""The buckets of a repository's files and edits: which must be made anew, and making them.

Authorship is asked first, for all of them together; then each bucket is written from the answers.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa

from byline.engine.executor import Executor, Progress
from byline.engine.stage import KEY_LENGTH, Partition, current
from byline.work.git import edits as of_edits
from byline.work.git import snapshot as of_files
from byline.work.git.authorship import AuthorshipTask, Wanted, authorship, shares
from byline.work.git.commits import bucket_of
from byline.work.git.edits import JUDGED_BY, Choice, EditsTask, changes_of, choose
from byline.work.git.mirror import Mirror
from byline.work.git.place import COMMIT_BUCKETS, FILE_BUCKETS, VERSION, Limits, Place
from byline.work.git.quarantine import misleading_trees
from byline.work.git.snapshot import SnapshotTask
from byline.work.git.tree import Entry, files
from byline.workspace.files import sha256_text

FOLDER = "authorship"
ONE_SHARE = 64  # questions that a second worker would not make quicker

Work = TypeVar("Work", SnapshotTask, EditsTask)


@dataclass(frozen=True)
class Tasks(Generic[Work]):
    """The buckets of one kind: those that are done already, and those to make."""

    done: list[Partition]
    to_do: list[Work]


def file_tasks(
    place: Place, source: Mirror, limits: Limits, touched: set[str], old: Mapping[int, Partition]
) -> Tasks[SnapshotTask]:
    """The buckets of files at the collected commit; untouched ones are done.

    Args:
        place: Where the tables lie.
        source: The mirror.
        limits: What is left out, and how lines are followed.
        touched: Paths whose authorship may have changed since `old`.
        old: The buckets of an earlier commit.
    """
    buckets: dict[int, list[Entry]] = defaultdict(list)
    malformed = misleading_trees(source.findings)
    for entry in files(
        source.directory, source.commit, max_paths=limits.max_paths, malformed=malformed
    ):
        digest = sha256_text(entry.path.decode("utf-8", "surrogateescape"))
        buckets[int(digest[:8], 16) % FILE_BUCKETS].append(entry)
    tasks: Tasks[SnapshotTask] = Tasks([], [])
    for bucket, entries in sorted(buckets.items()):
        if bucket in old and not _is_touched(entries, touched, old[bucket]):
            tasks.done.append(old[bucket])
            continue
        key = sha256_text("files", VERSION, place.repository, source.commit, str(limits))
        _add(
            tasks,
            SnapshotTask(
                directory=source.directory,
                repository=place.repository,
                commit=source.commit,
                entries=tuple(entries),
                max_bytes=limits.max_file_bytes,
                folder=place.folder("files", bucket),
                key=key[:KEY_LENGTH],
                name=place.name("files", bucket),
                kept=old[bucket].path if bucket in old else None,
                touched=frozenset(touched),
            ),
        )
    return tasks


def _add(tasks: Tasks[Work], task: Work) -> None:
    done = current(task.folder, task.key, task.name)
    if done is None:
        tasks.to_do.append(task)
    else:
        tasks.done.append(done)


def _is_touched(entries: Sequence[Entry], touched: set[str], old: Partition) -> bool:
    """Whether a bucket's paths, or what is known of them, changed since it was written."""
    rows = old.read(["path", "oid", "skip"]).to_pylist()
    known = {row["path"]: (row["oid"], row["skip"] == "quarantined_tree") for row in rows}
    if len(known) != len(entries):
        return True
    for entry in entries:
        path = entry.path.decode("utf-8", "backslashreplace")
        if path in touched or known.get(path) != (entry.oid, entry.quarantined):
            return True
    return False


def edit_tasks(
    place: Place,
    source: Mirror,
    limits: Limits,
    commit_parts: Sequence[Partition],
    old: Mapping[int, Partition],
) -> tuple[Tasks[EditsTask], Choice]:
    """The buckets of edits of the commits chosen."""
    table = pa.concat_tables([part.read(list(JUDGED_BY)) for part in commit_parts])
    choice = choose(table, limit=limits.max_commit_edits)
    wanted = set(choice.commits)
    chosen: dict[int, list[tuple[str, str, tuple[tuple[str, str, str], ...]]]] = defaultdict(list)
    for batch in table.to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            if row["commit"] in wanted:
                bucket = bucket_of(row["commit"], COMMIT_BUCKETS)
                chosen[bucket].append((row["commit"], row["parents"][0], tuple(changes_of(row))))
    tasks: Tasks[EditsTask] = Tasks([], [])
    far = (limits.follow, str(limits.ignore_space), limits.ignored, str(limits.max_file_bytes),
           limits.lacking)  # fmt: skip
    for bucket, rows in sorted(chosen.items()):
        oids = sorted(row[0] for row in rows)
        key = sha256_text("edits", VERSION, place.repository, *far, *oids)
        _add(
            tasks,
            EditsTask(
                directory=source.directory,
                repository=place.repository,
                commits=tuple(sorted(rows)),
                max_bytes=limits.max_file_bytes,
                folder=place.folder("edits", bucket),
                key=key[:KEY_LENGTH],
                name=place.name("edits", bucket),
                kept=old[bucket].path if bucket in old else None,
            ),
        )
    return tasks, choice


def tell(
    place: Place,
    source: Mirror,
    limits: Limits,
    tasks: tuple[Tasks[SnapshotTask], Tasks[EditsTask]],
    *,
    since: str | None,
    old: Sequence[Partition],
    executor: Executor,
    progress: Progress,
) -> tuple[Path, ...]:
    """Ask who wrote what the tables to make need; returns where the answers lie."""
    wanted = [one for task in tasks[0].to_do for one in of_files.wanted(task)]
    wanted += [one for task in tasks[1].to_do for one in of_edits.wanted(task)]
    if not wanted:
        return ()
    parts = shares(wanted, count=1 if len(wanted) < ONE_SHARE else executor.workers)
    asked = [
        AuthorshipTask(
            directory=source.directory,
            newest=source.commit,
            wanted=part,
            max_bytes=limits.max_file_bytes,
            following=limits.following,
            ignored=tuple(limits.ignored.split()),
            since=since,
            kept=tuple(one.path for one in old),
            folder=place.folder(FOLDER, number),
            key=_key(place, source, limits, part),
            name=place.name(FOLDER, number),
        )
        for number, part in enumerate(parts)
    ]
    what = f"{place.repository}: authorship"
    found = []
    for number, part in enumerate(executor.map(authorship, asked), start=1):
        progress(number, len(asked), what)
        found.append(part.path)
    return tuple(sorted(found))


def _key(place: Place, source: Mirror, limits: Limits, part: Sequence[Wanted]) -> str:
    rows = (name for one in part for name in one)
    return sha256_text(
        FOLDER, VERSION, place.repository, source.commit, str(limits), *rows
    )[:KEY_LENGTH]  # fmt: skip


def write_all(
    function: Callable[[Work], Partition],
    tasks: Tasks[Work],
    told: tuple[Path, ...],
    executor: Executor,
    progress: Progress,
    what: str,
) -> list[Partition]:
    """Make the buckets that are to be made; returns all, in order of their names."""
    ready: list[Any] = [replace(task, authorship=told) for task in tasks.to_do]
    found = list(tasks.done)
    for number, part in enumerate(executor.map(function, ready), start=1):
        progress(number, len(ready), what)
        found.append(part)
    return sorted(found, key=lambda part: part.name)


def forget(place: Place) -> None:
    """Remove the answers: the tables hold them now."""
    shutil.rmtree(place.state_file.parent / FOLDER, ignore_errors=True)
