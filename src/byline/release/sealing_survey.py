"""What a seal needs to know of a release's rows: their items, people and fingerprints, no text.

A survey of a shard reads it batch by batch and leaves small tables in a scratch folder. Invariants:
every row of the shard is looked at; a table holds each of its rows once; nothing depends on how
rows are batched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.examples.schema import TEXTS
from byline.proof.blinding import CONTROL, printable
from byline.release.fingerprints import Numbers, row_fingerprints

COLUMNS: Final = ("id", "class", *TEXTS, "sources", "people")
BATCH: Final = 4096
HELD: Final = 1 << 22  # fingerprints before equal ones are counted

USES: Final = pa.schema(
    [("item", pa.string()), ("class", pa.string()), ("start", pa.int32()), ("end", pa.int32())]
)
COUNTS: Final = pa.schema([("item", pa.string()), ("examples", pa.int64())])
OWNERS: Final = pa.schema([("item", pa.string()), ("contributor", pa.string())])
EXAMPLES_OF: Final = pa.schema([("contributor", pa.string()), ("id", pa.string())])
CLAUSES: Final = pa.schema([("contributor", pa.string()), ("clause", pa.string())])
TABLES: Final = {
    "uses": USES, "counts": COUNTS, "owners": OWNERS, "examples": EXAMPLES_OF, "clauses": CLAUSES,
}  # fmt: skip


@dataclass(frozen=True)
class SurveyTask:
    """One shard to be surveyed, and the folder for what is found."""

    shard: Path
    scratch: Path


@dataclass(frozen=True)
class Survey:
    """What was found in one shard: a folder with the `TABLES`, and its fingerprints with counts."""

    folder: Path

    def table(self, name: str) -> pa.Table:
        """One of the `TABLES`."""
        return pq.read_table(self.folder / f"{name}.parquet")

    def fingerprints(self) -> tuple[Numbers, npt.NDArray[np.int64]]:
        """Its fingerprints, ascending, and how many examples have each."""
        numbers = np.load(self.folder / "numbers.npy", mmap_mode="r")
        return numbers, np.load(self.folder / "counts.npy", mmap_mode="r")


def survey_shard(task: SurveyTask) -> Survey:
    """Look at every row of a shard."""
    task.scratch.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
    counter = _Counter()
    with pq.ParquetFile(task.shard) as source:
        for batch in source.iter_batches(batch_size=BATCH, columns=list(COLUMNS)):
            for name, table in rows_survey(batch).items():
                found[name].append(table)
            for numbers, _ in row_fingerprints(batch):
                counter.add(numbers)
    for name, tables in found.items():
        merged = merge(name, tables)
        pq.write_table(merged, task.scratch / f"{name}.parquet", compression="lz4")
    numbers, counts = counter.result()
    np.save(task.scratch / "numbers.npy", numbers)
    np.save(task.scratch / "counts.npy", counts)
    return Survey(task.scratch)


def merge(name: str, tables: list[pa.Table]) -> pa.Table:
    """Tables of one kind as one: each row once, counts of an item added up."""
    schema = TABLES[name]
    together = pa.concat_tables([schema.empty_table(), *(one.cast(schema) for one in tables)])
    if name == "counts":
        summed = together.group_by("item").aggregate([("examples", "sum")])
        return summed.rename_columns(["item", "examples"]).cast(schema)
    return together.group_by(schema.names).aggregate([]).cast(schema)


def together(name: str, surveys: Sequence[Survey]) -> pa.Table:
    """One of the `TABLES`, of several surveys as one."""
    return merge(name, [one.table(name) for one in surveys])


def rows_survey(rows: pa.RecordBatch) -> dict[str, pa.Table]:
    """The `TABLES` of some rows."""
    sources = rows.column("sources")
    used_by = np.asarray(pc.list_parent_indices(sources), dtype=np.int64)
    source = pc.list_flatten(sources)
    item = _items(source)
    people = rows.column("people")
    person_of = np.asarray(pc.list_parent_indices(people), dtype=np.int64)
    person = pc.list_flatten(people)
    contributor = pc.struct_field(person, "contributor")
    uses = pa.table(
        [item, rows.column("class").take(pa.array(used_by)), pc.struct_field(source, "start"),
         pc.struct_field(source, "end")], schema=USES,
    )  # fmt: skip
    use, place = _pairs(used_by, person_of, rows.num_rows)
    clauses = pc.struct_field(person, "decisions")
    relied = contributor.take(pc.list_parent_indices(clauses))
    found = {
        "uses": uses,
        "counts": _counts(item, used_by),
        "owners": pa.table([item.take(use), contributor.take(place)], schema=OWNERS),
        "examples": pa.table(
            [contributor, rows.column("id").take(pa.array(person_of))], schema=EXAMPLES_OF
        ),
        "clauses": pa.table([relied, pc.list_flatten(clauses)], schema=CLAUSES),
    }
    return {name: merge(name, [table]) for name, table in found.items()}


def _items(source: pa.StructArray) -> pa.Array:
    """The id of each source's item, as `byline.proof.blinding.item_id` gives it."""
    part = {
        name: pc.struct_field(source, name) for name in ("swhid", "system", "repository", "oid")
    }
    core = pc.replace_substring_regex(part["swhid"], "(?s);.*", "")
    names = pc.binary_join_element_wise(part["system"], part["repository"], part["oid"], ":")
    item = pc.if_else(pc.equal(core, ""), names, core)
    coded = item.dictionary_encode()
    different = coded.dictionary
    if pc.any(pc.match_substring_regex(different, CONTROL.pattern)).as_py():
        different = pa.array([printable(one) for one in different.to_pylist()], pa.string())
    return different.take(coded.indices)


