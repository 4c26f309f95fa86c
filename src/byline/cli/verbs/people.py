"""`statement`: what a contributor sees."""

from pathlib import Path
from typing import Annotated

import typer

from byline.answers.statement import statement as make_statement
from byline.answers.statement import write_statement
from byline.cli import speaking, steps
from byline.cli.options import HERE, ConfigOption, JsonOption, PersonArgument, QuietOption
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.workspace.ledger import append
from byline.workspace.ledger import tables as ledger


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(statement)


def statement(
    person: PersonArgument,
    config: ConfigOption = HERE,
    request: Annotated[
        Path | None, typer.Option(help="A request for it that the person signed.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what of a person's work was used, where, under which clause, and what was not and why.

    Example: byline statement ha-101
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice) as opened:
        if request is not None:
            known = speaking.known_person(opened, person)
            asked = speaking.accepted_request(opened, request, kinds=("statement",), person=known)
            append(opened.ledger, ledger.REQUESTS, asked.as_row())
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
