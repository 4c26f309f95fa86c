"""`prove`: the file that lets a person check, without trusting anybody, what of theirs is used."""

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from byline.answers.bundle import Bundle, make_bundle
from byline.answers.bundle_files import VERIFIER, write_zip
from byline.answers.bundle_person import (
    addresses_of,
    bundle_name,
    git_questions,
    mirrors_naming,
    person_of,
    told_items,
)
from byline.answers.bundle_questions import Questions, read_questions
from byline.answers.identity import identity_of
from byline.cli import speaking, steps
from byline.cli.options import HERE, ConfigOption, JsonOption, QuietOption
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import UsageError
from byline.proof.logfiles import read_head
from byline.release.witnessed import policy_of
from byline.workspace.ledger import append, find_release, rows
from byline.workspace.ledger import tables as ledger

VERB = "prove"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(prove)


def prove(
    person: Annotated[
        str | None,
        typer.Argument(help="The person: id in the roster, address, or name in their commits."),
    ] = None,
    config: ConfigOption = HERE,
    release: Annotated[
        list[str] | None,
        typer.Option(help="Only this release, by id or its beginning; default: all in the log."),
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(help="What to answer beside: `python3 verify.py ask` makes it from a clone."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; default: in the workspace's proofs.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="A request for it that the person signed.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="Check a bundle instead, with the verifier inside Byline.")
    ] = None,
    repo: Annotated[
        list[Path] | None, typer.Option(help="With --check: a clone to check it against.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the bundles made so far.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make the file with which a person checks for themselves what of their work is in releases.

    It answers for every release in the log, with proofs and the verifier. See docs/verifying.md.

    Example: byline prove ha-101 --questions questions.json
    """
    voice = Voice(as_json=as_json, quiet=quiet)
    if check is not None:
        raise typer.Exit(_check(check, repo or [], as_json=as_json))
    if repo:
        raise UsageError(
            "--repo goes with --check", advice="`python3 verify.py ask` asks from a clone"
        )
    with session(config, voice=voice, writes=not listing) as opened:
        if listing:
            _list(opened)
            return
        if person is None:
            raise UsageError("whose bundle?", advice="byline prove PERSON")
        who = person_of(person, inputs=opened.inputs, decided=steps.decide_all(opened))
        if request is not None:
            kinds = ("statement",)
            asked = speaking.accepted_request(opened, request, kinds=kinds, person=who)
            append(opened.ledger, ledger.REQUESTS, asked.as_row())
        given = read_questions(questions) if questions else Questions(person=who)
        _hand(opened, _make(opened, who, given, release or []), out, given)


def _make(opened: Session, person: str, given: Questions, wanted: list[str]) -> Bundle:
    decided = steps.decide_all(opened)
    if given.person != person:
        raise UsageError(
            f"the questions are {given.person}'s, the bundle is {person}'s",
            advice="give `verify.py ask` the id that the organisation has for you: --me",
        )
    identity = identity_of(person, inputs=opened.inputs, decided=decided)
    addresses = addresses_of(identity)
    mirrors = mirrors_naming(person, decided, opened.layout.mirrors)
    own = git_questions(addresses, mirrors)
    told = told_items(person, steps.decide_work(opened), mirrors)
    _ = opened.signer  # the log now has the verifier that the bundle carries
    return make_bundle(
        person,
        addresses=addresses,
        questions=given.and_also(own.items.union(told), own.fingerprints),
        config=opened.config,
        layout=opened.layout,
        ledger=opened.ledger,
        made=dt.datetime.now(dt.UTC).date(),
        policy=policy_of(opened.config, opened.verifiers()),
        wanted=[find_release(opened.ledger, one)["release"] for one in wanted],
    )


def _hand(opened: Session, bundle: Bundle, out: Path | None, given: Questions) -> None:
    """Record that it is made, then write it, then say what is in it."""
    path = out or opened.layout.proofs / bundle_name(bundle.person, bundle.size)
    fact = {"verb": VERB, "subject": bundle.person, "detail": {
        "sha256": bundle.sha256, "log_size": bundle.size, "asked": given.is_asked,
        "releases": {one.release: one.claim for one in bundle.answers},
        "unanswered": [one.release for one in bundle.unanswered],
    }}  # fmt: skip
    append(opened.ledger, ledger.EVENTS, fact)
    write_zip(path, bundle.data)
    voice = opened.voice
    unknown = sorted({one.lower() for one in given.addresses} - set(bundle.addresses))
    for address in unknown:
        voice.say(
            f"note: {address} does not count as {bundle.person}'s here; the questions about its "
            "work are answered all the same"
        )
    voice.table(
        f"What the bundle says of {bundle.person}",
        ("release", "claim", "examples", "items", "texts found"),
        [(one.release, one.claim, one.examples, one.items, one.found) for one in bundle.answers],
    )
    waiting = read_head(opened.layout.log).size - bundle.size
    if waiting:
        voice.say(f"note: {waiting} entries that no quorum has cosigned yet are not in the bundle")
    for one in bundle.unanswered:
        voice.line(f"not answered  {one.release}: {one.reason}")
    voice.line(f"bundle  {path}")
    voice.line(f"on record: {bundle.person}'s work was looked up, bundle {bundle.sha256[:16]}")
    voice.result({**bundle.as_json(), "path": str(path), "unknown_addresses": unknown})


def _check(bundle: Path, clones: list[Path], *, as_json: bool) -> int:
    """Run the verifier of this Byline, never the one inside a bundle; its exit status."""
    command = [sys.executable, "-I", str(VERIFIER), str(bundle)]
    command += [word for clone in clones for word in ("--repo", str(clone))]
    command += ["--json"] if as_json else []
    return subprocess.run(command, check=False).returncode


def _list(opened: Session) -> None:
    """The bundles that were made, oldest first."""
    made: list[dict[str, Any]] = [
        {"person": row["subject"], "made": row["recorded"].isoformat(timespec="seconds"),
         "log_size": row["detail"]["log_size"], "sha256": row["detail"]["sha256"],
         "releases": row["detail"]["releases"]}
        for row in rows(opened.ledger, ledger.EVENTS, verb=VERB)
    ]  # fmt: skip
    opened.voice.table(
        "Bundles", ("made", "person", "log size", "bundle"),
        [(one["made"], one["person"], one["log_size"], one["sha256"][:16]) for one in made],
    )  # fmt: skip
    opened.voice.result({"schema": "byline/proofs/1", "bundles": made})
