"""`fetch`: the work of a live server, as an export on disk. The only verb that uses the network."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from byline.cli.options import JsonOption, QuietOption
from byline.cli.voice import Voice
from byline.errors import IncompleteError, UsageError
from byline.fetch.fetching import SYSTEMS, Fetched
from byline.fetch.fetching import fetch as fetch_project
from byline.fetch.limits import Limits

COUNTED = ("fetched", "unchanged", "pending", "older", "gone", "failed")
SHOWN = 15


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(fetch)


def fetch(
    system: Annotated[str, typer.Argument(help=f"{', '.join(SYSTEMS)}.")],
    project: Annotated[str, typer.Option(help="owner/name, group/name, or Gerrit's name.")],
    into: Annotated[Path, typer.Option(file_okay=False, help="The folder of the export.")],
    url: Annotated[
        str | None, typer.Option(help="The server; default: github.com or gitlab.com.")
    ] = None,
    token_variable: Annotated[
        str | None,
        typer.Option(help="The environment variable with the token (Gerrit: user:password)."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="What to fetch, such as pulls; several are given one by one."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="A date: in a first run, nothing last changed before it.")
    ] = None,
    max_items: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many items; run again to go on.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fetch reviews, issues and builds of a project from its server into a folder.

    A second run fetches only what changed; an interrupted one goes on.

    Example: byline fetch github --project acme/ledger --into exports/github
    --token-variable GITHUB_TOKEN
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    voice.say(f"fetching {project} of {system} into {into}")
    done = fetch_project(
        system,
        url,
        project,
        into=into,
        token_variable=token_variable,
        since=_day(since),
        kinds=kind or (),
        progress=voice.progress,
        limits=Limits(max_items=max_items),
    )
    _show(voice, done)
    voice.result(
        {
            "schema": "byline/fetch/1",
            "system": system,
            "project": project,
            "into": str(into),
            "counts": {name: dict(counts) for name, counts in done.counts.items()},
            "files": done.files,
            "requests": done.requests,
            "failures": [
                {"kind": one.kind, "item": one.item, "reason": one.reason,
                 "explanation": one.explanation}
                for one in done.failures
            ],
            "complete": done.complete,
            "notes": dict(done.notes),
        }
    )  # fmt: skip
    if not done.complete:
        raise IncompleteError(
            f"not everything of {project} was fetched", advice="run the same command again"
        )


def _show(voice: Voice, done: Fetched) -> None:
    rows = [
        (name, *(counts.get(one, 0) for one in COUNTED)) for name, counts in done.counts.items()
    ]
    voice.table("Fetched", ("kind", *COUNTED), rows)
    if done.failures:
        voice.table(
            "Could not be fetched",
            ("kind", "item", "reason", "explanation"),
            [(one.kind, one.item, one.reason, one.explanation) for one in done.failures[:SHOWN]],
        )
    for note, many in done.notes.items():
        voice.line(f"{note}: {many:,}")
    voice.line(f"{done.files:,} files written, {done.requests:,} requests")


def _day(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--since {text!r} is no date", advice="write 2024-05-01") from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
