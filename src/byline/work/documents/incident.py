"""A postmortem as structure: which lines say what, and nothing of them.

The keys of `detail_of`:

``markup``, ``title``, ``status``  as of a decision (`byline.work.documents.decision`)
``id``                 such as ``INC-1042``, or None
``severity``           such as ``sev1``, or None
``service``            reference to the line that names it, or None
``date``, ``detected``, ``resolved``  ISO dates or times as recorded, or None
``summary``, ``impact``, ``signals``, ``root_cause``, ``trigger``, ``mitigation``  references
``timeline``           ``{"t": time of day or ISO time, "actor": None, "act": reference}``, in order
``action_items``       references, one an item
``category``           one of `CATEGORIES` where the document itself names it, else None
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from byline.work.documents.blocks import BULLET, Passage, Reference, entries, fields, rows, whole
from byline.work.documents.status import date_in

SEVERITY: Final = re.compile(r"\b(?:(sev|p|s)[ -]?|severity\s*[:#|-]?\s*)([0-5])\b", re.IGNORECASE)
WORDS: Final = re.compile(r"\b(critical|major|minor|high|medium|low)\b", re.IGNORECASE)
IDENTITY: Final = re.compile(r"\b((?:INC|INCIDENT|PM|OUTAGE|ISR)-\d{1,8})\b", re.IGNORECASE)
KEY: Final = re.compile(r"\b([A-Z][A-Z0-9]{1,9}-\d{1,8})\b")
TIME: Final = re.compile(
    r"[\s|*_`\[(-]{0,8}(?P<t>(?:(?:19|20)\d\d-\d\d-\d\d[T"
    r" ])?[0-2]?\d:[0-5]\d(?::[0-5]\d)?)(?P<zone>Z\b|\s?UTC\b)?"
)
ISO: Final = re.compile(
    r"\b(?:19|20)\d\d-\d\d-\d\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
CATEGORIES: Final = (
    "configuration", "code", "capacity", "dependency", "deployment", "network", "hardware", "data",
    "security", "process", "monitoring", "certificate",
)  # fmt: skip
PLURAL: Final = ("summary", "impact", "root_cause", "trigger", "mitigation")


def detail_of(passages: Sequence[Passage], markup: str, path: str) -> dict[str, Any]:
    """The structure of one postmortem; see the module for its keys."""
    known = _fields(passages)
    detected = _value(known, "detected", "detected at", "start", "start time", "started")
    resolved = _value(known, "resolved", "resolved at", "end", "end time", "mitigated", "ended")
    return {
        "markup": markup,
        "title": _title(passages),
        "status": None,
        "id": identity(
            path,
            [line for p in passages[:2] for line in p.lines[:3]],
            _value(known, "incident", "incident id", "id"),
        ),
        "severity": _severity(known, passages),
        "service": _service(known),
        "date": date_in(_value(known, "date", "incident date")) or date_in(path),
        "detected": _moment(detected),
        "resolved": _moment(resolved),
        **{name: _all(passages, name) for name in PLURAL},
        "signals": _all(passages, "signals") + _all(passages, "detection"),
        "timeline": [one for p in passages if p.role == "timeline" for one in _timeline(p)],
        "action_items": [p.refer(*span) for p in passages if p.role == "action_items"
                         for span in entries(p)],
        "category": _category(_value(known, "category", "root cause category", "cause category")),
    }  # fmt: skip


def identity(path: str, lines: Sequence[str], field: str = "") -> str | None:
    """The incident's own id, from its path, its first lines or the field that names it."""
    found = (IDENTITY.search(one[:400]) for one in (path, *lines))
    match = next(filter(None, found), None) or KEY.search(field[:400])
    return match[1].upper() if match else None


def _all(passages: Sequence[Passage], role: str) -> list[Reference]:
    return [one for passage in passages if passage.role == role for one in whole(passage)]


def _title(passages: Sequence[Passage]) -> Reference | None:
    first = next((one for one in passages if one.section.level), None)
    if first is None:
        return None
    return first.refer(first.section.start, max(first.section.start, first.section.body - 1))


def _fields(passages: Sequence[Passage]) -> dict[str, tuple[Passage, int, str]]:
    found: dict[str, tuple[Passage, int, str]] = {}
    for passage in passages[:6]:
        for name, (number, value) in fields(passage.text_lines).items():
            found.setdefault(name, (passage, number, value))
    return found


def _value(known: Mapping[str, tuple[Passage, int, str]], *names: str) -> str:
    return next((known[name][2] for name in names if name in known), "")


def _moment(value: str) -> str | None:
    match = ISO.search(value[:400]) or TIME.match(value[:400])
    return match[0].strip() if match else None


def _severity(
    known: Mapping[str, tuple[Passage, int, str]], passages: Sequence[Passage]
) -> str | None:
    said = [_value(known, "severity", "severity level", "priority", "incident severity", "sev")]
    said += [line[:400] for p in passages if p.role == "severity" for _, line in p.text_lines]
    for value in said:
        match = SEVERITY.search(f"severity {value}") if value else None
        word = WORDS.search(value)
        if match:
            return f"{'p' if (match[1] or '').lower() == 'p' else 'sev'}{match[2]}"
        if word:
            return word[1].lower()
    return None


def _service(known: Mapping[str, tuple[Passage, int, str]]) -> Reference | None:
    names = ("service", "services", "affected service", "affected services", "service affected",
             "system", "component", "services impacted")  # fmt: skip
    found = next((known[name] for name in names if name in known), None)
    return found[0].refer(found[1], found[1]) if found else None


def _category(value: str) -> str | None:
    bare = value.lower()
    return next((one for one in CATEGORIES if one in bare), None)


def _timeline(passage: Passage) -> list[dict[str, Any]]:
    """Each entry that begins with a time; what follows without one belongs to it."""
    table = rows(passage)
    numbered = [pair for pair in passage.text_lines if not table or pair[0] in set(table)]
    found: list[tuple[str, list[int]]] = []
    for number, line in numbered:
        match = TIME.match(BULLET.sub("", line[:400], count=1))
        if match:
            found.append((match["t"] + ("Z" if match["zone"] else ""), [number, number]))
        elif found and line.strip():
            found[-1][1][1] = number
    return [{"t": t, "actor": None, "act": passage.refer(*span)} for t, span in found]
