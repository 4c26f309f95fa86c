"""Commit history as buckets of `COMMITS`, added to as history grows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.work.git.history import Commit, commits
from byline.work.identifiers import path_text
from byline.work.schema import COMMITS

FLUSH = 2000  # commits held as Python objects at a time


@dataclass
class Growth:
    """New commits by bucket, as compact Arrow batches, and every path that they touched."""

    batches: dict[int, list[pa.RecordBatch]] = field(default_factory=lambda: defaultdict(list))
    touched: set[str] = field(default_factory=set)
    count: int = 0


def read_history(
    directory: Path,
    commit: str,
    *,
    repository: str,
    since: str | None,
    max_paths: int,
    buckets: int,
) -> Growth:
    """Read the commits after `since` (all when None) into Arrow batches by bucket."""
    growth = Growth()
    for rows in _chunks(commits(directory, commit, since=since, max_paths=max_paths)):
        by_bucket: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for found in rows:
            growth.touched.update(path_text(change.path)[0] for change in found.changes)
            by_bucket[bucket_of(found.oid, buckets)].append(_row(repository, found))
        for bucket, records in by_bucket.items():
            growth.batches[bucket].append(pa.RecordBatch.from_pylist(records, schema=COMMITS))
        growth.count += len(rows)
    return growth


def merged(old: pa.Table | None, new: list[pa.RecordBatch]) -> pa.Table:
    """Old and new rows of one bucket, by commit id, so that the way here leaves no trace.

    Git may give a commit again that is old: dates that run backwards mislead `git log a ^b`.
    """
    table = pa.Table.from_batches(new, schema=COMMITS)
    if old is not None:
        table = table.filter(pc.invert(pc.is_in(table["commit"], value_set=old["commit"])))
        # Parquet keeps milliseconds at the coarsest, and names list items its own way.
        table = pa.concat_tables([old.cast(COMMITS), table])
    return table.take(pc.sort_indices(table, sort_keys=[("commit", "ascending")]))


def bucket_of(oid: str, buckets: int) -> int:
    """Which bucket a commit belongs to: by its id, so that history's growth moves nothing."""
    return int(oid[:8], 16) % buckets


def _chunks(found: Iterable[Commit]) -> Iterator[list[Commit]]:
    rows: list[Commit] = []
    for commit in found:
        rows.append(commit)
        if len(rows) == FLUSH:
            yield rows
            rows = []
    if rows:
        yield rows


def _row(repository: str, commit: Commit) -> dict[str, Any]:
    return {
        "repository": repository,
        "commit": commit.oid,
        "parents": list(commit.parents),
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "author_time": commit.author_time,
        "committer_name": commit.committer_name,
        "committer_email": commit.committer_email,
        "commit_time": commit.commit_time,
        "message": commit.message,
        "trailers": [{"key": key, "value": value} for key, value in commit.trailers],
        "changes": [
            {
                "status": change.status,
                "path": path_text(change.path)[0],
                "old_oid": change.old_oid,
                "new_oid": change.new_oid,
                "old_mode": change.old_mode,
                "new_mode": change.new_mode,
            }
            for change in commit.changes
        ],
    }
