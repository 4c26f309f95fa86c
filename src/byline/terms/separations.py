"""Who leaves, when, what they chose, and where that has come to: a pure fold over the ledger.

EMPLOYED → NOTICE → SEPARATED → RETAINED | REMOVAL_PENDING | HELD → REMOVED → CLOSED. From the
last day on, capture stops and every permit that does not survive separation ends. Invariants: the
state depends on the set of facts and the day asked about, never on their order; a state is reached
only along `TRANSITIONS`; of two choices at one instant the more restrictive stands; nobody but the
person lets work be retained; what was not chosen by the deadline is `stop`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from byline.terms.events import Speaker
from byline.terms.holds import Hold

LeavingKind = Literal["resignation", "layoff", "retirement", "end-of-contract", "other"]
ChoiceWord = Literal["stop", "allow-retained", "erase"]
State = Literal[
    "EMPLOYED", "NOTICE", "SEPARATED", "RETAINED", "REMOVAL_PENDING", "HELD", "REMOVED", "CLOSED"
]
KINDS: Final[tuple[str, ...]] = get_args(LeavingKind)
CHOICES: Final[tuple[str, ...]] = get_args(ChoiceWord)
STATES: Final[tuple[str, ...]] = get_args(State)
DEFAULT_CHOICE: Final = "stop"
DAYS_TO_CHOOSE: Final = 30

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    "EMPLOYED": frozenset({"NOTICE"}),
    "NOTICE": frozenset({"SEPARATED"}),
    "SEPARATED": frozenset({"RETAINED", "REMOVAL_PENDING", "HELD"}),
    "RETAINED": frozenset({"REMOVAL_PENDING", "HELD", "CLOSED"}),
    "REMOVAL_PENDING": frozenset({"HELD", "REMOVED"}),
    "HELD": frozenset({"REMOVAL_PENDING"}),
    "REMOVED": frozenset({"CLOSED"}),
    "CLOSED": frozenset(),
}

_RESTRICTION: Final = {"allow-retained": 0, "stop": 1, "erase": 2}


@dataclass(frozen=True, order=True, kw_only=True)
class Separation:
    """One person's leaving as it stands after every amendment.

    Attributes:
        id: The same for every telling of one leaving.
        batch: The batch that last told it.
        start: The first day of the employment that ends.
        effective: Its last day.
        told: The instant (UTC) at which it was first told to Byline.
        deadline: The last day on which a choice counts before `stop` is taken.
    """

    id: str
    batch: str
    person: str
    kind: str
    start: dt.date
    effective: dt.date
    told: dt.datetime
    deadline: dt.date
    country: str = ""
    region: str = ""
    note: str = ""

    def as_row(self) -> dict[str, Any]:
        """The telling as a row of the ledger's table `separations`."""
        return {
            "separation": self.id,
            "batch": self.batch,
            "person": self.person,
            "kind": self.kind,
            "effective": self.effective.isoformat(),
            "country": self.country,
            "region": self.region,
            "detail": {
                "start": self.start.isoformat(),
                "told": self.told.astimezone(dt.UTC).isoformat(),
                "deadline": self.deadline.isoformat(),
                "note": self.note,
            },
        }

    def says_as(self, other: "Separation") -> bool:
        """Whether another telling says the same of the same leaving."""
        return replace(other, batch=self.batch, told=self.told) == self


@dataclass(frozen=True, order=True, kw_only=True)
class Choice:
    """What somebody who leaves chose, at an instant (UTC).

    Attributes:
        document: For `allow-retained`, the hash of what the person signed apart from any severance
            agreement; without it the choice does not count.
    """

    separation: str
    at: dt.datetime
    choice: str
    by: Speaker = "person"
    document: str = ""

    @property
    def counts(self) -> bool:
        """Whether it may be taken: only the person retains, and only by a paper of its own."""
        if self.choice != "allow-retained":
            return self.choice in CHOICES
        return self.by != "organisation" and bool(self.document)


