"""`collect` and `people`: what was done, and who did it."""

from collections import Counter
from typing import Any

import typer

from byline.cli import steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.session import session
from byline.cli.voice import Voice


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
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Resolve every recorded author to a person, a bot, an AI agent or nobody known.

    Example: byline people --json
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        aliases: dict[tuple[str, str], dict[str, Any]] = {}
        commits: Counter[tuple[str, str]] = Counter()
        columns = ["name", "email", "person", "population", "employment"]
        for described in steps.describe_all(opened):
            for part in described.bylines:
                for row in part.read(columns).to_pylist():
                    key = (row["name"], row["email"])
                    commits[key] += 1
                    aliases.setdefault(key, row)
        rows = [
            {
                "name": name,
                "email": email,
                "person": aliases[name, email]["person"],
                "population": aliases[name, email]["population"],
                "commits": commits[name, email],
            }
            for name, email in sorted(aliases)
        ]
        shown = ("name", "email", "person", "population", "commits")
        voice.table("Recorded authors", shown, [[row[c] for c in shown] for row in rows])
        voice.result({"schema": "byline/people/1", "aliases": rows})
