"""What becomes of leavers' work: each decision on it as if they stayed, and as they leave.

Both are made with the same terms, for the same day and purposes, so that their difference is the
separation's alone. A decision depends on its own row and the terms about that person (the law of
`byline.terms.decide`), so nobody else's work is decided again, and only the terms about the people
of a bucket are looked at. It is a stage: a killed batch goes on where it was.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.engine.executor import Executor, Progress, quiet
from byline.engine.stage import Partition, Stage, run_stage
from byline.release.stages import decide_contributions
from byline.terms.agreed import Terms
from byline.terms.schema import FACTS
from byline.terms.separations import Separation
from byline.terms.verdict import EXCLUDED
from byline.workspace.files import sha256_text
from byline.workspace.layout import Layout

VERSION: Final = "1"
FACTS_SHOWN = ("contribution", "person", "class", "repository", "authorship", "lines")
LEFT_WORK = pa.schema(
    [
        *(FACTS.field(name) for name in FACTS_SHOWN),
        pa.field("purpose", pa.string(), nullable=False),
        pa.field("before", pa.string(), nullable=False),  # the outcome, had they stayed
        pa.field("reason_before", pa.string(), nullable=False),
        pa.field("after", pa.string(), nullable=False),  # the outcome now that they leave
        pa.field("reason", pa.string(), nullable=False),
        pa.field("clauses", pa.list_(pa.string()), nullable=False),
    ]
)
"""One row for each contribution of a leaver and each purpose."""

Tally = tuple[str, str, str, str, str, str, tuple[str, ...]]
"""Class, authorship, purpose, outcome before and after, reason, clauses."""


@dataclass(frozen=True)
class LeftWork:
    """The work of one leaver, counted.

    Attributes:
        tallies: Contributions and lines, by what was decided about them.
        repositories: Where it is.
    """

    tallies: Mapping[Tally, tuple[int, int]] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()


def decide_left_work(
    contributions: pa.Table,
    *,
    leavers: Mapping[str, tuple[dt.date, str]],
    terms: Terms,
    purposes: Sequence[str],
    as_of: dt.date,
) -> pa.Table:
    """`LEFT_WORK` of a bucket of contributions.

    Args:
        contributions: With the columns of `FACTS`.
        leavers: The last day of each leaver, and how they leave.
        terms: What was agreed, told and said.
        purposes: Purposes to decide for.
        as_of: The use date.
    """
    of_leavers = pc.is_in(contributions["person"], value_set=pa.array(list(leavers), pa.string()))
    mine = contributions.filter(of_leavers).select(FACTS.names)
    present = set(pc.unique(mine["person"]).to_pylist())
    given: dict[str, Any] = {
        "terms": terms_about(terms, present), "purposes": purposes, "as_of": as_of,
    }  # fmt: skip
    before = decide_contributions(as_if_staying(mine), **given)
    after = decide_contributions(as_leaving(mine, leavers), **given)
    repeated = pa.concat_tables([mine.select(FACTS_SHOWN)] * len(purposes))
    columns = {
        **{name: repeated[name] for name in FACTS_SHOWN},
        "purpose": after["purpose"],
        "before": before["outcome"],
        "reason_before": before["reason"],
        "after": after["outcome"],
        "reason": after["reason"],
        "clauses": after["clauses"],
    }
    return pa.table([columns[name] for name in LEFT_WORK.names], schema=LEFT_WORK)


STAGE: Final = Stage("left_work", VERSION, decide_left_work, LEFT_WORK, columns=tuple(FACTS.names))


def as_if_staying(facts: pa.Table) -> pa.Table:
    """Facts of leavers as they would be had nobody left."""
    facts = _with(facts, "left", pa.nulls(facts.num_rows, pa.date32()))
    return _with(facts, "separation_type", pa.nulls(facts.num_rows, pa.string()))


def as_leaving(facts: pa.Table, leavers: Mapping[str, tuple[dt.date, str]]) -> pa.Table:
    """Facts of leavers as they are with the recorded last day, where it comes first.

    What was written after that day is written after the employment.
    """
    encoded = facts["person"].combine_chunks().dictionary_encode()
    told = [leavers[person] for person in encoded.dictionary.to_pylist()]
    day = pa.array([day for day, _ in told], pa.date32()).take(encoded.indices)
    kind = pa.array([kind for _, kind in told], pa.string()).take(encoded.indices)
    late = pc.greater(facts["authored"].cast(pa.timestamp("s")).cast(pa.date32()), day)
    late = pc.and_(late, pc.equal(facts["employment"], "in_force"))
    facts = _with(facts, "employment", pc.if_else(late, "after", facts["employment"]))
    facts = _with(facts, "left", pc.min_element_wise(facts["left"], day, skip_nulls=True))
    return _with(facts, "separation_type", pc.coalesce(facts["separation_type"], kind))


def _with(facts: pa.Table, name: str, values: Any) -> pa.Table:
    return facts.set_column(FACTS.get_field_index(name), FACTS.field(name), values)


def terms_about(terms: Terms, people: Collection[str]) -> Terms:
    """The terms without what was told, said and objected by others."""
    return replace(
        terms,
        notices=tuple(one for one in terms.notices if one.person in people),
        objections=tuple(one for one in terms.objections if one.person in people),
        withdrawals=tuple(one for one in terms.withdrawals if one.person in people),
        events=tuple(one for one in terms.events if one.person in people),
    )


def decide_batch(
    separations: Sequence[Separation],
    contributions: Sequence[Partition],
    *,
    terms: Terms,
    purposes: Sequence[str],
    as_of: dt.date,
    layout: Layout,
    executor: Executor,
    progress: Progress = quiet,
) -> list[Partition]:
    """`LEFT_WORK` of every bucket of contributions, doing only what is not done."""
    leavers = {one.person: (one.effective, one.kind) for one in separations}
    about = terms_about(terms, leavers.keys())
    told = json.dumps(sorted((who, str(day), kind) for who, (day, kind) in leavers.items()))
    return run_stage(
        STAGE,
        [(part.name, (part,)) for part in contributions],
        tables=layout.tables,
        executor=executor,
        parameters={"leavers": leavers, "terms": about, "purposes": purposes, "as_of": as_of},
        fingerprint=sha256_text(told, about.digest, *purposes, as_of.isoformat()),
        progress=progress,
    )


def count_left_work(parts: Sequence[Partition]) -> dict[str, LeftWork]:
    """The work of each leaver, counted over all buckets; those without any are left out."""
    tallies: defaultdict[str, dict[Tally, tuple[int, int]]] = defaultdict(dict)
    places: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        for row in _grouped(part.read([n for n in LEFT_WORK.names if n != "contribution"])):
            held = tallies[row["person"]]
            key = (
                row["class"], row["authorship"], row["purpose"], row["before"], row["after"],
                row["reason"], tuple(row["clause_ids"].split("\n")) if row["clause_ids"] else (),
            )  # fmt: skip
            count, lines = held.get(key, (0, 0))
            held[key] = (count + row["lines_count"], lines + row["lines_sum"])
            places[row["person"]].add(row["repository"])
    return {
        person: LeftWork(dict(sorted(held.items())), tuple(sorted(places[person])))
        for person, held in sorted(tallies.items())
    }


def _grouped(work: pa.Table) -> list[dict[str, Any]]:
    joined = pc.binary_join(work["clauses"].combine_chunks(), "\n")
    work = work.drop_columns(["clauses", "reason_before"]).append_column("clause_ids", joined)
    keys = [name for name in work.column_names if name != "lines"]
    grouped = work.group_by(keys).aggregate([("lines", "count"), ("lines", "sum")])
    rows: list[dict[str, Any]] = grouped.to_pylist()
    return rows


def is_included(outcome: str) -> bool:
    """Whether an outcome of a decision is an inclusion in either lane."""
    return outcome != EXCLUDED
