"""Writing the shards of a release: every kept example, in order of its id, by split.

Two passes, both bounded by one bucket or one shard: candidates are dealt out to their shard, then
each shard is sorted, its people get their pseudonyms, and its rows are hashed.
"""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import Partition
from byline.errors import IntegrityError
from byline.examples.schema import EXAMPLES, FORMS
from byline.release.pseudonymous import characters, examples_of_people, pseudonymous
from byline.release.rows import row_digests
from byline.release.selection import Selection
from byline.workspace.files import sha256_file, write_table

SPLITS = ("train", "validation", "test")
Kind = tuple[str, str]  # split and form
SHARD_BYTES = 128 << 20
BATCH = 4096
ROW_GROUP = 4096

LEAVES = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("sha256", pa.binary(32), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Shard:
    """One written file of a release.

    Attributes:
        path: Relative to the release.
        people: How many examples each contributor is in, by pseudonym.
        persons: Who each of them is, by their id in the roster; never written into the release.
        characters: Characters of text by recipe.
    """

    path: str
    split: str
    form: str
    rows: int
    bytes: int
    sha256: str
    leaves: pa.Table
    people: Mapping[str, int]
    persons: Mapping[str, str]
    recipes: Mapping[str, int]
    characters: int


@dataclass(frozen=True)
class DealTask:
    """One bucket of candidates, to be dealt out to shards."""

    source: Path
    digest: str
    number: int
    split: Mapping[str, Kind]
    counts: Mapping[Kind, int]
    scratch: Path


@dataclass(frozen=True)
class ShardTask:
    """One shard to be put together from what was dealt to it."""

    parts: tuple[Path, ...]
    target: Path
    relative: str
    split: str
    form: str
    key: bytes
    scope: str


def write_shards(
    candidates: Sequence[Partition],
    selection: Selection,
    *,
    into: Path,
    key: bytes,
    scope: str,
    executor: Executor,
    progress: Progress = quiet,
) -> list[Shard]:
    """Write ``data/<split>-<form>-NNNNN-of-NNNNN.parquet`` below `into`.

    A file holds one form, so that a trainer meets no column that is empty in some rows.

    Args:
        candidates: All candidates.
        selection: Which are kept.
        into: The release's folder, still aside.
        key: The linkage key.
        scope: What makes this release's pseudonyms its own.
        executor: What runs the tasks.
        progress: Told of shards done.
    """
    counts = _shard_counts(selection)
    scratch = into / ".dealt"
    scratch.mkdir(parents=True)
    deals = [
        DealTask(part.path, part.digest, number, _kept_in(part, selection), counts, scratch)
        for number, part in enumerate(candidates)
    ]
    for _ in executor.map(deal, deals):
        pass
    tasks = []
    for (split, form), count in counts.items():
        for number in range(count):
            relative = f"data/{split}-{form}-{number:05}-of-{count:05}.parquet"
            parts = tuple(sorted(scratch.glob(f"{split}-{form}-{number:05}-*.parquet")))
            if parts:
                tasks.append(ShardTask(parts, into / relative, relative, split, form, key, scope))
    written = []
    for done, shard in enumerate(executor.map(write_shard, tasks), start=1):
        progress(done, len(tasks), "writing shards")
        written.append(shard)
    shutil.rmtree(scratch, ignore_errors=True)
    return sorted(written, key=lambda shard: shard.path)


def _shard_counts(selection: Selection) -> dict[Kind, int]:
    """Shards by split and form; what has no example has none."""
    examples = Counter((split, selection.form[one]) for one, split in selection.split.items())
    each = selection.size / max(1, len(selection.split))
    return {
        (split, form): -(-int(examples[split, form] * each * 2) // SHARD_BYTES) or 1
        for split in SPLITS
        for form in FORMS
        if examples[split, form]
    }


def _kept_in(part: Partition, selection: Selection) -> dict[str, Kind]:
    ids = part.read(["id"])["id"].to_pylist()
    return {
        one: (selection.split[one], selection.form[one]) for one in ids if one in selection.split
    }


def shard_of(identity: str, count: int) -> int:
    """Which shard an id belongs to; ids are hashes, so shards are even and in order of id."""
    digits = identity.rsplit("_", 1)[-1][:8]
    return int(digits, 16) * count >> 32


def deal(task: DealTask) -> None:
    """Write each kept candidate of a bucket to the pile of its shard.

    Raises:
        IntegrityError: The bucket is not the one that the recipes made.
    """
    if not task.split:
        return
    if not sha256_file(task.source).startswith(task.digest):
        raise IntegrityError(
            f"{task.source} was changed after it was made",
            advice="remove that file and run again: it is made anew",
        )
    table = pq.read_table(task.source, columns=EXAMPLES.names)
    piles: dict[tuple[Kind, int], list[int]] = {}
    for row, identity in enumerate(table["id"].to_pylist()):
        kind = task.split.get(identity)
        if kind is not None:
            number = shard_of(identity, task.counts[kind])
            piles.setdefault((kind, number), []).append(row)
    for ((split, form), number), places in piles.items():
        name = f"{split}-{form}-{number:05}-{task.number:05}.parquet"
        # Read once and thrown away, with its folder if a run is killed: neither packed nor synced.
        pq.write_table(table.take(places), task.scratch / name, compression="none")


def write_shard(task: ShardTask) -> Shard:
    """Sort, pseudonymise, hash and write one shard."""
    dealt = pa.concat_tables([pq.read_table(part) for part in task.parts])
    dealt = dealt.sort_by("id").cast(EXAMPLES)  # Parquet has no whole seconds
    batches: list[pa.RecordBatch] = []
    digests: list[bytes] = []
    people: Counter[str] = Counter()
    known: dict[str | None, str | None] = {None: None}
    for start in range(0, dealt.num_rows, BATCH):
        rows = pseudonymous(
            dealt.slice(start, BATCH).combine_chunks(), task.key, task.scope, known=known
        )
        split = pa.array([task.split] * rows.num_rows, pa.string())
        rows = rows.set_column(rows.schema.get_field_index("split"), EXAMPLES.field("split"), split)
        digests += row_digests(rows)
        people.update(examples_of_people(rows))
        batches += rows.to_batches()
    table = pa.Table.from_batches(batches, schema=EXAMPLES)
    write_table(task.target, table, row_group_size=ROW_GROUP)
    return Shard(
        path=task.relative,
        split=task.split,
        form=task.form,
        rows=table.num_rows,
        bytes=task.target.stat().st_size,
        sha256=sha256_file(task.target),
        leaves=pa.table(
            {
                "id": table["id"],
                "sha256": pa.array(digests, LEAVES.field("sha256").type),
                "shard": pa.array([task.relative] * table.num_rows, pa.string()),
                "row": pa.array(range(table.num_rows), pa.int32()),
            },
            schema=LEAVES,
        ),
        people=dict(people),
        persons={name: one for one, name in known.items() if one is not None and name is not None},
        recipes=Counter(table["recipe"].to_pylist()),
        characters=characters(table),
    )
