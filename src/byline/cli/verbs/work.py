"""`collect` and `people` (in `authors.py`): what was done, and who did it."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from byline.cli import gathering
from byline.cli.intake import intake_of
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.session import session
from byline.cli.sources import show_sources, source_summary
from byline.cli.verbs.authors import people
from byline.cli.voice import Voice
from byline.engine.stage import Partition
from byline.release.sources import Supplied, gather_supplied
from byline.work.git.findings import MEANINGS


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(collect)
    app.command()(people)


def collect(
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    problems: Annotated[
        bool, typer.Option("--problems", help="List all that could not be read of the sources.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Collect files, history and per-line authorship, and read the configured sources.

    Example: byline collect --config company/byline.toml
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        rows = []
        gathered = gathering.gather_all(opened)
        for collected, _ in gathered.found:
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
                    "references": _count(collected.references),
                    "proposals": _count(collected.proposals),
                    "quarantine": _quarantine(collected.quarantine),
                }
            )
        columns = ("repository", "commit", "files", "lines", "commits", "edits")
        voice.table(
            "Collected",
            columns,
            [[str(row[c])[:12] if c == "commit" else row[c] for c in columns] for row in rows],
        )
        odd = [(row["repository"], *one) for row in rows for one in row["quarantine"].items()]
        if odd:
            voice.table(
                "Malformed objects",
                ("repository", "message", "objects", "meaning"),
                [(*one, MEANINGS[one[1]].explanation if one[1] in MEANINGS else "") for one in odd],
            )
        supplied = (
            Supplied([], {})
            if gathered.is_broken
            else gather_supplied(
                opened.config, opened.layout.tables, opened.voice.progress, intake_of(opened)
            )
        )
        sources = supplied.found
        show_sources(voice, sources, problems=problems)
        failed = [
            {"repository": name, "error": str(error), "fix": error.advice}
            for name, error in sorted(gathered.failed.items())
        ]
        stopped = [
            {"source": name, "error": str(error), "fix": error.advice}
            for name, error in supplied.failed.items()
        ]
        voice.result(
            {
                "schema": "byline/collect/1",
                "repositories": rows,
                "failed": failed,
                "sources": [source_summary(one, problems=problems) for one in sources],
                "stopped": stopped,
            }
        )
        gathered.check()
        supplied.check()


def _count(parts: Sequence[Partition]) -> int:
    return sum(part.read(["repository"]).num_rows for part in parts)


def _quarantine(parts: Sequence[Partition]) -> dict[str, int]:
    """How often each message id of `git fsck` was found."""
    found = [row["message"] for part in parts for row in part.read(["message"]).to_pylist()]
    return dict(sorted(Counter(found).items()))
