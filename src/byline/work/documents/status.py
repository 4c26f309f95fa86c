"""The state of a decision, its date, and what it supersedes, from front matter, fields or sections.

Spellings are those of MADR 1 to 4, adr-tools (which writes "Superceded by"), log4brains, PEPs and
KEPs. A status that names several states at once, as templates do, is none.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

STATES: Final = {
    "accepted": "accepted approved active final implemented implementable decided done agreed"
    " adopted"
    " ratified completed",
    "proposed": "proposed draft provisional pending proposal wip rfc",
    "rejected": "rejected declined withdrawn abandoned cancelled canceled refused",
    "deprecated": "deprecated obsolete retired removed",
    "superseded": "superseded superceded replaced supersed",
}
STATE_OF: Final = {word: state for state, words in STATES.items() for word in words.split()}
ISO_DATE: Final = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")
WORD: Final = re.compile(r"[A-Za-z]+")
RELATION: Final = re.compile(
    r"\b(?P<verb>super[sc]ed(?:e[sd]?|ing)|replaces?d?|obsoletes?d?)[ -]?(?P<by>by)?\b",
    re.IGNORECASE,
)
HREF: Final = re.compile(
    r"\]\((?P<md><[^<>]{1,400}>|[^()\s]{1,400})|`[^`<>]{0,300}<(?P<rst>[^<>]{1,400})>`_|(?:link"
    r"|xref):(?P<adoc>[^\[\s]{1,400})\["
    r"|href=[\"'](?P<html>[^\"']{1,400})[\"']|<<(?P<xref>[^<>,]{1,400})"
)
NUMBER: Final = re.compile(
    r"\b(?:ADR|RFC|PEP|KEP|DR|decision|record)?[\s_#-]{0,3}0*(\d{1,5})\b", re.IGNORECASE
)
FILE_NUMBER: Final = re.compile(
    r"(?:^|/)(?:adr|rfc|pep|kep|dr|decision)?[-_ ]?0*(\d{1,5})(?=[-_. ][^/]*$)", re.IGNORECASE
)
FILE_NAME: Final = re.compile(r"\b[\w-]{1,120}\.(?:md|rst|adoc|html?|txt)\b")


@dataclass(frozen=True)
class Related:
    """Another record that a line names: ``supersedes`` or ``superseded_by``, and its path."""

    kind: str
    path: str


def state_in(text: str) -> str | None:
    """The state that a status line says; None for none, or for several as in a template."""
    bare = text.strip().strip("\"'*_`")
    if "{" in bare or "|" in bare:
        return None
    words = [word.lower() for word in WORD.findall(bare[:200])]
    first = next((STATE_OF[word] for word in words if word in STATE_OF), None)
    negated = any(word in ("not", "never") for word in words[:3])
    return None if negated else first


def date_in(text: str) -> str | None:
    """The first ISO date of a text, as it stands there, or None."""
    match = ISO_DATE.search(text[:1_000])
    valid = match and 1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31
    return match[0] if match and valid else None


def file_number(path: str) -> int | None:
    """The number that a record's file name begins with, or None."""
    match = FILE_NUMBER.search(path)
    return int(match[1]) if match else None


def numbers_of(paths: Sequence[str]) -> dict[tuple[str, int], str]:
    """The one path of each (folder, number); a number that several files have leads nowhere."""
    found: dict[tuple[str, int], list[str]] = {}
    for path in paths:
        number = file_number(path)
        if number is not None:
            found.setdefault((posixpath.dirname(path), number), []).append(path)
    return {key: paths[0] for key, paths in found.items() if len(paths) == 1}


def related_in(
    line: str, path: str, *, paths: frozenset[str], numbers: Mapping[tuple[str, int], str]
) -> list[Related]:
    """What a line says that this record supersedes, or is superseded by.

    Args:
        line: One line.
        path: The record's own path.
        paths: Every path that a link can lead to.
        numbers: From `numbers_of`.
    """
    relations = list(RELATION.finditer(line[:2_000]))
    found: list[Related] = []
    for place, match in enumerate(relations):
        end = relations[place + 1].start() if place + 1 < len(relations) else len(line)
        kind = "superseded_by" if _passive(match) else "supersedes"
        found += [
            Related(kind, one) for one in targets(line[match.end() : end], path, paths, numbers)
        ]
    return found


def targets(
    text: str, path: str, paths: frozenset[str], numbers: Mapping[tuple[str, int], str]
) -> list[str]:
    """The paths of the records that a text names: by link, by file name, or else by number."""
    folder = posixpath.dirname(path)
    linked = [
        resolved(next(filter(None, m.groups())), folder, paths) for m in HREF.finditer(text[:4_000])
    ]
    named = [resolved(m[0], folder, paths) for m in FILE_NAME.finditer(text[:4_000])]
    found = [one for one in (*linked, *named) if one is not None and one != path]
    if not linked and not named:  # a number beside a link that leads nowhere is no better
        counted = [numbers.get((folder, int(m[1]))) for m in NUMBER.finditer(text[:1_000])]
        found = [one for one in counted if one is not None and one != path][:8]
    return list(dict.fromkeys(found))


def resolved(href: str, folder: str, paths: frozenset[str]) -> str | None:
    """The path in the repository that a relative link leads to, or None."""
    target = unquote(href.strip("<>").partition("#")[0])
    if not target or "://" in target or target.startswith(("mailto:", "//")):
        return None
    joined = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    found = posixpath.normpath(joined)
    return found if found in paths else None


def _passive(match: re.Match[str]) -> bool:
    """Whether it is "superseded by X" or "replaced by X"; "Superseded: X" of a field is, too."""
    return match["by"] is not None or match["verb"].lower().endswith("ed")
