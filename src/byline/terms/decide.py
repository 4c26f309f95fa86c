"""Decisions for a table of facts.

Every contribution is reduced to the facts that its terms can speak about, each distinct case is
decided once, and the decisions are spread over the table again (`byline.terms.decide_many`).
Invariants: a decision depends on its own row and the terms alone, never on the order or number of
rows; as many rows come out for a purpose as went in (law 2: nothing is dropped).
"""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.decide_many import decide_many
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal
from byline.terms.schema import DECISIONS


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
    terms = Terms(
        agreements=tuple(agreements),
        notices=tuple(notices),
        objections=tuple(objections),
        withdrawals=tuple(withdrawals),
        events=tuple(events),
        assessments=tuple(assessments),
        holds=tuple(holds),
        proposed=proposed,
    )
    return decide_under(facts, terms=terms, purposes=purposes, as_of=as_of)


def decide_under(
    facts: pa.Table, *, terms: Terms, purposes: Sequence[str], as_of: dt.date
) -> pa.Table:
    """Decide every contribution for every purpose, as `decide` does, under terms as one value."""
    decided = decide_many([facts], terms=terms, purposes=purposes, as_of=as_of)
    parts = (part for one in decided for part in one.spread())
    return pa.concat_tables([DECISIONS.empty_table(), *parts])
