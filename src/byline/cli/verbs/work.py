"""`collect` and `people`: what was done, and who did it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from byline.cli import steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import UsageError
from byline.people.aliases import MERGE, SPLIT, check_merge
from byline.people.aliases import suggest as suggest_merges
from byline.workspace.ledger import append
from byline.workspace.ledger import tables as ledger_tables


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(collect)
    app.command()(people)


def collect(
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Collect files, history and per-line authorship from the configured repositories.

    Example: byline collect --config company/byline.toml
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        rows = []
        for collected, _ in steps.collect_all(opened):
            lines = sum(sum(part.read(["lines"])["lines"].to_pylist()) for part in collected.files)
            rows.append(
                {
                    "repository": collected.repository,
                    "commit": collected.commit,
                    "files": sum(part.read(["item"]).num_rows for part in collected.files),
                    "lines": lines,
                    "commits": sum(part.read(["commit"]).num_rows for part in collected.commits),
                    "edits": sum(part.read(["item"]).num_rows for part in collected.edits),
                    "changed": collected.changed,
                }
            )
        columns = ("repository", "commit", "files", "lines", "commits", "edits")
        voice.table(
            "Collected",
            columns,
            [[str(row[c])[:12] if c == "commit" else row[c] for c in columns] for row in rows],
        )
        voice.result({"schema": "byline/collect/1", "repositories": rows})


def people(
    config: ConfigOption = HERE,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Whose the unknown addresses may be.")
    ] = False,
    merge: Annotated[
        list[str] | None, typer.Option(help="ADDRESS=PERSON: confirm that it is theirs.")
    ] = None,
    split: Annotated[list[str] | None, typer.Option(help="ADDRESS: take a merge back.")] = None,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Resolve every recorded author to a person, a bot, an AI agent or nobody known.

    Addresses that the roster does not know can be merged with a person, by your word; `--suggest`
    says which to ask about. Nothing is merged on a name alone.

    Example: byline people --merge ada@laptop.example=p-17 --note "asked her"
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        _record_aliases(opened, merge or [], split or [], note)
        found = [
            row
            for described in steps.describe_all(opened)
            for part in described.bylines
            for row in part.read(["commit", "name", "email", "person", "population"]).to_pylist()
        ]
        if suggest:
            _show_suggestions(voice, found, opened)
        else:
            _show_aliases(voice, found)


def _record_aliases(
    opened: Session, merges: Sequence[str], splits: Sequence[str], note: str
) -> None:
    """Put confirmed merges and splits into the ledger, before identities are resolved."""
    facts = []
    for given in merges:
        email, _, person = given.partition("=")
        if "@" not in email or not person:
            raise UsageError(f"--merge is {given!r}", advice="write ADDRESS=PERSON")
        check_merge(email, person, people=opened.inputs.directory.people)
        facts.append({"action": MERGE, "email": email.lower(), "person": person, "note": note})
    held = dict(opened.inputs.directory.aliases)
    for email in splits:
        if email.lower() not in held:
            raise UsageError(f"{email} is not merged with anybody", advice="see `byline people`")
        person = held[email.lower()]
        facts.append({"action": SPLIT, "email": email.lower(), "person": person, "note": note})
    if facts:
        append(opened.ledger, ledger_tables.ALIASES, *facts)
        opened.forget_inputs()


def _show_suggestions(voice: Voice, found: list[dict[str, Any]], opened: Session) -> None:
    suggestions = suggest_merges(found, people=opened.inputs.directory.people)
    voice.table(
        "Ask these people whether the address is theirs",
        ("address", "recorded as", "commits", "person", "because of"),
        [
            (one.email, ", ".join(one.names), one.commits, one.person, one.evidence)
            for one in suggestions
        ],
    )
    voice.result(
        {"schema": "byline/people-suggest/1", "suggestions": [asdict(one) for one in suggestions]}
    )


def _show_aliases(voice: Voice, found: list[dict[str, Any]]) -> None:
    commits: Counter[tuple[str, str]] = Counter((row["name"], row["email"]) for row in found)
    known = {(row["name"], row["email"]): row for row in found}
    rows = [
        {
            "name": name,
            "email": email,
            "person": known[name, email]["person"],
            "population": known[name, email]["population"],
            "commits": commits[name, email],
        }
        for name, email in sorted(known)
    ]
    shown = ("name", "email", "person", "population", "commits")
    voice.table("Recorded authors", shown, [[row[c] for c in shown] for row in rows])
    voice.result({"schema": "byline/people/1", "aliases": rows})