def _counts(item: pa.Array, used_by: npt.NDArray[np.int64]) -> pa.Table:
    """In how many rows each item is: a row may have several sources of one item."""
    pairs = pa.table({"item": item, "row": used_by}).group_by(["item", "row"]).aggregate([])
    return pairs.group_by("item").aggregate([("row", "count")]).rename_columns(COUNTS.names)


def _pairs(
    used_by: npt.NDArray[np.int64], person_of: npt.NDArray[np.int64], rows: int
) -> tuple[pa.Array, pa.Array]:
    """Every source of a row with every person of that row, as places in the two lists."""
    counts = np.bincount(person_of, minlength=rows)
    firsts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])[:-1]
    each = counts[used_by]
    use = np.repeat(np.arange(len(used_by)), each)
    ends = np.cumsum(each)
    within = np.arange(len(use)) - np.repeat(ends - each, each)
    return pa.array(use), pa.array(np.repeat(firsts[used_by], each) + within)


class _Counter:
    """Counts numbers, and holds few more than there are different ones."""

    def __init__(self) -> None:
        self._numbers: Numbers = np.zeros(0, np.uint64)
        self._counts: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._fresh: list[Numbers] = []
        self._waiting = 0

    def add(self, numbers: Numbers) -> None:
        """Count each number once more."""
        self._fresh.append(numbers)
        self._waiting += len(numbers)
        if self._waiting > HELD:
            self._count()

    def _count(self) -> None:
        fresh, counts = np.unique(np.concatenate(self._fresh), return_counts=True)
        parts = [(self._numbers, self._counts), (fresh, counts.astype(np.int64))]
        self._numbers, self._counts = merge_counts(parts)
        self._fresh, self._waiting = [], 0

    def result(self) -> tuple[Numbers, npt.NDArray[np.int64]]:
        """The numbers, ascending, and how often each was added."""
        if self._fresh:
            self._count()
        return self._numbers, self._counts


def merge_counts(
    parts: list[tuple[Any, Any]],
) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Numbers with counts, each ascending, as one."""
    if not parts:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    numbers = np.concatenate([one for one, _ in parts])
    counts = np.concatenate([one for _, one in parts])
    if not len(numbers):
        return numbers, counts
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    firsts = np.flatnonzero(np.append([True], numbers[1:] != numbers[:-1]))
    return numbers[firsts], np.add.reduceat(counts[order], firsts)
