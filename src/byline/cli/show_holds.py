"""Holds, what is sealed away and what is erased: checked as given, and shown to people."""

import datetime as dt
import difflib
from collections.abc import Collection
from typing import Any

from byline.cli import erasing, speaking
from byline.cli.gates import next_day_of_use
from byline.cli.session import Session
from byline.cli.voice import Voice
from byline.errors import UsageError
from byline.release.container import Sealing
from byline.release.erasure import Erased
from byline.terms.hold_records import custodian_of
from byline.terms.holds import Hold


def check_known(opened: Session, *, people: list[str], repositories: list[str]) -> None:
    """See that people are on the roster, and repositories in the configuration.

    Raises:
        UsageError: One is not.
    """
    known = {person.id for person in opened.inputs.directory.people}
    for person in people:
        if person not in known and not person.startswith("email:"):
            _unknown("person", person, known)
    config = opened.config
    names = {one.name for one in config.repositories} | {one.name for one in config.sources}
    for name in repositories:
        if name not in names:
            _unknown("repository or source", name, names)


def _unknown(what: str, word: str, known: Collection[str]) -> None:
    near = difflib.get_close_matches(word, sorted(known), n=1)
    raise UsageError(
        f"no {what} {word!r} is known",
        advice=f"did you mean {near[0]}?" if near else "look at the roster and byline.toml",
    )


def day_from(text: str | None, opened: Session) -> dt.date:
    """The day that something counts from; without one, so that it counts at the next release.

    Raises:
        UsageError: It is no date.
    """
    return speaking.day(text, "--at") or next_day_of_use(opened)


def show_sealed(voice: Voice, kept: Collection[Sealing]) -> None:
    """What is sealed away, as a table."""
    voice.table(
        "Sealed away",
        ("id", "what", "files", "bytes", "custodians", "can be opened"),
        [(one.id, one.subject, len(one.files), sum(file.bytes for file in one.files),
          ", ".join(one.custodians), "yes" if one.has_key else "destroyed") for one in kept],
    )  # fmt: skip


def show_plan(voice: Voice, steps: Collection[erasing.Step]) -> None:
    """What would be done, as a table."""
    voice.table(
        "What would be done (--do does it)",
        ("what", "which", "files", "how"),
        [(one.target.kind, one.target.subject, len(one.target.files), one.words)
         for one in steps],
    )  # fmt: skip


def show_done(voice: Voice, done: Collection[Erased]) -> None:
    """What was done, as a table."""
    voice.table(
        "Done, and read again",
        ("what", "which", "files", "bytes", "outcome"),
        [(one.kind, one.subject, one.files, one.bytes, one.outcome) for one in done],
    )  # fmt: skip


def show_not_erased(voice: Voice) -> None:
    """What no erasure reaches, as a table."""
    voice.table("Not erased", ("what", "why"), erasing.NOT_ERASED)


def plan_json(steps: Collection[erasing.Step]) -> list[dict[str, Any]]:
    """What would be done, as plain JSON values."""
    return [
        {"kind": one.target.kind, "subject": one.target.subject, "files": len(one.target.files),
         "holds": [each.id for each in one.holds]}
        for one in steps
    ]  # fmt: skip


def hold_json(one: Hold) -> dict[str, Any]:
    """A hold as plain JSON values."""
    return {
        "hold": one.id, "matter": one.matter, "people": list(one.people),
        "repositories": list(one.repositories), "custodian": custodian_of(one.custodian).name,
        "placed": one.placed.isoformat(),
        "released": one.released.isoformat() if one.released else None,
    }  # fmt: skip
