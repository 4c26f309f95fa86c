"""`withdraw`, `object`, `consent`, `reinstate`: what somebody says about the use of their work.

None of them asks why, for how long, or a manager; none of them lists who else said what.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from byline.answers.affected import Affected
from byline.cli import speaking
from byline.cli.handing import hand_receipts
from byline.cli.options import (
    HERE,
    ClassOption,
    ConfigOption,
    JsonOption,
    NoteOption,
    PersonArgument,
    PurposeOption,
)
from byline.cli.session import Session, session
from byline.cli.speaking import Recorded, Word
from byline.cli.voice import Voice
from byline.errors import UsageError
from byline.terms.events import LIFTING, EventKind, Speaker
from byline.workspace.ledger import rows
from byline.workspace.ledger import tables as ledger

AtOption = Annotated[
    str | None, typer.Option(help="When it counts from (ISO date or instant); default: now.")
]
MethodOption = Annotated[str, typer.Option(help="How it was said: letter, portal, in person.")]
RequestOption = Annotated[
    Path | None, typer.Option(help="A request that the person signed: `byline request` makes it.")
]
Voices = Literal["person", "representative"]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(withdraw)
    app.command("object")(object_to)
    app.command()(consent)
    app.command()(reinstate)


def withdraw(
    person: PersonArgument,
    config: ConfigOption = HERE,
    classes: ClassOption = None,
    purposes: PurposeOption = None,
    received: Annotated[
        str | None, typer.Option(help="The day it was received (ISO date); default: today.")
    ] = None,
    at: AtOption = None,
    note: NoteOption = "",
    request: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a withdrawal: the next release has none of it; list the releases and models that do.

    Example: byline withdraw ha-101
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        given, day = speaking.instant(at), speaking.day(received, "--received")
        if given is not None and day is not None:
            raise UsageError("--at and --received both say when", advice="give one of them")
        if day is not None:
            given = speaking.end_of(day)
        word = speaking.word_of(
            opened, person, kind="withdrawn", classes=classes, purposes=purposes, at=given,
            note=note, request=request,
        )  # fmt: skip
        facts, is_new, done = _record_withdrawal(opened, word)
        _tell_withdrawal(opened, word, facts, is_new=is_new, done=done)


def _record_withdrawal(opened: Session, word: Word) -> tuple[dict[str, Any], bool, Recorded]:
    """The row that says it, whether it was not on record, and what is; it counts for the day."""
    as_of = opened.inputs.as_of
    if not word.is_dated and word.accepted is None:
        word = speaking.at_instant(word, speaking.end_of(min(word.event.at.date(), as_of)))
    event = word.event
    days = [event.at.date() if word.is_dated else min(event.at.date(), as_of)]
    days += [one.at.date() for one in speaking.events_of(opened, word)]
    facts: list[dict[str, Any]] = [
        {"person": event.person, "received": one.isoformat(), "classes": list(event.classes),
         "purposes": list(event.purposes), "note": event.note}
        for one in dict.fromkeys(days)
    ]  # fmt: skip
    held = rows(opened.ledger, ledger.WITHDRAWALS, person=event.person)
    new = [
        one for one in facts if not any(all(row[key] == one[key] for key in one) for row in held)
    ]
    done = speaking.record_word(opened, word, more={ledger.WITHDRAWALS: new})
    return facts[0], bool(new), done


def _tell_withdrawal(
    opened: Session, word: Word, fact: dict[str, Any], *, is_new: bool, done: Recorded
) -> None:
    voice, person = opened.voice, word.event.person
    hit = speaking.reached(opened, word.event)
    received = dt.datetime.combine(dt.date.fromisoformat(fact["received"]), dt.time())
    speaking.note_when(opened, received, "withdrawal")
    voice.say(f"withdrawal of {person} {'recorded' if is_new else 'was recorded before'}")
    _show_consequences(opened, hit, "The next `byline release` holds none of it.")
    receipts = hand_receipts(opened, done.events)
    voice.result(
        {
            "schema": "byline/withdraw/1",
            **fact,
            "affected": hit.as_json(),
            "receipts": receipts,
        }
    )


def _show_consequences(opened: Session, hit: Affected | None, follows: str) -> None:
    """What has the work already, and what changes next."""
    if hit is not None:
        speaking.show_reached(opened, hit)
    opened.voice.line(follows)
    if hit is not None and hit.models:
        opened.voice.line("The models above were taught by it: retire them, or train anew.")


def object_to(
    person: PersonArgument,
    config: ConfigOption = HERE,
    classes: ClassOption = None,
    purposes: PurposeOption = None,
    at: AtOption = None,
    lift: Annotated[bool, typer.Option("--lift", help="The person lifts their objection.")] = False,
    by: Annotated[Voices, typer.Option(help="Whose word it is.")] = "person",
    method: MethodOption = "",
    note: NoteOption = "",
    request: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an objection to uses of a person's work, without a reason and without an end.

    Example: byline object ha-101 --class process --purpose code_review
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        word = speaking.word_of(
            opened, person, kind="objection_lifted" if lift else "objected", classes=classes,
            purposes=purposes, at=speaking.instant(at), by=by, method=method, note=note,
            request=request,
        )  # fmt: skip
        done = speaking.record_word(opened, word)
        _tell(opened, word, done, verb="object", what="objection")


def consent(
    person: PersonArgument,
    config: ConfigOption = HERE,
    give: Annotated[bool, typer.Option("--give", help="The person consents.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="The person refuses.")] = False,
    withdrawn: Annotated[
        bool, typer.Option("--withdraw", help="The person takes their consent back.")
    ] = False,
    ask: Annotated[bool, typer.Option("--ask", help="The person was asked to consent.")] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="The person consents again, to a later day.")
    ] = False,
    classes: ClassOption = None,
    purposes: PurposeOption = None,
    expires: Annotated[
        str | None, typer.Option(help="The first day on which it counts no more (ISO date).")
    ] = None,
    at: AtOption = None,
    by: Annotated[Voices, typer.Option(help="Whose word it is.")] = "person",
    method: MethodOption = "",
    note: NoteOption = "",
    request: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a person was asked, consents, renews, refuses, or takes their consent back.

    Consent is to purposes that are named; taking it back or refusing needs none.

    Example: byline consent ha-101 --give --purpose code_review --expires 2027-11-24
    """
    kinds: dict[EventKind, bool] = {
        "consent_given": give or renew, "consent_refused": refuse,
        "consent_withdrawn": withdrawn, "consent_requested": ask,
    }  # fmt: skip
    if [give, renew, refuse, withdrawn, ask].count(True) != 1:
        raise UsageError("what was said?", advice="give one of --give --refuse --withdraw --ask "
                         "--renew")  # fmt: skip
    kind = next(kind for kind, said in kinds.items() if said)
    _check_consent(kind, purposes=purposes, expires=expires, request=request)
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        speaker: Speaker = "organisation" if ask else by
        word = speaking.word_of(
            opened, person, kind=kind, classes=classes, purposes=purposes,
            at=speaking.instant(at), by=speaker, method=method, note=note,
            expires=speaking.day(expires, "--expires"), request=request,
        )  # fmt: skip
        if renew:
            _check_renewal(opened, word)
        done = speaking.record_word(opened, word)
        _tell(opened, word, done, verb="consent", what=kind.replace("_", " "))


