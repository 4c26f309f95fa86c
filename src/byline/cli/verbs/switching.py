"""`pause` and `resume`: the kill switch of capture and training, and a person's own pause."""

from typing import Annotated, Any, Literal

import typer

from byline.cli import speaking
from byline.cli.intake import show_last_accepted, stopped_words
from byline.cli.options import HERE, ConfigOption, JsonOption, NoteOption
from byline.cli.session import Session, session
from byline.cli.speaking import Word
from byline.cli.voice import Voice
from byline.errors import IncompleteError, InputError, UsageError
from byline.terms.events import BasisEvent, EventKind
from byline.workspace import switch
from byline.workspace.pause_receipt import awaited, issue
from byline.workspace.switch import EVERYTHING, TRAINING, Pause, Scope

SourceOption = Annotated[
    str | None, typer.Option("--source", help="Capture of this source or repository only.")
]
TrainingOption = Annotated[bool, typer.Option("--training", help="Training only.")]
PersonOption = Annotated[
    str | None, typer.Option("--person", help="Every use of this person's work: their own word.")
]
Voices = Literal["person", "representative"]
ByOption = Annotated[Voices, typer.Option(help="With --person: whose word it is.")]
STATES = {
    "effective": "in effect: {}",
    "not_concerned": "in force; what is at work now is not what was paused",
    "idle": "in force; nothing was at work",
    "ended": "in force; what was at work has ended",
    "unanswered": "in force, and not answered yet by what is at work",
}


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(pause)
    app.command()(resume)


def pause(
    config: ConfigOption = HERE,
    source: SourceOption = None,
    training: TrainingOption = False,
    person: PersonOption = None,
    by: ByOption = "person",
    note: NoteOption = "",
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for what is at work to stop.")
    ] = 60.0,
    listed: Annotated[bool, typer.Option("--list", help="Only list what is paused.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop capture and training at the next record and the next step, until somebody resumes.

    A running `collect` or `train` need not be stopped first. The receipt names the last accepted.

    Example: byline pause --source jira --note "works council, 24 November"
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        if listed:
            _list(opened)
            return
        if person is not None:
            _check_alone(source, training)
            _say(opened, person, kind="paused", by=by, note=note)
            return
        scope = _scope(opened, source, training)
        made = switch.pause(opened.ledger, scope, note=note)
        voice.say(f"{scope.words} is paused since {made.at} ({made.id})")
        body = awaited(opened.ledger, made, lock=opened.layout.lock, seconds=wait)
        path = issue(
            body, folder=opened.layout.receipts / "pauses", root=opened.layout.root,
            signer=opened.signer, ledger=opened.ledger,
        )  # fmt: skip
        speaking.anchor_end(opened)
        _tell(opened, made, body)
        voice.line(f"receipt  {path}")
        voice.result({**body, "schema": "byline/pause/1", "receipt": str(path)})
        if body["state"] == "unanswered":
            raise IncompleteError(
                f"what is at work did not answer within {wait:g} seconds",
                advice="the pause stays in force: it stops at its next record or step; "
                "`byline pause --list` shows when it did",
            )


def resume(
    config: ConfigOption = HERE,
    source: SourceOption = None,
    training: TrainingOption = False,
    person: PersonOption = None,
    by: ByOption = "person",
    note: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    """End pauses: those of everything, or of the scope that is named as it was for the pause.

    Example: byline resume --source jira
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        if person is not None:
            _check_alone(source, training)
            _say(opened, person, kind="resumed", by=by, note=note)
            return
        scope = _scope(opened, source, training)
        ended = switch.resume(opened.ledger, scope, note=note)
        speaking.anchor_end(opened)
        left = switch.pauses(opened.ledger)
        voice.line(f"Resumed: {scope.words}. Run the command that was stopped again.")
        for one in left:
            voice.line(f"Still paused: {one.scope.words}, since {one.at} ({one.id}).")
        voice.result(
            {
                "schema": "byline/resume/1",
                "resumed": [one.id for one in ended],
                "in_force": [_row(one) for one in left],
            }
        )


def _scope(opened: Session, source: str | None, training: bool) -> Scope:
    if source is None:
        return TRAINING if training else EVERYTHING
    if training:
        raise UsageError("--source and --training are two pauses", advice="pause each")
    config = opened.config
    known = [one.name for one in config.repositories] + [one.name for one in config.sources]
    if source not in known:
        raise UsageError(
            f"no source or repository is named {source!r}", advice=f"known: {', '.join(known)}"
        )
    return Scope("source", source)


def _check_alone(source: str | None, training: bool) -> None:
    if source is not None or training:
        raise UsageError(
            "--person goes without --source and --training", advice="pause each by itself"
        )


def _say(opened: Session, person: str, *, kind: EventKind, by: Voices, note: str) -> None:
    """Record a person's own pause of every use of their work, or its end."""
    known = {one.id for one in opened.inputs.directory.people}
    if person not in known and not person.startswith("email:"):
        raise InputError(
            f"nobody in the roster is {person}", advice="give a roster id, or email:ADDRESS"
        )
    event = BasisEvent(
        id="", person=person, at=speaking.now(), kind=kind, by=by, method="told to the operator",
        note=note,
    )  # fmt: skip
    done = speaking.record_word(opened, Word(event=event))
    verb = "paused" if kind == "paused" else "resumed"
    was = "" if done.events else " was recorded before"
    opened.voice.line(f"{person}: every use of their work is {verb}{was}.")
    if kind == "resumed":
        speaking.note_when(opened, event.at, "resumption")
    opened.voice.result(
        {"schema": f"byline/{kind.removesuffix('d')}/1", "person": person,
         "events": [one.id for one in done.events]}
    )  # fmt: skip


def _tell(opened: Session, made: Pause, body: dict[str, Any]) -> None:
    words = STATES[body["state"]].format(stopped_words(body["stopped"]))
    opened.voice.line(f"{made.id}: {words}")
    show_last_accepted(opened.voice, body["last_accepted"])


def _list(opened: Session) -> None:
    known = switch.pauses(opened.ledger)
    rows = []
    for one in known:
        answers = switch.answers_to(opened.ledger, one.id)
        stops = [row for row in answers if row["action"] == "effective"]
        met = "; ".join(f"{row['at']}: {stopped_words(row['detail'])}" for row in stops)
        rows.append((one.id, one.scope.words, one.at, met, one.note))
    opened.voice.table("Paused", ("pause", "what", "since", "stopped", "note"), rows)
    if not known:
        opened.voice.line("Nothing is paused.")
    opened.voice.result({"schema": "byline/pause/1", "in_force": [_row(one) for one in known]})


def _row(one: Pause) -> dict[str, Any]:
    return {"pause": one.id, "scope": one.scope.as_json(), "at": one.at, "note": one.note}
