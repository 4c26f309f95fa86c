"""What the labels of an issue say: its type, priority and severity, and whether it is an incident.

Labels are written in many ways; these are read (whatever the case): ``bug``, ``type: bug``,
``type::bug`` (GitLab's scoped ones), ``kind/bug``, ``priority/high``, ``P1``, ``sev-1``, ``S2``,
``severity::2``, ``service: billing``, ``incident``. Nothing is guessed from other words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SCOPED: Final = re.compile(
    r"(type|kind|category|priority|prio|severity|sev|service|component|area)\s*(?:::|[:/=])\s*(.+)",
    re.IGNORECASE,
)
PRIORITY: Final = re.compile(r"p(?:rio(?:rity)?)?[- ]?([0-5])", re.IGNORECASE)
SEVERITY: Final = re.compile(r"s(?:ev(?:erity)?)?[- ]?([0-5])", re.IGNORECASE)
MEANING: Final = {
    "kind": "type", "category": "type", "prio": "priority", "sev": "severity",
    "component": "service", "area": "service",
}  # fmt: skip
TYPES: Final = {
    "bug": "bug", "defect": "bug", "regression": "bug", "crash": "bug",
    "feature": "feature", "feature request": "feature", "feature-request": "feature",
    "enhancement": "feature", "improvement": "feature",
    "incident": "incident", "outage": "incident",
    "documentation": "documentation", "docs": "documentation", "question": "question",
    "support": "question", "task": "task", "chore": "task", "epic": "epic",
    "security": "security", "performance": "performance", "test": "test",
    "refactoring": "refactoring",
}  # fmt: skip
INCIDENT: Final = "incident"


@dataclass(frozen=True)
class Facts:
    """What labels say; the first one of each sort counts.

    Attributes:
        type: bug | feature | incident | … of `TYPES`, or the scoped word as it is.
        priority: As written in the label, or ``P1`` as ``1``.
        severity: Likewise.
        service: What a label names as service, component or area.
    """

    type: str | None = None
    priority: str | None = None
    severity: str | None = None
    service: str | None = None

    @property
    def incident(self) -> bool:
        """Whether the type says that it is an incident."""
        return self.type == INCIDENT


def facts_of(labels: Iterable[str], *, type_: str | None = None) -> Facts:
    """What the labels say; a recorded type comes before any label."""
    labels = list(labels)
    found: dict[str, str] = {}
    if type_:
        found["type"] = type_name(type_)
    for label in labels:
        text = label.strip()[:200]
        scoped = SCOPED.fullmatch(text)
        if scoped:
            name = scoped[1].lower()
            name = MEANING.get(name, name)
            value = type_name(scoped[2]) if name == "type" else scoped[2].strip()
            found.setdefault(name, value)
        elif matched := PRIORITY.fullmatch(text):
            found.setdefault("priority", matched[1])
        elif matched := SEVERITY.fullmatch(text):
            found.setdefault("severity", matched[1])
        elif text.lower() in TYPES:
            found.setdefault("type", TYPES[text.lower()])
    if any(TYPES.get(label.strip().lower()) == INCIDENT for label in labels):
        found["type"] = INCIDENT
    return Facts(**found)


def type_name(text: str) -> str:
    """A type in the words of `TYPES`, where they have it; else as it is."""
    plain = text.strip().lower()
    return TYPES.get(plain, plain[:80])