def _check_consent(
    kind: EventKind, *, purposes: list[str] | None, expires: str | None, request: Path | None
) -> None:
    if kind in {"consent_given", "consent_requested"} and not purposes and request is None:
        raise UsageError("consent to what?", advice="name each use with --purpose")
    if expires and kind != "consent_given":
        raise UsageError("--expires goes with --give and --renew", advice="leave it out")


def _check_renewal(opened: Session, word: Word) -> None:
    """Only what was once given is renewed."""
    wanted = word.event
    for one in speaking.held_events(opened, wanted.person):
        same = set(one.classes) == set(wanted.classes) and set(one.purposes) == set(wanted.purposes)
        if one.kind == "consent_given" and same:
            return
    raise UsageError(
        "there is no consent to these classes and purposes to renew", advice="use --give"
    )


def reinstate(
    person: PersonArgument,
    config: ConfigOption = HERE,
    classes: ClassOption = None,
    purposes: PurposeOption = None,
    at: AtOption = None,
    by: Annotated[
        Voices | None, typer.Option(help="Whose word it is; nobody else lifts a withdrawal.")
    ] = None,
    method: MethodOption = "",
    note: NoteOption = "",
    request: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a person, or who speaks for them, lifts their own withdrawal.

    Example: byline reinstate ha-101 --by person --method letter
    """
    if by is None and request is None:
        raise UsageError(
            "whose word is it?",
            advice="give --by person or --by representative: the organisation cannot lift it",
        )
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        word = speaking.word_of(
            opened, person, kind="reinstated", classes=classes, purposes=purposes,
            at=speaking.instant(at), by=by or "person", method=method, note=note, request=request,
        )  # fmt: skip
        done = speaking.record_word(opened, word)
        _tell(opened, word, done, verb="reinstate", what="reinstatement")


NEXT = {
    "objected": "The next `byline release` holds none of it; the objection has no end.",
    "consent_refused": "The next `byline release` holds nothing of it that rests on consent.",
    "consent_withdrawn": "The next `byline release` holds nothing of it that rests on consent.",
    "consent_requested": "Nothing changes until the person consents.",
    "consent_given": "From the next `byline release` on, clauses that rest on consent may permit "
    "it.",
    "objection_lifted": "From the next `byline release` on, agreements decide again.",
    "reinstated": "From the next `byline release` on, agreements decide again.",
}


def _tell(opened: Session, word: Word, done: Recorded, *, verb: str, what: str) -> None:
    """What was recorded, what it reaches, and what changes next."""
    voice, event = opened.voice, word.event
    restricts = event.kind not in LIFTING and event.kind != "consent_requested"
    hit = speaking.reached(opened, event) if restricts else None
    voice.say(f"{what} of {event.person} {'recorded' if done.events else 'was recorded before'}")
    for one in done.events:
        if one.at.date() > event.at.date():
            voice.say(f"note: it counts from {one.at:%Y-%m-%d}, after the day of what it lifts")
        if event.kind in LIFTING or len(done.events) == 1:
            speaking.note_when(opened, one.at, what)
    _show_consequences(opened, hit, NEXT[event.kind])
    voice.result(
        {
            "schema": f"byline/{verb}/1",
            "person": event.person,
            "kind": event.kind,
            "classes": list(event.classes),
            "purposes": list(event.purposes),
            "is_new": bool(done.events),
            "events": [one.as_row() for one in done.events],
            "affected": hit.as_json() if hit is not None else None,
            "receipts": hand_receipts(opened, done.events),
        }
    )
