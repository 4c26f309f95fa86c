"""The work that somebody asks about, decided a batch at a time.

Partitions are read one after another, and only the rows asked for; nothing holds a corpus.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from byline.release.engineering import Told
from byline.release.inputs import Inputs
from byline.release.prepare import Described
from byline.terms.decide_many import Decided, decide_many
from byline.terms.schema import FACTS

FILES, CHANGES, MESSAGES, PROPOSED, TOLD = KINDS = (
    "files", "changes", "messages", "proposed_changes", "told",
)  # fmt: skip
BATCH: Final = 1 << 17  # rows decided at once
_COLUMNS: Final = [*FACTS.names, "commit"]


def work_asked(
    described: Sequence[Described],
    told: Sequence[Told],
    *,
    person: str | None = None,
    items: frozenset[str] | None = None,
) -> Iterator[pa.Table]:
    """The contributions asked for, a partition at a time: `FACTS`, the commit and the kind.

    Args:
        described: Files and commits.
        told: Reviews, issues, documents, builds and traces.
        person: Only this person's.
        items: Only those to these items.
    """
    conditions: list[tuple[str, str, Any]] = []
    if person is not None:
        conditions.append(("person", "==", person))
    if items is not None:
        conditions.append(("item", "in", items))
    for one in described:
        for part in one.file_contributions:
            yield from _rows(part.path, conditions, {"code": FILES}, FILES)
        for part in one.edit_contributions:
            yield from _rows(part.path, conditions, {"process": MESSAGES}, CHANGES)
    for bucket in told:
        yield from _rows(bucket.contributions.path, conditions, {"code": PROPOSED}, TOLD)


def _rows(
    path: Path, conditions: Sequence[Any], kinds: Mapping[str, str], other: str
) -> Iterator[pa.Table]:
    table = pq.read_table(path, columns=_COLUMNS, filters=list(conditions) or None)
    if table.num_rows:
        kind = pa.array([kinds.get(name, other) for name in table["class"].to_pylist()])
        yield table.append_column("kind", kind)


def decided_rows(
    tables: Iterator[pa.Table], *, inputs: Inputs, purposes: Sequence[str]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Contributions in batches, each with its decisions: for each purpose a row for each of them.

    The contributions of a batch are repeated for each purpose, so that rows stand side by side.
    """
    for batch, decided in decided_batches(tables, inputs=inputs, purposes=purposes):
        yield pa.concat_tables([batch] * len(purposes)), pa.concat_tables(decided.spread())


def decided_batches(
    tables: Iterator[pa.Table], *, inputs: Inputs, purposes: Sequence[str]
) -> Iterator[tuple[pa.Table, Decided]]:
    """Contributions in batches, each with its decisions as numbers of distinct verdicts."""
    held: list[pa.Table] = []

    def facts() -> Iterator[pa.Table]:
        for batch in _batches(tables):
            held.append(batch)
            yield batch.select(FACTS.names)

    decided = decide_many(facts(), terms=inputs.terms, purposes=purposes, as_of=inputs.as_of)
    for one in decided:
        yield held.pop(), one


def _batches(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(one.num_rows for one in held) >= BATCH:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)
