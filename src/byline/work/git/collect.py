"""Collecting one repository: mirror, commits, files with authorship, edits; only what changed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import Partition, current, publish
from byline.work.git.commits import Growth, bucket_of, merged, read_history
from byline.work.git.edits import Choice, EditsTask, changes_of, choose, edits
from byline.work.git.graph import refuse_bombs
from byline.work.git.history import bypassed, is_ancestor
from byline.work.git.mirror import Mirror, mirror
from byline.work.git.place import VERSION, Limits, Place
from byline.work.git.snapshot import SnapshotTask, snapshot
from byline.work.git.tree import Entry, files
from byline.work.identifiers import path_text
from byline.workspace.files import sha256_text

__all__ = ["Collected", "Limits", "collect"]

FILE_BUCKETS = 32
COMMIT_BUCKETS = 16
KEY_LENGTH = 20


@dataclass(frozen=True)
class Collected:
    """One repository's tables.

    Attributes:
        changed: Whether this run found anything new.
        rewritten: Whether history was rewritten since the last run (a force-push).
        left_out: Commits that did not become edits, by reason.
    """

    repository: str
    commit: str
    files: tuple[Partition, ...]
    commits: tuple[Partition, ...]
    edits: tuple[Partition, ...]
    changed: bool
    rewritten: bool
    left_out: dict[str, int]


def collect(
    path: Path,
    *,
    repository: str,
    revision: str,
    limits: Limits,
    mirrors: Path,
    tables: Path,
    executor: Executor,
    progress: Progress = quiet,
) -> Collected:
    """Collect a repository at a revision into the workspace's tables.

    Raises:
        InputError: The repository cannot be read; nothing is half-written.
    """
    place = Place(repository, tables)
    source = mirror(path, into=mirrors / f"{repository}.git", revision=revision)
    old = place.state(limits)
    if old and old["commit"] == source.commit and (known := place.partitions(old)):
        return _collected(repository, source.commit, known, old["left_out"])
    since, rewritten = _since(source, old)
    kept = place.partitions(old) if old and since else {}
    if not kept:
        since = None  # a killed run may have replaced what the state names: read everything again
    refuse_bombs(source.directory, source.commit, since=since, max_paths=limits.max_paths)
    growth = read_history(
        source.directory, source.commit, repository=repository, since=since,
        max_paths=limits.max_paths, buckets=COMMIT_BUCKETS,
    )  # fmt: skip
    commit_parts = _write_commits(place, source, growth, kept)
    around = bypassed(source.directory, since, source.commit) if since else set()
    growth.touched.update(path_text(path)[0] for path in around or ())
    comparable = kept if around is not None else {}
    file_parts = _write_files(place, source, limits, growth, comparable, executor, progress)
    edit_parts, choice = _write_edits(place, source, limits, commit_parts, executor, progress)
    parts = {"files": file_parts, "commits": commit_parts, "edits": edit_parts}
    place.prune(parts)
    place.write_state(source.commit, limits, parts, choice)
    return _collected(
        repository, source.commit, parts, choice.left_out, changed=True, rewritten=rewritten
    )


def _collected(
    repository: str,
    commit: str,
    parts: dict[str, list[Partition]],
    left_out: dict[str, int],
    *,
    changed: bool = False,
    rewritten: bool = False,
) -> Collected:
    return Collected(
        repository, commit, tuple(parts["files"]), tuple(parts["commits"]), tuple(parts["edits"]),
        changed, rewritten, left_out,
    )  # fmt: skip


def _since(source: Mirror, old: dict[str, Any] | None) -> tuple[str | None, bool]:
    """The commit that the last run ended at, if this history still contains it."""
    if old is None:
        return None, False
    if is_ancestor(source.directory, old["commit"], source.commit):
        return str(old["commit"]), False
    return None, True


def _by_bucket(parts: Sequence[Partition]) -> dict[int, Partition]:
    return {int(part.name.rsplit("-", 1)[1]): part for part in parts}


def _write_commits(
    place: Place, source: Mirror, growth: Growth, kept: dict[str, list[Partition]]
) -> list[Partition]:
    parts = _by_bucket(kept.get("commits", ()))
    for bucket, batches in sorted(growth.batches.items()):
        old = parts[bucket].read() if bucket in parts else None
        key = sha256_text("commits", VERSION, place.repository, source.commit, str(bucket))
        folder, name = place.folder("commits", bucket), place.name("commits", bucket)
        if current(folder, key[:KEY_LENGTH], name) is None:
            publish(folder, key[:KEY_LENGTH], merged(old, batches))
        made = current(folder, key[:KEY_LENGTH], name)
        if made is not None:
            parts[bucket] = made
    return [parts[bucket] for bucket in sorted(parts)]


def _write_files(
    place: Place,
    source: Mirror,
    limits: Limits,
    growth: Growth,
    kept: dict[str, list[Partition]],
    executor: Executor,
    progress: Progress,
) -> list[Partition]:
    buckets: dict[int, list[Entry]] = defaultdict(list)
    for entry in files(source.directory, source.commit, max_paths=limits.max_paths):
        digest = sha256_text(entry.path.decode("utf-8", "surrogateescape"))
        buckets[int(digest[:8], 16) % FILE_BUCKETS].append(entry)
    old = _by_bucket(kept.get("files", ()))
    done: list[Partition] = []
    tasks = []
    for bucket, entries in sorted(buckets.items()):
        if bucket in old and not _is_touched(entries, growth.touched, old[bucket]):
            done.append(old[bucket])
            continue
        key = sha256_text("files", VERSION, place.repository, source.commit, str(limits))
        tasks.append(
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
                touched=frozenset(growth.touched),
            )
        )
    for number, part in enumerate(executor.map(snapshot, tasks), start=1):
        progress(number, len(tasks), f"{place.repository}: authorship of files")
        done.append(part)
    return sorted(done, key=lambda part: part.name)


def _is_touched(entries: Sequence[Entry], touched: set[str], old: Partition) -> bool:
    """Whether a bucket's paths, or what is known of them, changed since it was written."""
    known = dict(
        zip(*(old.read(["path", "oid"]).column(name).to_pylist() for name in ("path", "oid")),
            strict=True)
    )  # fmt: skip
    if len(known) != len(entries):
        return True
    for entry in entries:
        path = entry.path.decode("utf-8", "backslashreplace")
        if path in touched or known.get(path) != entry.oid:
            return True
    return False


