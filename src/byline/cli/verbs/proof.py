"""`release` and `verify`: what was used, sealed, and how anyone checks it."""

from pathlib import Path
from typing import Annotated

import typer

from byline.answers.under_hold import readable
from byline.cli import steps
from byline.cli.attesting import release_is_attested
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
from byline.cli.recomputing import (
    check_tables,
    recomputed_elsewhere,
    recomputed_here,
    refuse_differences,
    tell,
)
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.engine.executor import LocalExecutor
from byline.errors import RefusedError
from byline.release.explain import explain as explained
from byline.release.logbook import VERIFIER_FILE, read_verifiers
from byline.release.seal import membership, open_release
from byline.workspace.ledger import releases


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(release)
    app.command()(verify)


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
                "seal_sha256": sealed.seal.sha256 if sealed.seal else None,
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
    again: Annotated[
        bool,
        typer.Option(
            "--recompute", help="Make all trees of the seal anew from the rows, as an auditor does."
        ),
    ] = False,
    salt: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The release's salt (64 digits, as in bundles), for --recompute with --directory.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a release against its seal and the log; prove examples in it, or not in it.

    Exit status 3 when the seal does not hold, or an example is not in the release.

    Example: byline verify ex_0123456789abcdef0123456789abcdef
    """
    voice = Voice(as_json=as_json)
    made = None
    if directory is not None:
        if key is None:
            raise RefusedError(
                "a release alone proves nothing: whose log vouches for it?",
                advice=f"give the log's public key with --key (its {VERIFIER_FILE})",
            )
        verifiers = read_verifiers(key)
        sealed = open_release(directory, verifiers=verifiers)
        if again:
            with LocalExecutor() as executor:
                made = recomputed_elsewhere(sealed, salt, executor=executor, voice=voice)
    else:
        with session(config, voice=voice, writes=False) as opened:
            verifiers, sealed = opened.verifiers(), opened.open_release(release)
            if again:
                made = recomputed_here(opened, sealed, voice=voice)
    away = sealed.away
    if away is not None:
        voice.line(f"{away.refuse(sealed.id)}; manifest in the log, {sealed.tree.size:,} leaves "
                   f"under root {sealed.root}, no row to compare them with")  # fmt: skip
    rows = 0 if away else sum(1 for split in sealed.manifest["splits"] for _ in sealed.rows(split))
    if away is None:
        voice.line(f"{sealed.id}: manifest in the log, {rows:,} rows under root {sealed.root}")
    told = tell(voice, sealed, made) if made is not None else None
    if made is not None:
        refuse_differences(sealed, made)
    sizes = check_tables(sealed, voice=voice)
    is_attested = release_is_attested(sealed, verifiers)
    if is_attested:
        voice.line(f"{sealed.id}: its attestation says how it was made, signed with the log's key")
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
            "seal": {"sha256": sealed.seal.sha256, **sizes} if sealed.seal else None,
            "recomputed": told,
            "attested": is_attested,
            "examples": {answer.example: answer.is_included for answer in answers},
        }
    )
    absent = [answer.example for answer in answers if not answer.is_included]
    if absent:
        raise RefusedError(f"{len(absent)} of {len(answers)} examples are not in {sealed.id}")
