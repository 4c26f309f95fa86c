"""What the verbs of saying share: from somebody's word to the ledger, the log and the answer."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from byline.answers.affected import Affected, affected
from byline.answers.identity import commits_naming, identity_of
from byline.cli import steps
from byline.cli.session import Session
from byline.errors import BylineError, InputError, UsageError
from byline.proof.errors import ProofError
from byline.proof.personal import MAX_REQUEST_BYTES
from byline.release.anchors import anchor
from byline.release.logbook import VERIFIER_FILE
from byline.terms.events import BasisEvent, EventKind, Speaker, event_of
from byline.terms.purposes import EVERY, check_purposes
from byline.terms.recording import END_OF_DAY, event_dated, events_to_record
from byline.terms.requests import Accepted, accept_request
from byline.terms.vocabulary import CLASSES
from byline.workspace.ledger import append_all, rows
from byline.workspace.ledger import tables as ledger


@dataclass(frozen=True, kw_only=True)
class Word:
    """What somebody says, as a verb was told.

    Attributes:
        event: What is said, at the instant that it counts from; with an id only from a request.
        accepted: The signed request that says it, where there is one.
        is_dated: Whether the instant was given, and so is kept as it is.
    """

    event: BasisEvent
    accepted: Accepted | None = None
    is_dated: bool = False


@dataclass(frozen=True)
class Recorded:
    """What was put on record: the events that were not there yet."""

    events: tuple[BasisEvent, ...]
    facts: dict[sa.Table, list[dict[str, Any]]] = field(default_factory=dict)


def word_of(
    opened: Session,
    person: str,
    *,
    kind: EventKind,
    classes: Sequence[str] | None = None,
    purposes: Sequence[str] | None = None,
    at: dt.datetime | None = None,
    by: Speaker = "person",
    method: str = "",
    note: str = "",
    expires: dt.date | None = None,
    request: Path | None = None,
) -> Word:
    """What is said, from the options of a verb, or from a signed request instead of them.

    Raises:
        UsageError: Options say what the request says.
        RefusedError: The request does not count.
    """
    known = known_person(opened, person)
    if request is None:
        event = BasisEvent(
            id="",
            person=known,
            at=at or now(),
            kind=kind,
            classes=tuple(class_words(classes)),
            purposes=tuple(purpose_words(purposes)),
            by=by,
            method=method or "told to the operator",
            expires=expires,
            note=note,
        )
        return Word(event=event, is_dated=at is not None)
    if classes or purposes or at or expires:
        raise UsageError(
            "a signed request says itself about what and when it is",
            advice="leave out --class, --purpose, --at, --received and --expires",
        )
    accepted = accepted_request(opened, request, kinds=(kind,), person=known)
    return Word(event=replace(accepted.as_event(), note=note), accepted=accepted)


def accepted_request(opened: Session, path: Path, *, kinds: Sequence[str], person: str) -> Accepted:
    """The request in a file, checked against the person's keys and the requests on record.

    Raises:
        InputError: The file cannot be read.
        RefusedError: The request does not count.
    """
    try:
        with path.open("rb") as source:
            data = source.read(MAX_REQUEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read the request {path}: {error.strerror}") from error
    return accept_request(
        data,
        kinds=kinds,
        organisation=opened.config.organisation.name,
        keys=rows(opened.ledger, ledger.PERSON_KEYS, person=person),
        requests=rows(opened.ledger, ledger.REQUESTS, person=person),
        now=now(),
        person=person,
    )


def record_word(
    opened: Session,
    word: Word,
    *,
    more: dict[sa.Table, list[dict[str, Any]]] | None = None,
) -> Recorded:
    """Put what is said on record, with other facts of it, all or none; anchor the ledger's end."""
    new = events_of(opened, word)
    facts: dict[sa.Table, list[dict[str, Any]]] = dict(more or {})
    facts[ledger.BASIS_EVENTS] = [event.as_row() for event in new]
    facts[ledger.REQUESTS] = [word.accepted.as_row()] if word.accepted else []
    append_all(opened.ledger, facts)
    if any(facts.values()):
        opened.forget_inputs()
        anchor_end(opened)
    return Recorded(new, facts)


def events_of(opened: Session, word: Word) -> tuple[BasisEvent, ...]:
    """The events that say it and are not on record yet."""
    held = held_events(opened, word.event.person)
    if word.is_dated:
        return event_dated(word.event, held=held)
    days = () if word.accepted else _whole_days(opened, word.event)
    return events_to_record(word.event, held=held, as_of=opened.inputs.as_of, whole_days=days)