def _write_edits(
    place: Place,
    source: Mirror,
    limits: Limits,
    commit_parts: Sequence[Partition],
    executor: Executor,
    progress: Progress,
) -> tuple[list[Partition], Choice]:
    columns = ["commit", "parents", "changes"]
    table = pa.concat_tables([part.read(columns) for part in commit_parts])
    choice = choose(table, limit=limits.max_commit_edits)
    wanted = set(choice.commits)
    chosen: dict[int, list[tuple[str, str, tuple[tuple[str, str, str], ...]]]] = defaultdict(list)
    for batch in table.to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            if row["commit"] in wanted:
                bucket = bucket_of(row["commit"], COMMIT_BUCKETS)
                chosen[bucket].append((row["commit"], row["parents"][0], tuple(changes_of(row))))
    tasks = []
    for bucket, rows in sorted(chosen.items()):
        oids = sorted(row[0] for row in rows)
        key = sha256_text("edits", VERSION, place.repository, str(limits.max_file_bytes), *oids)
        tasks.append(
            EditsTask(
                directory=source.directory,
                repository=place.repository,
                commits=tuple(sorted(rows)),
                max_bytes=limits.max_file_bytes,
                folder=place.folder("edits", bucket),
                key=key[:KEY_LENGTH],
                name=place.name("edits", bucket),
            )
        )
    parts = []
    for number, part in enumerate(executor.map(edits, tasks), start=1):
        progress(number, len(tasks), f"{place.repository}: authorship of edits")
        parts.append(part)
    return sorted(parts, key=lambda part: part.name), choice
