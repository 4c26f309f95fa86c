"""Decisions for a table of facts.

Every contribution is reduced to the facts that its terms can speak about, each distinct case is
decided once, and the decisions are spread over the table again. Invariants: a decision depends on
its own row and the terms alone, never on the order or number of rows; as many rows come out for a
purpose as went in (law 2: nothing is dropped).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.errors import InputError
from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
from byline.terms.notices import Notice, unique_notices
from byline.terms.objections import Objection, Withdrawal
from byline.terms.purposes import check_purposes
from byline.terms.reduce import reduce_facts
from byline.terms.schema import DECISIONS, FACTS
from byline.terms.verdict import Verdict, arrange, verdict

SLICE = 1 << 20  # rows; a string column of a slice stays far below Arrow's 2 GiB offsets


def decide(
    facts: pa.Table,
    *,
    agreements: Sequence[Agreement],
    notices: Sequence[Notice],
    objections: Sequence[Objection],
    withdrawals: Sequence[Withdrawal],
    purposes: Sequence[str],
    as_of: dt.date,
    events: Sequence[BasisEvent] = (),
    assessments: Sequence[Assessment] = (),
    holds: Sequence[Hold] = (),
    proposed: bool = False,
) -> pa.Table:
    """Decide every contribution for every purpose.

    Args:
        facts: A table with the columns of `FACTS`.
        agreements: Agreements and packs; ids of clauses are unique over them.
        notices: Notices served; those after `as_of` count as late.
        objections: Objections; those received after `as_of` are not yet made.
        withdrawals: Withdrawals, likewise.
        purposes: Purposes of the release; see `byline.terms.purposes`.
        as_of: The use date. An agreement permits or forbids if it is in force on this day.
        events: What people said; those after the end of `as_of` (UTC) are not yet said.
        assessments: Assessments that clauses may need.
        holds: Work that is held and so is not used.
        proposed: Whether proposed agreements and statutes forbid and require as if in force.

    Returns:
        A table of `DECISIONS`: for each purpose, in the given order and once, one row for each row
        of `facts`, in its order.

    Raises:
        InputError: `facts` lacks a column, or a column is of another type.
        UsageError: A purpose is not on the closed list.
    """
    checked = _checked(facts)
    wanted = check_purposes(purposes)
    terms = arrange(
        agreements,
        notices=unique_notices(notices),
        objections=sorted(set(objections)),
        withdrawals=sorted(set(withdrawals)),
        as_of=as_of,
        events=events,
        assessments=assessments,
        holds=holds,
        proposed=proposed,
    )
    cases, codes = reduce_facts(checked, terms=terms)
    parts = []
    for purpose in wanted:
        decided = _table([verdict(case, purpose=purpose, terms=terms) for case in cases])
        parts += _spread(decided, codes, contributions=checked["contribution"], purpose=purpose)
    return pa.concat_tables(parts) if parts else DECISIONS.empty_table()


def _checked(facts: pa.Table) -> pa.Table:
    if missing := [name for name in FACTS.names if name not in facts.column_names]:
        raise InputError(f"the table of facts lacks the columns {', '.join(missing)}")
    try:
        checked = facts.select(FACTS.names).cast(FACTS)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise InputError(f"the table of facts is not of the schema FACTS: {error}") from error
    for field in FACTS:
        if not field.nullable and checked[field.name].null_count:
            raise InputError(f"the column {field.name!r} of the facts has nulls")
    return checked


def _table(verdicts: Sequence[Verdict]) -> pa.Table:
    fields = [field for field in DECISIONS if field.name not in {"contribution", "purpose"}]
    columns = [
        pa.array([getattr(each, field.name) for each in verdicts], type=field.type)
        for field in fields
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _spread(
    decided: pa.Table, codes: npt.NDArray[Any], *, contributions: pa.ChunkedArray, purpose: str
) -> list[pa.Table]:
    parts = []
    for start in range(0, len(codes), SLICE):
        rows = decided.take(pa.array(codes[start : start + SLICE]))
        named = {
            "contribution": contributions.slice(start, SLICE),
            "purpose": pa.chunked_array([pa.array(np.full(rows.num_rows, purpose), pa.string())]),
        }
        columns = [named[name] if name in named else rows[name] for name in DECISIONS.names]
        parts.append(pa.Table.from_arrays(columns, schema=DECISIONS))
    return parts
