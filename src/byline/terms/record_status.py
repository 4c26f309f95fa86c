"""What a record says of states and events: which, when, by whom, how, and until when it counts.

Invariant: a duration without an end names the event that ends it, because an endless one is no
duration (guide, section 8.5.4).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from byline.terms.agreed import Terms
from byline.terms.bases import BasisState
from byline.terms.events import LIFTING, BasisEvent
from byline.terms.objections import Objection
from byline.terms.purposes import EVERY, ORDINARY
from byline.terms.vocabulary import Basis

EVENT_TYPES: Final[Mapping[str, str]] = {
    "consent_requested": "dpv:ConsentRequested",
    "consent_given": "dpv:ConsentGiven",
    "consent_refused": "dpv:ConsentRefused",
    "consent_withdrawn": "dpv:ConsentWithdrawn",
    "consent_invalidated": "dpv:ConsentInvalidated",
    "objected": "dpv:LegitimateInterestObjected",
    "objection_lifted": "dpv:LegitimateInterestNotObjected",
    "paused": "byline:Paused",
    "resumed": "byline:Resumed",
    "withdrawn": "byline:WorkWithdrawn",
    "reinstated": "byline:WorkReinstated",
}
_ENDS: Final[Mapping[str, str]] = {
    "consent_requested": "the person answers",
    "consent_given": "the person withdraws it",
    "consent_refused": "the person gives it",
    "consent_withdrawn": "the person gives it again",
    "consent_invalidated": "the person gives it again",
    "objected": "the person lifts it",
    "objection_lifted": "the person objects again",
    "paused": "the person resumes",
    "resumed": "the person pauses again",
    "withdrawn": "the person reinstates the work",
    "reinstated": "the person withdraws again",
}
_STATUS: Final[Mapping[Basis, str]] = {
    "consent": "dpv:hasConsentStatus",
    "legitimate_interest": "dpv:hasStatus",
    "agreement": "dpv:hasContractStatus",
    "licence": "dpv:hasStatus",
}


def said_of(person: str, terms: Terms, *, as_of: dt.date) -> list[BasisEvent]:
    """Everything a person said by the end of a day, in order of time and then of id."""
    end = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), dt.UTC)
    said = {one for one in terms.events if one.person == person and one.at < end}
    for row in (*terms.objections, *terms.withdrawals):
        at = dt.datetime.combine(row.received, dt.time(), dt.UTC)
        if row.person != person or at >= end:
            continue
        is_objection = isinstance(row, Objection)
        named = row.id if isinstance(row, Objection) else f"withdrawal {row.received}"
        said.add(
            BasisEvent(
                id=named,
                person=person,
                at=at,
                kind="objected" if is_objection else "withdrawn",
                classes=row.classes or (EVERY,),
                purposes=row.purposes or (EVERY,),
            )
        )
    return sorted(said, key=lambda one: (one.at, one.id))


def speaks_about(event: BasisEvent, *, work_class: str, purpose: str) -> bool:
    """Whether an event is about a class and purpose; lifting by "*" leaves the restricted ones."""
    every = EVERY in event.purposes and (event.kind not in LIFTING or purpose in ORDINARY)
    return (every or purpose in event.purposes) and (
        EVERY in event.classes or work_class in event.classes
    )


def status_of(
    state: BasisState, events: Sequence[BasisEvent], *, controller: str, as_of: dt.date
) -> dict[str, list[dict[str, Any]]]:
    """The state of a basis and the events that led to it, by the property that carries them.

    A state that nobody dated is indicated by the controller on the day of the record.
    """
    found: dict[str, list[dict[str, Any]]] = {
        _STATUS[state.basis]: [_current(state, controller, as_of)]
    }
    for event in events:
        is_consent = event.kind.startswith("consent_")
        name = "dpv:hasConsentStatus" if is_consent else "dpv:hasStatus"
        found.setdefault(name, []).append(event_as(event, controller=controller))
    return found


def _current(state: BasisState, controller: str, as_of: dt.date) -> dict[str, Any]:
    until = state.until.isoformat() if state.until else ""
    return {
        "@type": state.state,
        "dct:description": "the state on the day of the record",
        "dpv:isIndicatedBy": controller,
        "dpv:hasDuration": _until(until) if until else _until_event("something is said against it"),
        "dpv:isIndicatedAtTime": f"{state.since or as_of}T00:00:00Z",
    }


def event_as(event: BasisEvent, *, controller: str) -> dict[str, Any]:
    """One event: what, when, by whom, how, and until when it counts."""
    speakers = {
        "person": "dpv:DataSubject",
        "representative": "dpv:Representative",
        "organisation": controller,
    }
    lasts = (
        _until(event.expires.isoformat())
        if event.expires
        else _until_event(_ENDS.get(event.kind, "it is understood"))
    )
    described = {
        "@type": EVENT_TYPES.get(event.kind, "byline:NotUnderstood"),
        "dct:identifier": event.id,
        "dpv:isIndicatedAtTime": event.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dpv:isIndicatedBy": speakers[event.by],
        "dpv:hasDuration": lasts,
    }
    return {**described, "dpv:hasIndicationMethod": event.method} if event.method else described


def _until(day: str) -> dict[str, Any]:
    return {"@type": "dpv:UntilTimeDuration", "rdf:value": day}


def _until_event(event: str) -> dict[str, Any]:
    return {"@type": "dpv:UntilEventDuration", "rdf:value": event}
