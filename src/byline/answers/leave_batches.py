"""What the ledger knows of a batch of leavers: who is in it, what they chose, where they stand.

Invariants: a batch is on record whole or not at all; the same words are never told twice; a state
is a fold over what is on record, and is recorded once.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from byline.answers.left_work import LeftWork
from byline.errors import InputError, RefusedError
from byline.terms.events import BasisEvent, Speaker
from byline.terms.holds import Hold
from byline.terms.purposes import EVERY
from byline.terms.requests import Accepted
from byline.terms.separation_files import Batch
from byline.terms.separation_records import choices_of, marks_of, separations_of
from byline.terms.separations import (
    Choice,
    Mark,
    Reached,
    Separation,
    chosen,
    history,
    holds_about,
)
from byline.workspace.files import sha256_text
from byline.workspace.ledger import append, append_all, rows
from byline.workspace.ledger import tables as ledger_tables

VERB = "leave"


@dataclass(frozen=True)
class Told:
    """What telling a batch changed.

    Attributes:
        new: Leavings that were not on record.
        amended: Leavings that were, with other words.
        repeated: Leavings that were, with the same.
    """

    batch: str
    new: int
    amended: int
    repeated: int


@dataclass(frozen=True)
class Standing:
    """The leavings of a batch, with all that their states are a fold of."""

    batch: str
    separations: tuple[Separation, ...]
    choices: tuple[Choice, ...]
    marks: tuple[Mark, ...]
    holds: tuple[Hold, ...]

    def history(
        self, one: Separation, *, as_of: dt.date, repositories: Sequence[str] | None = None
    ) -> tuple[Reached, ...]:
        """The states that one of them came to."""
        return history(
            one,
            choices=self._choices_by_separation.get(one.id, ()),
            holds=holds_about(one.person, self.holds, repositories=repositories),
            marks=self._marks_by_separation.get(one.id, ()),
            as_of=as_of,
        )

    def choice(self, one: Separation, *, as_of: dt.date) -> str:
        """What one of them chose, as it stands on a day (`chosen`)."""
        return chosen(one, self._choices_by_separation.get(one.id, ()), as_of=as_of)

    def counts(self, *, as_of: dt.date) -> dict[str, int]:
        """How many are in each state on a day."""
        reached = (self.history(one, as_of=as_of) for one in self.separations)
        return dict(Counter(states[-1].state if states else "EMPLOYED" for states in reached))

    @cached_property
    def _choices_by_separation(self) -> dict[str, list[Choice]]:
        found: defaultdict[str, list[Choice]] = defaultdict(list)
        for one in self.choices:
            found[one.separation].append(one)
        return dict(found)

    @cached_property
    def _marks_by_separation(self) -> dict[str, list[Mark]]:
        found: defaultdict[str, list[Mark]] = defaultdict(list)
        for one in self.marks:
            found[one.separation].append(one)
        return dict(found)


def tell(batch: Batch, *, ledger: sa.Engine, told: dt.datetime) -> Told:
    """Put a batch on record, all or none; what is there with the same words is not told again."""
    known = {one.id: one for one in separations_of(rows(ledger, ledger_tables.SEPARATIONS))}
    tellings = batch.separations(told)
    new = [one for one in tellings if one.id not in known]
    amended = [one for one in tellings if one.id in known and not known[one.id].says_as(one)]
    facts: dict[sa.Table, Sequence[Mapping[str, Any]]] = {
        ledger_tables.SEPARATIONS: [one.as_row() for one in (*new, *amended)]
    }
    if not rows(ledger, ledger_tables.EVENTS, verb=VERB, subject=batch.id):
        members = {"separations": [one.id for one in tellings]}
        facts[ledger_tables.EVENTS] = [{"verb": VERB, "subject": batch.id, "detail": members}]
    append_all(ledger, facts)
    repeated = len(tellings) - len(new) - len(amended)
    return Told(batch.id, len(new), len(amended), repeated)


def standing(batch: str, *, ledger: sa.Engine, holds: Iterable[Hold]) -> Standing:
    """A batch as it stands.

    Args:
        batch: Its id, or the beginning of it.
        ledger: The ledger.
        holds: All holds on record.

    Raises:
        InputError: There is no such batch, or several.
    """
    events = [
        row for row in rows(ledger, ledger_tables.EVENTS, verb=VERB)
        if row["subject"].startswith(batch)
    ]  # fmt: skip
    if len({row["subject"] for row in events}) != 1:
        raise InputError(
            f"{len(events) or 'no'} batches are named {batch}",
            advice="`byline leave status` lists the batches on record",
        )
    members = set(events[0]["detail"]["separations"])
    found = separations_of(rows(ledger, ledger_tables.SEPARATIONS))
    return Standing(
        batch=events[0]["subject"],
        separations=tuple(one for one in found if one.id in members),
        choices=choices_of(rows(ledger, ledger_tables.CHOICES)),
        marks=marks_of(rows(ledger, ledger_tables.SEPARATION_STATES)),
        holds=tuple(holds),
    )


def batches(ledger: sa.Engine) -> dict[str, int]:
    """Every batch on record with how many are in it, oldest first."""
    found = rows(ledger, ledger_tables.EVENTS, verb=VERB)
    return {row["subject"]: len(row["detail"]["separations"]) for row in found}


def choose(
    person: str,
    choice: str,
    *,
    ledger: sa.Engine,
    at: dt.datetime,
    by: Speaker = "person",
    document: str = "",
    note: str = "",
    request: Accepted | None = None,
) -> Choice:
    """Put on record what somebody who leaves chose; `erase` is also a withdrawal of everything.

    Args:
        person: Roster id.
        choice: `stop`, `allow-retained` or `erase`.
        ledger: The ledger.
        at: The instant (UTC).
        by: Who said it.
        document: For `allow-retained`, the hash of the paper that the person signed.
        note: For the record.
        request: The signed request that it comes from; it is recorded in the same step.

    Raises:
        InputError: Nobody told Byline that they leave.
        RefusedError: They retain without a paper of their own, or after the deadline.
    """
    leaving = [
        one
        for one in separations_of(rows(ledger, ledger_tables.SEPARATIONS))
        if one.person == person
    ]
    if not leaving:
        raise InputError(
            f"{person} is not on record as leaving", advice="tell it first: `byline leave PERSON`"
        )
    last = leaving[-1]
    made = Choice(separation=last.id, at=at, choice=choice, by=by, document=document)
    _refuse_unsound(made, last)
    held = choices_of(rows(ledger, ledger_tables.CHOICES, separation=last.id))
    said = [one for one in held if chosen(last, [one], as_of=at.date()) == choice]
    if chosen(last, held, as_of=at.date()) == choice and said and request is None:
        return said[-1]
    facts: dict[sa.Table, Sequence[Mapping[str, Any]]] = {
        ledger_tables.CHOICES: [
            {
                "separation": last.id, "person": person, "choice": choice,
                "at": at.astimezone(dt.UTC).isoformat(), "speaker": by,
                "detail": {"document": document, "note": note},
            }
        ],
        ledger_tables.REQUESTS: [request.as_row()] if request else [],
    }  # fmt: skip
    if choice == "erase":
        facts |= _withdrawal(made, person)
    append_all(ledger, facts)
    return made


def _withdrawal(made: Choice, person: str) -> dict[sa.Table, Sequence[Mapping[str, Any]]]:
    """A withdrawal of everything, as the ledger records it: a day's, and an instant's."""
    note = "chose erase on leaving"
    said = BasisEvent(
        id="er_" + sha256_text(made.separation, made.at.isoformat())[:20],
        person=person,
        at=made.at,
        kind="withdrawn",
        by=made.by,
        method="leave",
        note=note,
    )
    day = {
        "person": person, "received": made.at.astimezone(dt.UTC).date().isoformat(),
        "classes": [EVERY], "purposes": [EVERY], "note": note,
    }  # fmt: skip
    return {ledger_tables.WITHDRAWALS: [day], ledger_tables.BASIS_EVENTS: [said.as_row()]}


def _refuse_unsound(made: Choice, separation: Separation) -> None:
    if made.choice != "allow-retained":
        return
    if not made.counts:
        raise RefusedError(
            "work is retained only by a paper that the person signed, apart from any severance",
            advice="give it with --document, or let the person send a signed request",
        )
    if made.at.date() > separation.deadline:
        raise RefusedError(
            f"the deadline was {separation.deadline}; what was not chosen by then has stopped",
            advice="a new agreement that the person signs can permit uses from now on",
        )


def record_states(
    stands: Standing, work: Mapping[str, LeftWork], *, ledger: sa.Engine, as_of: dt.date
) -> None:
    """Put every state that a batch came to on record, once."""
    held = {
        (row["separation"], row["state"], row["at"])
        for row in rows(ledger, ledger_tables.SEPARATION_STATES)
    }
    facts = [
        {
            "separation": one.id, "person": one.person, "state": reached.state,
            "at": reached.day.isoformat(), "detail": {"batch": stands.batch},
        }
        for one in stands.separations
        for reached in stands.history(
            one, as_of=as_of, repositories=work.get(one.person, LeftWork()).repositories
        )
    ]  # fmt: skip
    new = [one for one in facts if (one["separation"], one["state"], one["at"]) not in held]
    append(ledger, ledger_tables.SEPARATION_STATES, *new)
