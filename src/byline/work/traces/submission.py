"""The engineer's own word that a trace is submitted: ``<file>.byline.toml`` beside it (law 10).

::

    submitted_by = "ada@example.org"   # or an account
    submitted = 2026-03-04T10:00:00Z
    reviewed = true                    # I have looked through it, and may submit it
    repository = "ledger"              # optional, like all that follows
    links = ["github:acme/ledger#41"]
    outcome = "resolved"               # or unresolved
    prompt = '^ada> '                  # RE2, of a terminal with a prompt of its own

Without ``submitted_by`` and ``reviewed = true`` a trace is not even opened.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import re2

from byline.work.builds.fields import moment, storable, text_of
from byline.work.builds.folder import UnreadableError, read_bytes

ENDING: Final = ".byline.toml"
LARGEST: Final = 64 << 10  # bytes
MOST_LINKS: Final = 50
RESOLVED: Final = frozenset({"resolved", "passed", "merged", "committed", "done", "fixed"})
UNRESOLVED: Final = frozenset({"unresolved", "failed", "failing", "abandoned", "given_up"})


@dataclass(frozen=True)
class Submission:
    """What a submission record says.

    Attributes:
        by: The account or address of whoever submitted it.
        when: When, UTC, or None.
        state: ``resolved``, ``unresolved`` or None.
    """

    by: str
    when: dt.datetime | None
    repository: str | None
    links: tuple[str, ...]
    outcome: str | None
    state: str | None
    prompt: str | None

    @property
    def is_address(self) -> bool:
        """Whether `by` is an address and no account."""
        return "@" in self.by.strip("@")


def submission_of(path: Path) -> Submission:
    """The submission record of a trace.

    Raises:
        UnreadableError: There is none, it cannot be read, or it does not submit the trace
            (``not_submitted``).
    """
    beside = path.with_name(path.name + ENDING)
    if beside.is_symlink() or not beside.is_file():
        raise UnreadableError("not_submitted", f"no submission record {beside.name} beside it")
    try:
        value = tomllib.loads(read_bytes(beside, max_bytes=LARGEST).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        words = f"its submission record cannot be read: {error}"
        raise UnreadableError("not_submitted", words) from error
    by = text_of(value, "submitted_by")
    if by is None or value.get("reviewed") is not True:
        raise UnreadableError(
            "not_submitted", "its submission record lacks submitted_by or reviewed = true"
        )
    outcome = (text_of(value, "outcome") or "").lower() or None
    return Submission(
        by=by,
        when=_time(value.get("submitted")),
        repository=text_of(value, "repository"),
        links=_links(value),
        outcome=outcome,
        state="resolved"
        if outcome in RESOLVED
        else "unresolved"
        if outcome in UNRESOLVED
        else None,
        prompt=_prompt(value),
    )


def _state(outcome: str | None) -> str | None:
    if outcome in RESOLVED:
        return "resolved"
    return "unresolved" if outcome in UNRESOLVED else None


def _time(value: Any) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        value = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return moment(value.isoformat())
    if isinstance(value, dt.date):
        return moment(f"{value.isoformat()}T00:00:00+00:00")
    return moment(value)


def _links(value: Mapping[str, Any]) -> tuple[str, ...]:
    links = value.get("links")
    known = [one for one in links if isinstance(one, str)] if isinstance(links, list) else []
    return tuple(storable(one) for one in known[:MOST_LINKS] if one.isprintable() and one)


def _prompt(value: Mapping[str, Any]) -> str | None:
    prompt = text_of(value, "prompt")
    if prompt is None:
        return None
    try:
        re2.compile(prompt)
    except re2.error as error:
        words = f"the prompt of its submission record is no pattern: {prompt[:60]!r}"
        raise UnreadableError("bad_prompt", words) from error
    return prompt
