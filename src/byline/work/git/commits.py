"""Commit history as buckets of `COMMITS`, added to as history grows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.work.git.commit_rows import Piece, commit_rows
from byline.work.git.history import records
from byline.work.git.renames import Candidate, Rename, renames
from byline.work.schema import COMMITS, RENAME


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
    quarantine: Mapping[str, str] | None = None,
    beside: str | None = None,
) -> Growth:
    """Read the commits after `since` (all when None) into Arrow batches by bucket.

    `quarantine` gives the message id for commits whose authorship is not believed; with `beside`
    the commits are those of refs that begin so, without those of `commit`.
    """
    growth = Growth()
    pieces: list[pa.RecordBatch] = []
    candidates: list[Candidate] = []
    found = records(directory, commit, since=since, beside=beside, max_paths=max_paths)
    for one in found:
        piece = commit_rows(directory, one, repository=repository, quarantine=quarantine or {})
        growth.touched.update(piece.paths)
        growth.count += len(one.counts)
        pieces.append(piece.batch)
        candidates += _candidates(piece)
    renamed = renames(directory, candidates)
    for batch in pieces:
        for bucket, rows in _by_bucket(_with_renames(batch, renamed), buckets):
            growth.batches[bucket].append(rows)
    return growth


AT_ONCE = 1000  # commits named on one command line
MANY_PATHS = 1_000_000


def rows_of(
    directory: Path,
    commits: Iterable[str],
    *,
    repository: str,
    quarantine: Mapping[str, str] | None = None,
) -> pa.Table:
    """`COMMITS` of some commits of a mirror, wherever they are from, in order of id.

    Args:
        directory: The mirror, which has them all.
        commits: Full ids.
        repository: The repository's name.
        quarantine: For commits whose authorship is not believed, why.

    Raises:
        GitError: The mirror lacks one.
        HostileInputError: One of them changes more than `MANY_PATHS` paths.
    """
    wanted = sorted(set(commits))
    pieces: list[pa.RecordBatch] = []
    candidates: list[Candidate] = []
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        for one in records(directory, part[0], only=part, max_paths=MANY_PATHS):
            piece = commit_rows(directory, one, repository=repository, quarantine=quarantine or {})
            pieces.append(piece.batch)
            candidates += _candidates(piece)
    renamed = renames(directory, candidates)
    rows = [_with_renames(batch, renamed) for batch in pieces]
    return pa.Table.from_batches(rows, schema=COMMITS).sort_by("commit")


def merged(old: pa.Table | None, table: pa.Table) -> pa.Table:
    """Old and new rows of one bucket, by commit id, so that the way here leaves no trace.

    Git may give a commit again that is old: dates that run backwards mislead `git log a ^b`.
    """
    if old is not None:
        table = table.filter(pc.invert(pc.is_in(table["commit"], value_set=old["commit"])))
        # Parquet keeps milliseconds at the coarsest, and names list items its own way.
        table = pa.concat_tables([old.cast(table.schema), table])
    return table.take(pc.sort_indices(table, sort_keys=[("commit", "ascending")]))


def bucket_of(oid: str, buckets: int) -> int:
    """Which bucket a commit belongs to: by its id, so that history's growth moves nothing."""
    return int(oid[:8], 16) % buckets


def _candidates(piece: Piece) -> Iterator[Candidate]:
    """The commits that delete and add."""
    for row in np.flatnonzero((piece.added > 0) & (piece.deleted > 0)).tolist():
        parents = piece.batch.column("parents")[row].as_py()
        changes = piece.batch.column("changes")[row].values
        status, old, new = (changes.field(name) for name in ("status", "old_oid", "new_oid"))
        regular = pc.invert(
            pc.or_(
                pc.equal(changes.field("old_mode"), "160000"),
                pc.equal(changes.field("new_mode"), "160000"),
            )
        )
        blobs = [
            *old.filter(pc.and_(regular, pc.equal(status, "D"))).to_pylist(),
            *new.filter(pc.and_(regular, pc.equal(status, "A"))).to_pylist(),
        ]
        if parents and blobs:
            pairs = int(piece.added[row]) * int(piece.deleted[row])
            commit = piece.batch.column("commit")[row].as_py()
            yield Candidate(commit, parents[0], tuple(blobs), pairs)


def _with_renames(batch: pa.RecordBatch, renamed: Mapping[str, list[Rename]]) -> pa.RecordBatch:
    found = [renamed.get(oid, ()) for oid in batch.column("commit").to_pylist()]
    every = [one for row in found for one in row]
    fields = list(RENAME)
    columns = [pa.array([getattr(one, part.name) for one in every], part.type) for part in fields]
    offsets = np.cumsum([0, *(len(row) for row in found)], dtype=np.int32)
    values = pa.StructArray.from_arrays(columns, fields=fields)
    kind = COMMITS.field("renames").type
    made = pa.ListArray.from_arrays(pa.array(offsets), values, type=kind)
    return pa.RecordBatch.from_arrays(
        [made if one.name == "renames" else batch.column(one.name) for one in COMMITS],
        schema=COMMITS,
    )


def _by_bucket(batch: pa.RecordBatch, buckets: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each bucket, in the order they have."""
    homes = np.array(
        [bucket_of(oid, buckets) for oid in batch.column("commit").to_pylist()], dtype=np.int64
    )
    order = np.argsort(homes, kind="stable")
    grouped = batch.take(pa.array(order))
    names, starts = np.unique(homes[order], return_index=True)
    ends: Sequence[int] = [*starts[1:].tolist(), len(order)]
    for bucket, start, end in zip(names.tolist(), starts.tolist(), ends, strict=True):
        yield bucket, grouped.slice(start, end - start)
