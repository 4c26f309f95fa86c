"""What one person said about the use of their work, and which of it stands.

Events, objections and withdrawals are sayings alike. What stands is a pure fold: of each kind the
latest saying, so that neither order nor repetition matters, and folding parts is folding the whole.
Invariants: at one instant a restriction outlives what would lift it; only the person, or somebody
whom they named, lifts anything; nothing limits how often or for how long somebody objects.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, get_args

from byline.terms.events import LIFTING, BasisEvent, EventKind
from byline.terms.objections import Objection, Withdrawal
from byline.terms.purposes import EVERY, ORDINARY
from byline.terms.recording import COUNTERED_BY, END_OF_DAY

LIFTED_BY: Final = MappingProxyType(
    {"withdrawn": "reinstated", "objected": "objection_lifted", "paused": "resumed"}
)
"""What stands against every use until it is lifted, in the order in which it names a decision."""

CONSENT_ENDS: Final = COUNTERED_BY["consent_given"]
STRANGE: Final = "strange"
"""The kind of an event that this version does not understand; it stands against every use."""

_KINDS = frozenset(get_args(EventKind))
_NAMES = {"withdrawn": "the withdrawal", "objected": "the objection", "paused": "the pause"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One thing that a person said.

    Attributes:
        at: The instant (UTC) from which it counts; the last one of a day that has no time.
        name: What a decision calls it.
        expires: The first day on which a consent counts no more.
    """

    at: dt.datetime
    kind: str
    classes: tuple[str, ...]
    purposes: tuple[str, ...]
    name: str = ""
    expires: dt.date | None = None

    def covers(self, *, work_class: str, purpose: str) -> bool:
        """Whether it speaks about the class and purpose; lifting by "*" leaves restricted ones."""
        every = EVERY in self.purposes and (self.kind not in LIFTING or purpose in ORDINARY)
        return (every or purpose in self.purposes) and (
            EVERY in self.classes or work_class in self.classes
        )


@dataclass(frozen=True, slots=True)
class Said:
    """The latest instant of each kind of saying, and the consent given last."""

    latest: Mapping[str, dt.datetime]
    consent: Saying | None = None

    def stands(self, kind: str) -> bool:
        """Whether a restriction of this kind was made and not lifted since."""
        made, lifted = self.latest.get(kind), self.latest.get(LIFTED_BY[kind])
        return made is not None and (lifted is None or lifted <= made)


NOTHING_SAID = Said(MappingProxyType({}))


def sayings_of(
    events: Iterable[BasisEvent],
    *,
    objections: Iterable[Objection] = (),
    withdrawals: Iterable[Withdrawal] = (),
    as_of: dt.date,
) -> dict[str, tuple[Saying, ...]]:
    """What each person had said by the end of `as_of` (UTC), in order, identical sayings once.

    What counts for nothing is left out: lifting that the organisation said for somebody.
    """
    found: defaultdict[str, set[Saying]] = defaultdict(set)
    for event in events:
        at = _utc(event.at)
        if at.date() <= as_of and (event.kind not in LIFTING or event.by != "organisation"):
            found[event.person].add(_saying(event, at))
    for row in (*objections, *withdrawals):
        if row.received <= as_of:
            found[row.person].add(_written(row))
    return {person: tuple(sorted(said, key=_order)) for person, said in found.items()}


def fold(sayings: Iterable[Saying], start: Said = NOTHING_SAID) -> Said:
    """What stands after `sayings`, all about one person, class and purpose."""
    latest, consent = dict(start.latest), start.consent
    for each in sayings:
        latest[each.kind] = max(each.at, latest.get(each.kind, each.at))
        if each.kind == "consent_given":
            consent = max(each, consent or each, key=_weight_of_consent)
    return Said(latest, consent)


def profile(sayings: Sequence[Saying], *, as_of: dt.date) -> tuple[object, ...]:
    """What decisions on a day can tell of the sayings: their order, and not their instants."""
    places = {at: place for place, at in enumerate(sorted({each.at for each in sayings}))}
    return tuple(
        (places[one.at], one.kind, one.classes, one.purposes, one.name, _end(one) <= as_of)
        for one in sayings
    )


def _saying(event: BasisEvent, at: dt.datetime) -> Saying:
    kind = event.kind if event.kind in _KINDS else STRANGE
    return Saying(
        at=at,
        kind=kind,
        classes=tuple(sorted(set(event.classes))) if kind != STRANGE else (EVERY,),
        purposes=tuple(sorted(set(event.purposes))) if kind != STRANGE else (EVERY,),
        name=_NAMES.get(kind, ""),
        expires=event.expires,
    )


def _written(row: Withdrawal) -> Saying:
    objection = isinstance(row, Objection)
    kind = "objected" if objection else "withdrawn"
    return Saying(
        at=dt.datetime.combine(row.received, END_OF_DAY),
        kind=kind,
        classes=tuple(sorted(set(row.classes))),
        purposes=tuple(sorted(set(row.purposes))),
        name=f"objection {row.id}" if isinstance(row, Objection) else _NAMES[kind],
    )


def _utc(at: dt.datetime) -> dt.datetime:
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)


def _order(saying: Saying) -> tuple[object, ...]:
    return (saying.at, saying.kind, saying.classes, saying.purposes, saying.name, _end(saying))


def _end(saying: Saying) -> dt.date:
    return saying.expires or dt.date.max


def _weight_of_consent(saying: Saying) -> tuple[dt.datetime, int]:
    """The latest consent counts; of several at one instant the one that ends first."""
    return (saying.at, -_end(saying).toordinal())
