"""`statement` and `withdraw`: what a contributor sees, and what a contributor says."""

import datetime as dt
from typing import Annotated, Any

import typer

from byline.answers.affected import affected
from byline.answers.identity import commits_naming, identity_of
from byline.answers.statement import statement as make_statement
from byline.answers.statement import write_statement
from byline.cli import steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import UsageError
from byline.terms.purposes import check_purposes
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger

CLASSES = ("code", "design", "process")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(statement)
    app.command()(withdraw)


def statement(
    person: Annotated[
        str, typer.Argument(help="The person's id in the roster, or email:ADDRESS for others.")
    ],
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what of a person's work was used, where, under which clause, and what was not and why.

    Example: byline statement ha-101
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice) as opened:
        made = make_statement(
            person,
            config=opened.config,
            layout=opened.layout,
            ledger=opened.ledger,
            inputs=opened.inputs,
            decided=steps.decide_all(opened),
            told=steps.decide_work(opened),
        )
        page = write_statement(made, opened.layout.reports)
        voice.line(f"statement  {page}")
        voice.result(made.as_json())


def withdraw(
    person: Annotated[
        str, typer.Argument(help="The person's id in the roster, or email:ADDRESS for others.")
    ],
    config: ConfigOption = HERE,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="code, design or process; default: all.")
    ] = None,
    purposes: Annotated[
        list[str] | None, typer.Option("--purpose", help="A purpose; default: all.")
    ] = None,
    received: Annotated[
        str | None, typer.Option(help="The day it was received (ISO date); default: today.")
    ] = None,
    note: Annotated[str, typer.Option(help="A note for the record.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Record a withdrawal: the next release has none of it; list the releases and models that do.

    Example: byline withdraw ha-101
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice) as opened:
        decided = steps.decide_all(opened)
        person = identity_of(person, inputs=opened.inputs, decided=decided).person
        fact: dict[str, Any] = {
            "person": person,
            "received": _day(received, opened).isoformat(),
            "classes": _classes(classes),
            "purposes": list(check_purposes(purposes)) if purposes else ["*"],
            "note": note,
        }
        same = {"person": person, "received": fact["received"]}
        held = rows(opened.ledger, ledger.WITHDRAWALS, **same)
        is_new = not any(all(row[key] == fact[key] for key in fact) for row in held)
        if is_new:
            append(opened.ledger, ledger.WITHDRAWALS, fact)
        hit = affected(
            person,
            config=opened.config,
            layout=opened.layout,
            ledger=opened.ledger,
            classes=fact["classes"],
            purposes=fact["purposes"],
            commits=commits_naming(person, decided),
        )
        if fact["received"] > opened.inputs.as_of.isoformat():
            voice.say(
                f"note: releases are decided as of {opened.inputs.as_of}; this withdrawal counts "
                f"from {fact['received']}: move `as_of` in [release] for it to take effect"
            )
        voice.say(f"withdrawal of {person} {'recorded' if is_new else 'was recorded before'}")
        voice.table(
            "Releases that hold their work", ("release", "examples"),
            [(one.release, one.examples) for one in hit.releases],
        )  # fmt: skip
        voice.table(
            "Models taught by those releases", ("model", "release", "purpose"),
            [(one.model, one.release, one.purpose) for one in hit.models],
        )  # fmt: skip
        voice.line("The next `byline release` holds none of it.")
        if hit.models:
            voice.line("The models above were taught by it: retire them, or train anew.")
        voice.result({"schema": "byline/withdraw/1", **fact, "affected": hit.as_json()})


def _day(received: str | None, opened: Session) -> dt.date:
    """The day a withdrawal counts from: never later than the release's own use date allows."""
    if received is None:
        return min(dt.datetime.now(dt.UTC).date(), opened.inputs.as_of)
    try:
        return dt.date.fromisoformat(received)
    except ValueError as error:
        raise UsageError(
            f"--received is {received!r}", advice="write a date as 2026-11-24"
        ) from error


def _classes(classes: list[str] | None) -> list[str]:
    for name in classes or []:
        if name not in CLASSES:
            raise UsageError(f"--class is {name!r}", advice=f"one of {', '.join(CLASSES)}")
    return list(classes or ["*"])
