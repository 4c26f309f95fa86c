"""Files at a revision, with their text and per-line authorship: rows of `FILES`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline.engine.stage import Partition, current, publish
from byline.errors import IntegrityError
from byline.work.git.blame import blame
from byline.work.git.command import GitError
from byline.work.git.objects import ObjectReader, sizes
from byline.work.git.tree import Entry
from byline.work.identifiers import item_id, line_list, path_text, swhid
from byline.work.schema import FILES

LINK, MODULE = "120000", "160000"
BINARY_WINDOW = 8000  # bytes that git looks at for a NUL, too


@dataclass(frozen=True)
class SnapshotTask:
    """One bucket of a repository's files at a commit.

    Attributes:
        entries: The bucket's paths.
        kept: The bucket's table at an earlier commit, if any.
        touched: Paths whose authorship must be asked again, whatever `kept` says.
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


def snapshot(task: SnapshotTask) -> Partition:
    """Write one bucket of `FILES`, reusing what an earlier snapshot already knows."""
    done = current(task.folder, task.key, task.name)
    if done is not None:
        return done
    known = _known(task)
    fresh = [entry for entry in task.entries if _reusable(entry, known) is None]
    rows = {row["item"]: row for row in read_files(task, fresh)}
    for entry in task.entries:
        old = _reusable(entry, known)
        if old is not None:
            rows[old["item"]] = old
    ordered = [rows[item] for item in sorted(rows)]
    publish(task.folder, task.key, pa.Table.from_pylist(ordered, schema=FILES))
    made = current(task.folder, task.key, task.name)
    if made is None:
        raise IntegrityError(f"{task.name} was not written")
    return made


def _known(task: SnapshotTask) -> Mapping[str, dict[str, Any]]:
    """Rows of the earlier bucket by path, without those that were touched since."""
    if task.kept is None or not task.kept.exists():
        return {}
    rows = Partition(task.name, task.kept, "").read().to_pylist()
    return {
        row["path"]: row
        for row in rows
        if row["path"] not in task.touched and row["skip"] != "path_not_utf8"
    }


def _reusable(entry: Entry, known: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    path, exact = path_text(entry.path)
    row = known.get(path) if exact else None
    return row if row is not None and row["oid"] == entry.oid else None


def read_files(task: SnapshotTask, entries: Sequence[Entry]) -> Iterable[dict[str, Any]]:
    """Rows for paths of a tree: text and authorship, or the reason why not."""
    regular = [entry for entry in entries if entry.mode not in (LINK, MODULE)]
    known = sizes(task.directory, [entry.oid for entry in regular])
    with ObjectReader(task.directory) as reader:
        for entry in entries:
            size = known.get(entry.oid, 0)
            skip = _reason(entry, size, task.max_bytes)
            text = None
            if skip is None:
                text, skip = decode(reader.read(entry.oid))
            yield _row(task, entry, size=size, text=text, skip=skip)


def _reason(entry: Entry, size: int, max_bytes: int) -> str | None:
    if entry.mode == LINK:
        return "symlink"
    if entry.mode == MODULE:
        return "submodule"
    if not path_text(entry.path)[1]:
        return "path_not_utf8"
    return "too_large" if size > max_bytes else None


def decode(data: bytes) -> tuple[str | None, str | None]:
    """The text of a file, or why it has none: ``binary`` or ``not_utf8``."""
    if b"\0" in data[:BINARY_WINDOW]:
        return None, "binary"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None, "not_utf8"
    return (None, "binary") if "\0" in text else (text, None)


def _row(
    task: SnapshotTask, entry: Entry, *, size: int, text: str | None, skip: str | None
) -> dict[str, Any]:
    path, _ = path_text(entry.path)
    lines = len(line_list(text)) if text else 0
    origins = []
    if text:
        try:
            origins = [origin._asdict() for origin in blame(task.directory, task.commit, path)]
        except GitError:
            text, skip, lines = None, "authorship_failed", 0
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
