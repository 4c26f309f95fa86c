"""`release`, `verify` and `log`: what was used, sealed, and how anyone checks it."""

from pathlib import Path
from typing import Annotated

import typer

from byline.answers.under_hold import readable
from byline.cli import steps
from byline.cli.explained import show_explained
from byline.cli.gates import held_in
from byline.cli.options import (
    HERE,
    ConfigOption,
    JsonOption,
    QuietOption,
    ReleaseOption,
    WorkersOption,
)
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.errors import RefusedError
from byline.proof import log as transparency_log
from byline.proof.canonical import parse_canonical
from byline.proof.check import check
from byline.release.explain import explain as explained
from byline.release.logbook import VERIFIER_FILE, read_verifier
from byline.release.seal import membership, open_release
from byline.workspace.ledger import releases


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(release)
    app.command()(verify)
    app.command()(log)


def release(
    config: ConfigOption = HERE,
    workers: WorkersOption = 0,
    listing: Annotated[bool, typer.Option("--list", help="List releases; build none.")] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Say what became of an example (ex_…), an item (github:acme/web#12) or a commit: "
            "every rule asked, with value and limit.",
        ),
    ] = None,
    browse: Annotated[
        bool,
        typer.Option("--browse", help="Write pages to read examples beside their sources."),
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build and seal a release of all work that the terms permit.

    Example: byline release
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    with session(config, voice=voice, workers=workers, writes=not listing) as opened:
        if listing:
            known = releases(opened.ledger)
            rows = [(row["release"], row["name"], row["counts"]["examples"], row["root"][:16])
                    for row in known]  # fmt: skip
            voice.table("Releases", ("release", "name", "examples", "root"), rows)
            voice.result(
                {"schema": "byline/releases/1", "releases": [row["release"] for row in known]}
            )
            return
        if explain is not None:
            show_explained(voice, explained(explain, *steps.selected(opened)))
            return
        made = steps.release_all(opened)
        sealed = made.sealed
        account = sealed.manifest["account"]
        for unit in ("lines", "commits"):
            totals = {reason: sum(counts.values()) for reason, counts in account[unit].items()}
            voice.table(
                f"Account of {unit}",
                ("fate", unit),
                _largest_first(totals),
            )
        _units(voice, account.get("units", {}))
        voice.line(f"release  {sealed.directory}")
        page = None
        if browse:
            page = steps.browse(opened, sealed, may_show=readable(held_in(opened, sealed)))
            voice.line(f"browse   {page}")
        voice.result(
            {
                "schema": "byline/release/1",
                "release": sealed.id,
                "is_new": made.is_new,
                "directory": str(sealed.directory),
                "manifest": sealed.manifest,
                "browse": str(page) if page else None,
            }
        )


def _units(voice: Voice, units: dict[str, dict[str, int]]) -> None:
    """For each recipe that reads items: opportunities, examples, and the commonest reasons."""
    recipes = sorted({recipe for by in units.values() for recipe in by})
    rows = []
    for recipe in recipes:
        reasons = {reason: by[recipe] for reason, by in units.items() if recipe in by}
        rest = sorted(
            ((reason, count) for reason, count in reasons.items() if reason != "included"),
            key=lambda one: (-one[1], one[0]),
        )
        words = ", ".join(f"{reason} {count:,}" for reason, count in rest[:3])
        rows.append((recipe, sum(reasons.values()), reasons.get("included", 0), words))
    if rows:
        voice.table(
            "Opportunities by recipe",
            ("recipe", "opportunities", "examples", "most others: why not"),
            rows,
        )


def _largest_first(totals: dict[str, int]) -> list[tuple[str, int]]:
    """What is included, then the reasons for the rest, the largest first."""
    return sorted(totals.items(), key=lambda item: (item[0] != "included", -item[1]))


def verify(
    examples: Annotated[list[str] | None, typer.Argument(help="Example ids.")] = None,
    config: ConfigOption = HERE,
    release: ReleaseOption = None,
    directory: Annotated[
        Path | None, typer.Option(help="A release's folder, instead of one of this workspace.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The log's public key file, with --directory.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a release against its seal and the log; prove examples in it, or not in it.

    Exit status 3 when the seal does not hold, or an example is not in the release.

    Example: byline verify ex_0123456789abcdef0123456789abcdef
    """
    voice = Voice(as_json=as_json)
    if directory is not None:
        if key is None:
            raise RefusedError(
                "a release alone proves nothing: whose log vouches for it?",
                advice=f"give the log's public key with --key (its {VERIFIER_FILE})",
            )
        sealed = open_release(directory, verifiers=[read_verifier(key)])
    else:
        with session(config, voice=voice, writes=False) as opened:
            sealed = opened.open_release(release)
    away = sealed.away
    if away is not None:
        voice.line(f"{away.refuse(sealed.id)}; manifest in the log, {sealed.tree.size:,} leaves "
                   f"under root {sealed.root}, no row to compare them with")  # fmt: skip
    rows = 0 if away else sum(1 for split in sealed.manifest["splits"] for _ in sealed.rows(split))
    if away is None:
        voice.line(f"{sealed.id}: manifest in the log, {rows:,} rows under root {sealed.root}")
    answers = [membership(sealed, example) for example in examples or []]
    for answer in answers:
        word = "in" if answer.is_included else "NOT in"
        voice.line(f"{answer.example}: {word} {sealed.id}, proof checked")
    voice.result(
        {
            "schema": "byline/verify/1",
            "release": sealed.id,
            "root": sealed.root,
            "rows": rows,
            "away": away.state if away else None,
            "examples": {answer.example: answer.is_included for answer in answers},
        }
    )
    absent = [answer.example for answer in answers if not answer.is_included]
    if absent:
        raise RefusedError(f"{len(absent)} of {len(answers)} examples are not in {sealed.id}")


def log(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Check the transparency log from its first entry, and list what it holds.

    Example: byline log
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        [verifier] = opened.verifiers()
        report = check(opened.layout.log, verifier=verifier)
        entries = [parse_canonical(entry) for entry in transparency_log.entries(opened.layout.log)]
        rows = [
            (number, entry.get("type", ""), entry.get("model") or entry.get("release", ""))
            for number, entry in enumerate(entries)
            if isinstance(entry, dict)
        ]
        voice.table(f"Log of {verifier.name}", ("index", "type", "of"), rows)
        voice.line(f"{report.checkpoint.size} entries, root {report.checkpoint.root.hex()}: sound")
        voice.result(
            {
                "schema": "byline/log/1",
                "origin": verifier.name,
                "size": report.checkpoint.size,
                "root": report.checkpoint.root.hex(),
                "entries": entries,
            }
        )
