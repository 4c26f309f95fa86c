"""Between the configured sources and their records: the capture manifest and the switch."""

from collections.abc import Mapping
from typing import Any

from byline.cli.session import Session
from byline.cli.voice import Voice
from byline.errors import CaptureError, PausedError
from byline.release.intake import Intake
from byline.work.capture import Manifest
from byline.work.capture_manifest import read_manifest
from byline.workspace.config import Config
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger
from byline.workspace.switch import TRAINING, Scope, Switch

REFUSED = "capture refused"  # the verb of the ledger's events that say what was not declared


def configured_manifest(config: Config) -> Manifest | None:
    """The capture manifest, or None where none is configured.

    Raises:
        CaptureError: It is not the published one, or is gone: nothing is captured.
        ConfigError: It is no manifest.
    """
    given = config.capture
    if given.manifest is None:
        if given.sha256 is not None:
            raise CaptureError(
                "[capture] has the `sha256` of a manifest and no `manifest`: nothing is captured",
                advice="name the published manifest, or take both keys out",
            )
        return None
    return read_manifest(config.at(given.manifest), sha256=given.sha256)


def manifest_of(session: Session) -> Manifest | None:
    """The capture manifest, read once a session."""
    return session.once("capture manifest", lambda: configured_manifest(session.config))


def switch_of(session: Session) -> Switch:
    """The switch that this session asks."""
    return session.once("switch", lambda: Switch(session.ledger))


def intake_of(session: Session) -> Intake:
    """How this session takes records in."""
    return session.once("intake", lambda: _intake(session))


def _intake(session: Session) -> Intake:
    switch = switch_of(session)
    last: dict[str, str | int] = {}  # that this run accepted, of whatever source

    def ask(source: str, number: int, record: str) -> None:
        if number:
            last.update(source=source, number=number, record=record)
        switch.ask(Scope("source", source), stopped=last)

    def accepted(source: str, number: int, record: str) -> None:
        last.update(source=source, number=number, record=record)
        manifest = manifest_of(session)
        fact = {"source": source, "number": number, "record": record,
                "manifest": manifest.sha256 if manifest else ""}  # fmt: skip
        append(session.ledger, ledger.ACCEPTED, fact)

    def refused(source: str, error: CaptureError) -> None:
        fact = {"verb": REFUSED, "subject": source, "detail": {"undeclared": str(error)}}
        known = rows(session.ledger, ledger.EVENTS, verb=REFUSED, subject=source)
        if not known or known[-1]["detail"] != fact["detail"]:
            append(session.ledger, ledger.EVENTS, fact)

    return Intake(manifest_of(session), ask, accepted, refused)


def training_asked(session: Session) -> PausedError | None:
    """Why training must not go on, or None; for `byline.models.loop`."""
    return switch_of(session).asked(TRAINING)


def check_training(session: Session) -> None:
    """Stop before training that is paused.

    Raises:
        PausedError: It is.
    """
    switch_of(session).ask(TRAINING)


def training_stopped(session: Session, error: PausedError) -> None:
    """Record where training stopped."""
    switch_of(session).stop(error)


def stopped_words(stopped: Mapping[str, str | int]) -> str:
    """Where something stopped, in words."""
    if "checkpoint_sha256" in stopped:
        return f"training stopped after step {stopped['step']}"
    if "source" in stopped:
        where = f"{stopped['number']} of {stopped['source']} ({stopped['record']})"
        return f"the last that was accepted is record {where}"
    return "that run had not accepted anything"


def show_last_accepted(voice: Voice, last: Mapping[str, Mapping[str, Any]]) -> None:
    """The last record that was accepted of each source, as a table."""
    voice.table(
        "Last accepted",
        ("source", "number", "record"),
        [(name, one["number"], one["record"]) for name, one in last.items()],
    )
