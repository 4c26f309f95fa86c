"""`capture`: what may be taken from each source, proposed for review and checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from byline.cli.intake import configured_manifest, show_last_accepted, stopped_words
from byline.cli.options import HERE, ConfigOption, JsonOption
from byline.cli.session import Session, session, verifiers_from
from byline.cli.voice import Voice
from byline.errors import CaptureError, InputError, RefusedError, UsageError
from byline.release.sources import source_of
from byline.work.capture import Manifest, check_source, unused
from byline.work.capture_fields import PathError
from byline.work.capture_proposal import Proposal, manifest_text, propose
from byline.workspace.config import Source
from byline.workspace.files import sha256_file, write_text
from byline.workspace.pause_receipt import check_pause_receipt

PROPOSAL = Path("terms/capture.toml")
capture = typer.Typer(
    no_args_is_help=True, help="What may be taken from each source: propose it, check it."
)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(capture, name="capture")


@capture.command()
def declare(
    config: ConfigOption = HERE,
    source: Annotated[
        str | None, typer.Option("--source", help="Only this source, and no repository.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="The file; default: terms/capture.toml.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write down every field that the sources have, as a manifest for people to review.

    Example: byline capture declare --into terms/capture-proposed.toml
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        place = opened.config.at(into or PROPOSAL)
        if place.exists() and not replace:
            raise UsageError(
                f"{place} is there already",
                advice="name another file with --into and compare, or give --replace",
            )
        proposals = [_proposed(opened, one) for one in _chosen(opened, source)]
        repositories = [] if source else [one.name for one in opened.config.repositories]
        write_text(place, manifest_text(repositories, proposals))
        digest = sha256_file(place)
        _tell(opened, proposals, place, digest)
        refused = {one.source: one.refused for one in proposals if one.refused}
        voice.result(
            {
                "schema": "byline/capture-declare/1",
                "file": str(place),
                "sha256": digest,
                "sources": [one.source for one in proposals],
                "refused": refused,
            }
        )
        if refused:
            name, fields = next(iter(refused.items()))
            raise RefusedError(
                f"source {name!r} holds telemetry of people, {fields[0]!r}, which cannot be "
                "declared: such an export is never read",
                advice="take the field out where the export is made",
            )


def _chosen(opened: Session, source: str | None) -> list[Source]:
    known = list(opened.config.sources)
    chosen = [one for one in known if source in (None, one.name)]
    if source is not None and not chosen:
        names = ", ".join(one.name for one in known)
        raise UsageError(f"no source is named {source!r}", advice=f"known: {names or 'none'}")
    return chosen


def _proposed(opened: Session, one: Source) -> Proposal:
    opened.voice.say(f"reading {one.name}")
    try:
        return propose(source_of(one, opened.config))
    except PathError as error:
        raise InputError(
            f"source {one.name!r} cannot be declared: {error}",
            advice="declare its maps by hand, with `*` for the key",
        ) from error


def _tell(opened: Session, proposals: list[Proposal], place: Path, digest: str) -> None:
    rows = []
    for one in proposals:
        paths = [one.paths(form) for form in one.forms]
        rows.append(
            (one.source, ", ".join(sorted(one.forms)), ", ".join(sorted(one.kinds)),
             sum(len(read) for read, _ in paths), sum(len(ignored) for _, ignored in paths),
             ", ".join(one.refused))
        )  # fmt: skip
    opened.voice.table(
        "Proposed", ("source", "forms", "kinds", "read", "ignored", "cannot be declared"), rows
    )
    opened.voice.line(f"manifest  {place}")
    opened.voice.line(f"sha256    {digest}")
    opened.voice.line(
        "Review it, write each purpose in words, publish it; then set `manifest` and its new "
        "`sha256` in [capture]."
    )


@dataclass(frozen=True)
class _Found:
    """What was found of one source or repository."""

    name: str
    records: int | None
    error: CaptureError | None


@capture.command()
def check(config: ConfigOption = HERE, as_json: JsonOption = False) -> None:
    """Check every record of every source against the manifest; nothing is taken.

    Example: byline capture check
    """
    voice = Voice(as_json=as_json)
    with session(config, voice=voice, writes=False) as opened:
        manifest = configured_manifest(opened.config)
        if manifest is None:
            raise UsageError(
                "no capture manifest is configured",
                advice="`byline capture declare` proposes one; set `manifest` and `sha256` in "
                "[capture]",
            )
        found = [*_repositories(opened, manifest), *_sources(opened, manifest)]
        voice.table(
            "Capture",
            ("source", "records", "undeclared"),
            [(one.name, one.records, str(one.error or "")) for one in found],
        )
        idle = unused([one.name for one in found], manifest)
        if idle:
            voice.say(f"declared, and configured nowhere: {', '.join(idle)}")
        voice.result(
            {
                "schema": "byline/capture-check/1",
                "manifest_sha256": manifest.sha256,
                "sources": [
                    {"source": one.name, "records": one.records,
                     "undeclared": str(one.error) if one.error else None}
                    for one in found
                ],
                "unused": idle,
            }
        )  # fmt: skip
        stopped = [one for one in found if one.error is not None]
        if stopped:
            first = stopped[0].error
            raise RefusedError(
                f"{len(stopped)} of {len(found)} would be stopped: {first}",
                advice=first.advice if first else "",
            )


@capture.command()
def receipt(
    file: Annotated[Path, typer.Argument(help="The receipt that `byline pause` wrote.")],
    key: Annotated[
        Path | None, typer.Option(help="The log's public key; default: this workspace's.")
    ] = None,
    config: ConfigOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Check the receipt of a pause with the log's public key, and say what it says.

    Example: byline capture receipt pause_0123456789abcdef.note --key byline-log.vkey
    """
    voice = Voice(as_json=as_json)
    verifiers = verifiers_from(key, config, voice=voice)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    body = check_pause_receipt(data, verifiers=verifiers)
    rows = [(name, str(body[name])) for name in ("pause", "at", "state", "answered", "note")]
    rows += [("stopped", stopped_words(body["stopped"])), ("scope", body["scope"]["what"])]
    voice.table("Receipt", ("what", "value"), rows)
    show_last_accepted(voice, body["last_accepted"])
    voice.result({**body, "schema": "byline/capture-receipt/1"})


def _repositories(opened: Session, manifest: Manifest) -> list[_Found]:
    found = []
    for one in opened.config.repositories:
        try:
            manifest.check_repository(one.name)
            found.append(_Found(one.name, None, None))
        except CaptureError as error:
            found.append(_Found(one.name, None, error))
    return found


def _sources(opened: Session, manifest: Manifest) -> list[_Found]:
    found = []
    for one in opened.config.sources:
        try:
            declared = manifest.source(one.name, one.system)
            records = check_source(source_of(one, opened.config), declared)
            found.append(_Found(one.name, records, None))
        except CaptureError as error:
            found.append(_Found(one.name, None, error))
    return found
