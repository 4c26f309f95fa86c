"""Files at a revision, with their text and per-line authorship: rows of `FILES`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.engine.stage import Partition, provided
from byline.work.git.authorship import Wanted, answers
from byline.work.git.blame import Origin
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.tree import Entry
from byline.work.identifiers import item_id, path_text, swhid
from byline.work.schema import FILES
from byline.work.text import decode, line_count

LINK, MODULE = "120000", "160000"
# Reasons that may be gone though path and object are the same: such rows are made again.
PASSING = frozenset({"path_not_utf8", "missing_object", "quarantined_tree"})


@dataclass(frozen=True)
class SnapshotTask:
    """One bucket of a repository's files at a commit.

    Attributes:
        entries: The bucket's paths.
        kept: The bucket's table at an earlier commit, if any.
        touched: Paths whose authorship must be asked again, whatever `kept` says.
        authorship: Tables with who wrote the others' lines (`byline.work.git.authorship`).
    """

    directory: Path
    repository: str
    commit: str
    entries: tuple[Entry, ...]
    max_bytes: int
    folder: Path
    key: str
    name: str
    kept: Path | None
    touched: frozenset[str]
    authorship: tuple[Path, ...] = ()


def snapshot(task: SnapshotTask) -> Partition:
    """Write one bucket of `FILES`, reusing what an earlier snapshot already knows."""
    return provided(task.folder, task.key, task.name, lambda: _table(task))


def _table(task: SnapshotTask) -> pa.Table:
    known = _known(task)
    fresh = [entry for entry in task.entries if _reusable(entry, known) is None]
    rows = {row["item"]: row for row in read_files(task, fresh)}
    for entry in task.entries:
        old = _reusable(entry, known)
        if old is not None:
            rows[old["item"]] = old
    ordered = [rows[item] for item in sorted(rows)]
    return pa.Table.from_pylist(ordered, schema=FILES)


def wanted(task: SnapshotTask) -> list[Wanted]:
    """The files whose authorship an earlier snapshot does not know."""
    known = _known(task, columns=["path", "oid", "skip"])
    return [
        Wanted(task.name, task.commit, task.commit, path_text(entry.path)[0], entry.oid)
        for entry in task.entries
        if _reusable(entry, known) is None and _reason(entry, 0, task.max_bytes) is None
    ]


def _known(
    task: SnapshotTask, *, columns: Sequence[str] | None = None
) -> Mapping[str, dict[str, Any]]:
    """Rows of the earlier bucket by path, without those that were touched since."""
    if task.kept is None or not task.kept.exists():
        return {}
    rows = Partition(task.name, task.kept, "").read(columns).to_pylist()
    return {
        row["path"]: row
        for row in rows
        if row["path"] not in task.touched and row["skip"] not in PASSING
    }


def _reusable(entry: Entry, known: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    path, exact = path_text(entry.path)
    row = known.get(path) if exact and not entry.quarantined else None
    return row if row is not None and row["oid"] == entry.oid else None


def read_files(task: SnapshotTask, entries: Sequence[Entry]) -> Iterable[dict[str, Any]]:
    """Rows for paths of a tree: text and authorship, or the reason why not."""
    regular = [entry for entry in entries if entry.mode not in (LINK, MODULE)]
    known = sizes(task.directory, [entry.oid for entry in regular])
    told = answers(task.authorship, task.name)
    with ObjectReader(task.directory) as reader:
        for entry in entries:
            size = known.get(entry.oid, 0)
            skip = _reason(entry, size, task.max_bytes)
            if skip is None and entry.oid not in known:
                skip = "missing_object"  # a partial clone need not have it
            text = None
            if skip is None:
                text, skip = decode(reader.read(entry.oid))
            found = told.get((task.commit, path_text(entry.path)[0]))
            yield _row(task, entry, size=size, text=text, skip=skip, found=found)


def _reason(entry: Entry, size: int, max_bytes: int) -> str | None:
    if entry.quarantined:
        return "quarantined_tree"
    if entry.mode == LINK:
        return "symlink"
    if entry.mode == MODULE:
        return "submodule"
    if not path_text(entry.path)[1]:
        return "path_not_utf8"
    return "too_large" if size > max_bytes else None


def _row(
    task: SnapshotTask,
    entry: Entry,
    *,
    size: int,
    text: str | None,
    skip: str | None,
    found: Sequence[Origin] | None,
) -> dict[str, Any]:
    path, _ = path_text(entry.path)
    lines = line_count(text) if text else 0
    origins = [origin._asdict() for origin in found or ()] if text else []
    if sum(origin["lines"] for origin in origins) != lines:
        text, skip, lines, origins = None, "authorship_failed", 0, []
    return {
        # The raw path, because two paths may share a display form.
        "item": item_id(
            "file", task.repository, entry.path.decode("utf-8", "surrogateescape"), entry.oid
        ),
        "repository": task.repository,
        "path": path,
        "oid": entry.oid,
        "swhid": swhid("cnt", entry.oid),
        "size": size,
        "text": text,
        "lines": lines,
        "skip": skip,
        "origins": origins,
    }
