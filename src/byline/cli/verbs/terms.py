"""`terms` and `decide`: what was agreed, and what follows for each contribution."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from byline.cli import steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption, WorkersOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import InputError, RefusedError
from byline.terms.checks import check_terms
from byline.terms.explain import explain as explain_decision
from byline.terms.explain import gaps

terms = typer.Typer(no_args_is_help=True, help="Read, check and explain what was agreed.")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(terms, name="terms")
    app.command()(decide)


@terms.command()
def check(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Check agreements and notices: contradictions, gaps, clauses that never apply.

    Example: byline terms check
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        inputs = opened.inputs
        problems = check_terms(
            inputs.terms.agreements, notices=inputs.terms.notices, as_of=inputs.as_of
        )
        if not inputs.terms.agreements:
            voice.say("no agreements are configured: silence is not permission, nothing trains")
        voice.table(
            "Terms",
            ("severity", "about", "problem"),
            [(one.severity, ", ".join(one.about), one.message) for one in problems],
        )
        voice.result(
            {
                "schema": "byline/terms-check/1",
                "agreements": [one.id for one in inputs.terms.agreements],
                "problems": [one._asdict() for one in problems],
            }
        )
        errors = [one for one in problems if one.severity == "error"]
        if errors:
            raise RefusedError(f"{len(errors)} errors in the terms", advice=errors[0].message)


@terms.command()
def explain(
    place: str,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Explain each decision on a file, given as REPOSITORY:PATH, with the words of the clauses.

    Example: byline terms explain ledger-core:src/ledger/entries.py
    """
    voice = Voice(as_json=as_json)
    repository, _, path = place.partition(":")
    with session(config, voice=voice) as opened:
        pairs = _decisions_of(opened, repository, path)
        shown = []
        for fact, decision in pairs:
            words = explain_decision(decision, fact, agreements=opened.inputs.terms.agreements)
            shown.append({"lines": fact["lines"], "commit": fact["commit"], "explanation": words})
            voice.line(f"{fact['lines']} lines of commit {fact['commit'][:12]}\n{words}\n")
        voice.result({"schema": "byline/terms-explain/1", "place": place, "decisions": shown})


def _decisions_of(
    opened: Session, repository: str, path: str
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Facts and decisions of one file."""
    for decided in steps.decide_all(opened):
        described = decided.described
        if described.collected.repository != repository:
            continue
        parts = zip(
            described.collected.files,
            described.file_contributions,
            decided.file_decisions,
            strict=True,
        )
        for files, contributions, decisions in parts:
            table = files.read(["item", "path"])
            items = table.filter(pc.equal(table["path"], path))["item"].to_pylist()
            if items:
                facts = [row for row in contributions.read().to_pylist() if row["item"] == items[0]]
                verdicts: dict[str, list[dict[str, Any]]] = {}
                for row in decisions.read().to_pylist():
                    verdicts.setdefault(row["contribution"], []).append(row)
                return [(fact, one) for fact in facts for one in verdicts[fact["contribution"]]]
    raise InputError(
        f"no collected file {path!r} in repository {repository!r}",
        advice="give REPOSITORY:PATH as `byline collect` and git name them",
    )


def decide(
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide every contribution for the release's purposes, and say what is missing.

    Example: byline decide
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers) as opened:
        decided = steps.decide_all(opened)
        told = steps.decide_work(opened)
        pairs = [*(pair for one in decided for pair in one.pairs), *(one.pair for one in told)]
        counts = steps.counts_of(part for _, part in pairs)
        voice.table("Decisions", ("reason", "contributions"), list(counts.items()))
        facts = pa.concat_tables([part.read() for part, _ in pairs])
        verdicts = pa.concat_tables([part.read() for _, part in pairs])
        missing = gaps(facts, verdicts)
        voice.table(
            "Excluded, and what is missing",
            ("reason", "missing", "contributions", "lines"),
            [(gap.reason, gap.missing, gap.contributions, gap.lines) for gap in missing],
        )
        voice.result(
            {
                "schema": "byline/decide/1",
                "counts": counts,
                "gaps": [gap._asdict() for gap in missing],
            }
        )