@dataclass(frozen=True, order=True, kw_only=True)
class Mark:
    """A fact that ends a stage: the work is `REMOVED`, or the separation is `CLOSED`."""

    separation: str
    state: str
    at: dt.date


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A state and the day on which a separation came to it."""

    state: State
    day: dt.date


@dataclass(frozen=True, kw_only=True)
class _Day:
    told: bool
    gone: bool
    choice: str
    held: bool
    marks: frozenset[str]


def history(
    separation: Separation,
    *,
    choices: Iterable[Choice] = (),
    holds: Iterable[Hold] = (),
    marks: Iterable[Mark] = (),
    as_of: dt.date,
) -> tuple[Reached, ...]:
    """Every state that a separation came to by a day, in order; none while it is not told.

    Args:
        separation: The leaving.
        choices: Choices made; those of other separations are passed over.
        holds: Holds that concern this person's work (`holds_about`).
        marks: Removals and closings on record; one that is not due on its day does not count.
        as_of: The last day looked at.
    """
    mine = sorted(one for one in choices if one.separation == separation.id and one.counts)
    kept = [one for one in marks if one.separation == separation.id]
    concerned = list(holds)
    days = {separation.told.date(), separation.effective, separation.deadline + dt.timedelta(1)}
    days |= {one.at.date() for one in mine} | {one.at for one in kept}
    days |= {day for one in concerned for day in (one.placed, one.released) if day is not None}
    reached: list[Reached] = []
    state: State = "EMPLOYED"
    for day in sorted(day for day in days if day <= as_of):
        facts = _Day(
            told=separation.told.date() <= day,
            gone=separation.effective <= day,
            choice=chosen(separation, mine, as_of=day),
            held=any(one.stands(day) for one in concerned),
            marks=frozenset(one.state for one in kept if one.at == day),
        )
        while (following := _next(state, facts)) != state:
            state = following
            reached.append(Reached(state=state, day=day))
    return tuple(reached)


def state_of(
    separation: Separation,
    *,
    choices: Iterable[Choice] = (),
    holds: Iterable[Hold] = (),
    marks: Iterable[Mark] = (),
    as_of: dt.date,
) -> State:
    """The state on a day; arguments as of `history`."""
    reached = history(separation, choices=choices, holds=holds, marks=marks, as_of=as_of)
    return reached[-1].state if reached else "EMPLOYED"


def chosen(separation: Separation, choices: Iterable[Choice], *, as_of: dt.date) -> str:
    """What is chosen on a day: the last choice made, `stop` after the deadline, or nothing yet.

    A late `allow-retained` does not count: by then the work has stopped. It is never late for
    `stop` and `erase`.
    """
    made = [
        one
        for one in choices
        if one.separation == separation.id
        and one.counts
        and one.at.date() <= as_of
        and (one.choice != "allow-retained" or one.at.date() <= separation.deadline)
    ]
    if made:
        return max(made, key=lambda one: (one.at, _RESTRICTION[one.choice])).choice
    return DEFAULT_CHOICE if as_of > separation.deadline else ""


def _next(state: State, day: _Day) -> State:
    """The state that follows on a day, one transition at a time; the same where none is due."""
    steps: dict[State, State | None] = {
        "EMPLOYED": "NOTICE" if day.told else None,
        "NOTICE": "SEPARATED" if day.gone else None,
        "SEPARATED": _stopped(day) or ("RETAINED" if day.choice else None),
        "RETAINED": _stopped(day) or ("CLOSED" if "CLOSED" in day.marks else None),
        "REMOVAL_PENDING": "HELD" if day.held else "REMOVED" if "REMOVED" in day.marks else None,
        "HELD": None if day.held else "REMOVAL_PENDING",
        "REMOVED": "CLOSED" if "CLOSED" in day.marks else None,
    }
    return steps.get(state) or state


def _stopped(day: _Day) -> State | None:
    if day.choice not in {"stop", "erase"}:
        return None
    return "HELD" if day.held else "REMOVAL_PENDING"


def holds_about(
    person: str, holds: Iterable[Hold], *, repositories: Iterable[str] | None = None
) -> tuple[Hold, ...]:
    """The holds that concern a person's work.

    Args:
        person: Roster id.
        holds: All holds.
        repositories: Where they have work; None if that is not known, and then a hold on any
            repository concerns them.
    """
    known = None if repositories is None else set(repositories)
    return tuple(
        one
        for one in holds
        if (not one.people or person in one.people)
        and (not one.repositories or known is None or not known.isdisjoint(one.repositories))
    )
