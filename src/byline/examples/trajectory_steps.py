"""The steps of a recorded trace as turns: cleaned, each with what of it may be learned.

Actions are learned: commands, calls, thoughts, an assistant's messages, cells. What tools printed
and what a person asked is context. A step that was a mistake stays as context and is not learned
(SWE-Lego), nor is context that the trace only repeats. Of a human's shell session that leaves the
commands .
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.draft import Turn
from byline.examples.pieces import Piece, cut, joined

ACTIONS: Final = frozenset({"command", "tool_call", "cell"})
OBSERVATIONS: Final = frozenset({"output", "tool_result"})
KINDS: Final = {
    "command": "action", "tool_call": "action", "cell": "action", "output": "observation",
    "tool_result": "observation", "thought": "thought",
}  # fmt: skip
DESTRUCTIVE: Final = re.compile(
    r"\brm\s+(?:-[a-zA-Z]+\s+)*-?[a-zA-Z]*[rf][a-zA-Z]*\s+(?:--no-preserve-root\s+)?[\"']?"
    r"(?:/|~|\$HOME|\*)(?:[\"'\s]|$|\*)|\bmkfs\b|\bdd\b[^\n|;&]{0,200}?\bof=/dev/"
    r"|\bgit\s+push\b[^\n;&|]{0,200}?(?:--force(?!-with-lease)|\s-f\b)|:\(\)\s*\{\s*:\|"
    r"|(?i:\bdrop\s+(?:database|schema|table)\b|\btruncate\s+table\b)"
    r"|\bchmod\s+-R\s+777\s+/|\bterraform\s+destroy\b|\bkubectl\s+delete\s+(?:ns|namespace|pvc?)\b"
    r"|\b(?:shutdown|reboot|halt|poweroff)\b\s*(?:-|now|$)|>\s*/dev/(?:sd|nvme)"
)
SAME: Final = "[the same output as before]\n"
SHORTEST_REPEAT: Final = 200  # characters


@dataclass(frozen=True)
class Step:
    """One part of a trace, or several of one kind that follow each other.

    Attributes:
        kind: Of the part.
        detail: Of the first part.
        pieces: What it says, clean.
        origin: human | ai | tool, or None where nothing says.
    """

    kind: str
    detail: Mapping[str, Any]
    pieces: tuple[Piece, ...]
    origin: str | None

    @property
    def is_action(self) -> bool:
        """Whether something was done."""
        return self.kind in ACTIONS

    @property
    def learned(self) -> bool:
        """Whether it is something to learn: not a mistake, not repeated, not an observation."""
        if self.detail.get("error") or self.detail.get("copied_context"):
            return False
        said_by_model = self.kind == "message" and self.detail.get("role") == "assistant"
        return self.is_action or self.kind == "thought" or said_by_model


def shortened(pieces: Sequence[Piece], *, head: int, tail: int) -> list[Piece]:
    """The beginning and the end of a long observation, in characters, at the ends of lines."""
    text = joined(pieces)
    if len(text) <= head + tail:
        return list(pieces)
    first = text.rfind("\n", 0, head) + 1 or head
    last = text.find("\n", len(text) - tail) + 1 or len(text) - tail
    mark = Piece(f"[… {last - first} characters left out …]\n")
    return [*cut(pieces, 0, first), mark, *cut(pieces, last, len(text))]


def without_repeats(steps: Sequence[Step]) -> list[Step]:
    """The steps; a long observation that was there before says so instead."""
    seen: set[str] = set()
    kept: list[Step] = []
    for step in steps:
        text = joined(step.pieces)
        if step.kind in OBSERVATIONS and len(text) >= SHORTEST_REPEAT:
            if text in seen:
                step = Step(step.kind, step.detail, (Piece(SAME),), step.origin)  # noqa: PLW2901
            seen.add(text)
        kept.append(step)
    return kept


def merged(steps: Sequence[Step]) -> list[Step]:
    """The steps, with cells of one role that follow each other without output as one."""
    kept: list[Step] = []
    for step in steps:
        last = kept[-1] if kept else None
        if last is not None and _joins(last, step):
            between = () if joined(last.pieces).endswith("\n") else (Piece("\n"),)
            pieces = (*last.pieces, *between, *step.pieces)
            kept[-1] = Step(last.kind, last.detail, pieces, last.origin)
        else:
            kept.append(step)
    return kept


def _joins(last: Step, step: Step) -> bool:
    same = ("role", "error", "copied_context")
    return last.kind == step.kind == "cell" and all(
        last.detail.get(name) == step.detail.get(name) for name in same
    )


def turn_of(step: Step, *, masked: bool) -> Turn:
    """A step as a turn.

    Args:
        step: The step.
        masked: Whether only actions and thoughts are learned; else everything is.
    """
    learn = float(step.learned) if masked else 1.0
    role = step.detail.get("role")
    if step.kind in OBSERVATIONS:
        return Turn("tool", "observation", step.pieces, learn=learn, heading="Output")
    if step.kind == "message" and role != "assistant":
        if role == "system":
            return Turn("system", "context", step.pieces, learn=learn, heading="System")
        return Turn("user", "intent", step.pieces, learn=learn, heading="Task")
    kind = KINDS.get(step.kind, "message")
    return Turn("assistant", kind, step.pieces, learn=learn, heading=_heading(step))


def _heading(step: Step) -> str:
    if step.kind == "cell":
        return "Cell" if step.detail.get("role") == "code" else "Note"
    if step.kind == "tool_call":
        return "Call"
    return "Command" if step.kind == "command" else step.kind.capitalize()


def recap(steps: Sequence[Step], *, most: int = 40, longest: int = 160) -> Iterator[Piece]:
    """What was done before, an action a line, by whoever did it."""
    done = [step for step in steps if step.is_action]
    yield Piece("Earlier in this session:\n")
    if len(done) > most:
        yield Piece(f"({len(done) - most} actions before these)\n")
    for step in done[-most:]:
        first = joined(step.pieces).partition("\n")[0]
        yield Piece("- ")
        yield from cut(step.pieces, 0, min(len(first), longest))
        yield Piece("\n")


def destructive(steps: Sequence[Step]) -> int:
    """How many actions may destroy what is not theirs."""
    return sum(
        1 for step in steps if step.is_action and DESTRUCTIVE.search(joined(step.pieces)[:20_000])
    )
