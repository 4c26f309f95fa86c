"""What people say about the use of their work, as append-only events.

An event is a fact: who said what, about which classes and purposes, at which instant. States are
folds over events (`byline.terms.bases`); nothing is ever edited. Invariants: an event that cannot
be understood permits nothing; of two events at one instant the more restrictive one counts; only
the person, or somebody whom they named, lifts what the person said.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal

from byline.terms.purposes import EVERY

EventKind = Literal[
    "consent_requested",
    "consent_given",
    "consent_refused",
    "consent_withdrawn",
    "consent_invalidated",
    "objected",
    "objection_lifted",
    "paused",
    "resumed",
    "withdrawn",
    "reinstated",
]
Speaker = Literal["person", "representative", "organisation"]

LIFTING: Final = frozenset({"consent_given", "objection_lifted", "resumed", "reinstated"})
"""Kinds that can only widen what is permitted: the organisation alone cannot make them."""


@dataclass(frozen=True, kw_only=True)
class BasisEvent:
    """One thing said about a person's work.

    Attributes:
        id: Unique; a second event with the same id and content is the same event.
        person: Roster id, or ``email:<address>`` for someone outside it.
        at: The instant (UTC) from which it counts.
        kind: What was said.
        classes: Classes of work; ``*`` is all.
        purposes: Purposes; ``*`` is all, the restricted ones included where it restricts, and
            without them where it permits.
        by: Who said it.
        method: How: "portal", "letter", "signed request".
        expires: The first day on which a consent counts no more.
        note: For the record.
    """

    id: str
    person: str
    at: dt.datetime
    kind: EventKind
    classes: tuple[str, ...] = (EVERY,)
    purposes: tuple[str, ...] = (EVERY,)
    by: Speaker = "person"
    method: str = ""
    expires: dt.date | None = None
    note: str = ""

    def as_row(self) -> dict[str, Any]:
        """The event as a row of the ledger's table `basis_events`."""
        return {
            "event": self.id,
            "person": self.person,
            "at": self.at.astimezone(dt.UTC).isoformat(),
            "kind": self.kind,
            "classes": list(self.classes),
            "purposes": list(self.purposes),
            "speaker": self.by,
            "method": self.method,
            "expires": self.expires.isoformat() if self.expires else None,
            "note": self.note,
        }


def event_of(row: dict[str, Any]) -> BasisEvent:
    """The event that a row of the ledger records."""
    return BasisEvent(
        id=row["event"],
        person=row["person"],
        at=dt.datetime.fromisoformat(row["at"]),
        kind=row["kind"],
        classes=tuple(row["classes"]),
        purposes=tuple(row["purposes"]),
        by=row["speaker"],
        method=row["method"],
        expires=dt.date.fromisoformat(row["expires"]) if row["expires"] else None,
        note=row["note"],
    )