def _whole_days(opened: Session, event: BasisEvent) -> set[dt.date]:
    """Days on which the person said in writing what the event lifts."""
    terms = opened.inputs.terms
    said = {"reinstated": terms.withdrawals, "objection_lifted": terms.objections}
    return {one.received for one in said.get(event.kind, ()) if one.person == event.person}


def at_instant(word: Word, at: dt.datetime) -> Word:
    """The same word, counting from another instant."""
    return replace(word, event=replace(word.event, at=at))


def held_events(opened: Session, person: str) -> list[BasisEvent]:
    """Everything that a person said, as recorded."""
    return [event_of(row) for row in rows(opened.ledger, ledger.BASIS_EVENTS, person=person)]


def anchor_end(opened: Session) -> None:
    """Anchor the ledger's end in the log, so that what was said cannot be cut off again.

    Before the first release there is no log. A log that is at fault does not keep anybody from
    saying something: it is told, and `byline ledger check` finds it.
    """
    if not (opened.layout.log / VERIFIER_FILE).exists():
        return
    try:
        anchor(opened.layout.log, opened.ledger, signer=opened.signer, whole=False)
    except (BylineError, ProofError) as error:
        opened.voice.say(f"warning: recorded, but not anchored in the log: {error}")


def known_person(opened: Session, person: str) -> str:
    """The person's id: of the roster, or the address of somebody whom commits name.

    Raises:
        InputError: Neither knows them.
    """
    if any(one.id == person for one in opened.inputs.directory.people):
        return person
    return identity_of(person, inputs=opened.inputs, decided=steps.decide_all(opened)).person


def reached(opened: Session, event: BasisEvent) -> Affected:
    """The releases and models that hold what the event speaks about."""
    commits = None
    if EVERY not in event.classes:
        commits = commits_naming(event.person, steps.decide_all(opened))
    return affected(
        event.person,
        config=opened.config,
        layout=opened.layout,
        ledger=opened.ledger,
        classes=event.classes,
        purposes=event.purposes,
        commits=commits,
    )


def show_reached(opened: Session, hit: Affected) -> None:
    """The releases and models, as tables."""
    opened.voice.table(
        "Releases that hold their work", ("release", "examples"),
        [(one.release, one.examples) for one in hit.releases],
    )  # fmt: skip
    opened.voice.table(
        "Models taught by those releases", ("model", "release", "purpose"),
        [(one.model, one.release, one.purpose) for one in hit.models],
    )  # fmt: skip


def note_when(opened: Session, at: dt.datetime, what: str) -> None:
    """Say so where decisions are made for a day on which it does not count yet."""
    if at.date() > opened.inputs.as_of and opened.config.release.as_of is None:
        opened.voice.say(f"note: this {what} counts from {at.date()}")
    elif at.date() > opened.inputs.as_of:
        opened.voice.say(
            f"note: releases are decided as of {opened.inputs.as_of}; this {what} counts from "
            f"{at.date()}: move `as_of` in [release] for it to take effect"
        )


def now() -> dt.datetime:
    """The time now."""
    return dt.datetime.now(dt.UTC)


def instant(given: str | None) -> dt.datetime | None:
    """An instant from `--at`: with its zone, or a day, which counts from its beginning (UTC)."""
    if given is None:
        return None
    try:
        at = dt.datetime.fromisoformat(given)
    except ValueError as error:
        raise UsageError(
            f"--at is {given!r}", advice="write 2026-11-24 or 2026-11-24T09:30:00Z"
        ) from error
    if at.tzinfo is None and len(given) > len("2026-11-24"):
        raise UsageError(f"--at is {given!r}, without a zone", advice="end it with Z for UTC")
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def day(given: str | None, option: str) -> dt.date | None:
    """A day from an option."""
    if given is None:
        return None
    try:
        return dt.date.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"{option} is {given!r}", advice="write a date as 2026-11-24") from error


def end_of(received: dt.date) -> dt.datetime:
    """The last instant of a day."""
    return dt.datetime.combine(received, END_OF_DAY)


def class_words(classes: Sequence[str] | None) -> list[str]:
    """Classes from options; all of them where none is given."""
    for name in classes or ():
        if name not in CLASSES:
            raise UsageError(f"--class is {name!r}", advice=f"one of {', '.join(sorted(CLASSES))}")
    return list(classes or [EVERY])


def purpose_words(purposes: Sequence[str] | None) -> list[str]:
    """Purposes from options; all of them where none is given."""
    return [str(one) for one in check_purposes(purposes)] if purposes else [EVERY]
