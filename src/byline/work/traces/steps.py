"""The steps of a recorded trace, as parts: cleaned, bounded, and free of credentials.

Kinds: ``message`` (what somebody says), ``thought``, ``command`` (typed in a shell), ``tool_call``
(an agent's), ``output`` and ``tool_result`` (what came of them), ``cell`` (of a notebook),
``event`` (an edit, or the submission itself).

``detail`` of a part:

==================  ===============================================================================
``error``           whether it failed, or is what a failure printed
``cwd``             the working directory, or null
``exit``            exit status of a command, or null
``copied_context``  whether the trace says that it only repeats earlier context
``label``           what an action is for: locate, read, hypothesise, edit, run, verify, decide
``tool``            the tool that is called, or null
``call``            the call's id, the same in its result, or null
``role``            of a message: system, user or assistant; of a cell: code or markdown
``model``           the model that made it, or null
``cut``             characters that were left out of the middle of a long text
``redacted``        how many credentials were taken out
==================  ===============================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from byline.work.builds.fields import storable
from byline.work.builds.log_text import CONTROL, UNPRINTABLE
from byline.work.items import Part, Problem
from byline.work.traces.credentials import without_credentials
from byline.work.traces.purpose import purpose_of

LONGEST: Final = 256 << 10  # characters of one part; a longer one loses its middle
MOST_PARTS: Final = 50_000  # of one trace
Origin = Literal["human", "ai", "tool"]
ACTIONS: Final = frozenset({"command", "tool_call", "cell", "thought", "message"})


@dataclass
class Steps:
    """The parts of one trace as they are read, and what was wrong with it.

    Attributes:
        parts: In order.
        problems: (place, reason, explanation), not yet of a file.
        redacted: How many credentials were taken out.
    """

    parts: list[Part] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    redacted: int = 0
    full: bool = False

    def problem(self, place: str, reason: str, explanation: str) -> None:
        """Note what cannot be read, at most a hundred times."""
        if len(self.problems) < 100:
            self.problems.append((place, reason, explanation))

    def problems_of(self, file: str) -> list[Problem]:
        """The problems, of a file."""
        return [Problem(file, *one) for one in self.problems]

    def clean(self, text: str) -> tuple[str, int]:
        """A text without credentials and what no table can hold, and how many there were."""
        clean, count = without_credentials(storable(text[: 4 * LONGEST]))
        self.redacted += count
        return clean, count

    def add(
        self,
        kind: str,
        text: str,
        origin: Origin | None,
        *,
        time: datetime | None = None,
        model: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """A step; one without text is none.

        A model is no name of an author: what it wrote for an engineer has no account.

        Args:
            kind: As in the module.
            text: As recorded.
            origin: Who made it, where the trace says so.
            time: When.
            model: The model that made it.
            detail: What else is known; its keys stand over those that are found here.
        """
        if len(self.parts) >= MOST_PARTS:
            if not self.full:
                self.problem("", "too_many", f"more than {MOST_PARTS} steps; the rest is left out")
            self.full = True
            return
        shown, cut = _shortened(plain(text))
        clean, count = self.clean(shown)
        if not clean.strip():
            return
        given = detail or {}
        label = _label(kind, clean, given) if kind in ACTIONS else None
        self.parts.append(
            Part(
                kind=kind,
                native=f"{kind}-{len(self.parts) + 1}",
                text=clean,
                origin=origin,
                time=time,
                detail={
                    "error": False,
                    "label": label,
                    "model": model,
                    **given,
                    "redacted": count,
                    "cut": cut,
                },
            )
        )


@dataclass(frozen=True)
class Recorded:
    """What a reader found in one trace.

    Attributes:
        form: asciicast | swe-agent | atif | adp | spans | edits | notebook.
        steps: Its parts and problems.
        name: What distinguishes it from other traces of the same file; empty for the only one.
        title: A few words.
        project: What it says its repository is.
        opened: When it began.
        closed: When it ended.
        state: ``resolved`` or ``unresolved``, where it says so.
        detail: What only this form has.
    """

    form: str
    steps: Steps
    name: str = ""
    title: str = ""
    project: str | None = None
    opened: datetime | None = None
    closed: datetime | None = None
    state: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def _label(kind: str, text: str, detail: Mapping[str, Any]) -> str | None:
    note = kind == "cell" and detail.get("role") == "markdown"
    return purpose_of("note" if note else kind, text, str(detail.get("tool") or ""))


def plain(text: str) -> str:
    """A text without terminal control sequences; of overwritten lines what was last seen."""
    if "\x1b" in text:
        text = CONTROL.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        lines = text.split("\n")
        text = "\n".join(
            next((one for one in reversed(line.split("\r")) if one), "") if "\r" in line else line
            for line in lines
        )
    return UNPRINTABLE.sub("", text)


def _shortened(text: str) -> tuple[str, int]:
    """The text with its middle left out where it is too long, and how much that is."""
    if len(text) <= LONGEST:
        return text, 0
    half = LONGEST // 2
    cut = len(text) - 2 * half
    return f"{text[:half]}\n[… {cut} characters left out …]\n{text[-half:]}", cut
