"""One document as a `Reading`: its passages as parts, its structure as detail, its links."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from byline.work.documents import decision, incident
from byline.work.documents.blocks import Passage
from byline.work.documents.markup import plain_lines
from byline.work.documents.mentions import Known, links_of
from byline.work.documents.recognise import DocumentKind, kind_of
from byline.work.documents.roles import plain, role_of
from byline.work.documents.sections import Markup, Section, sections_of
from byline.work.documents.status import Related, file_number, related_in
from byline.work.items import Link, Part, Reading

NO_CAUSE: Final[frozenset[int]] = frozenset()
RELATED_LINES: Final = 40  # lines of a front matter or status in which relations are sought

INCIDENT_FIELD: Final = re.compile(
    r"(?i)[\s>|*_-]*incident(?:[ _-]?(?:id|key|number|report))?[*_\s]*[:|]"
)
"""A field that says which incident of a tracker a postmortem tells of."""


@dataclass(frozen=True)
class Place:
    """Where a document stands among the others.

    Attributes:
        path: Its own path, with slashes.
        key: Its key.
        key_of: The key of another path.
        paths: Every path that a link can lead to.
        numbers: The one path of each (folder, number).
        known: What else can be meant by its words.
    """

    path: str
    key: str
    key_of: Callable[[str], str]
    paths: frozenset[str]
    numbers: Mapping[tuple[str, int], str]
    known: Known


def passages_of(lines: Sequence[str], markup: Markup) -> list[Passage]:
    """The sections of a document with their roles.

    Raises:
        TooManySectionsError: It has too many.
    """
    seen = plain_lines(list(lines)) if markup == "html" else lines
    return [
        Passage(
            f"passage-{number}",
            one,
            lines[one.start - 1 : one.end],
            seen[one.start - 1 : one.end],
            _role(one),
        )
        for number, one in enumerate(sections_of(lines, markup), start=1)
    ]


def reading_of(
    lines: Sequence[str],
    markup: Markup,
    place: Place,
    *,
    part: Callable[[Passage], Sequence[Part]],
    only: frozenset[DocumentKind] | None = None,
) -> Reading | None:
    """A document as read, or None where its kind is not wanted.

    Args:
        lines: All its lines.
        markup: How it is written.
        place: Where it stands.
        part: The parts of one passage; the first must have the passage's native id.
        only: The kinds that are wanted; None for all.

    Raises:
        TooManySectionsError: It has too many sections.
    """
    passages = passages_of(lines, markup)
    kind = kind_of(place.path, passages)
    if only is not None and kind not in only:
        return None
    detail, aliases = _detail(kind, passages, markup, place.path)
    related = _related(passages, place) if kind in ("decision", "design") else []
    for name in ("supersedes", "superseded_by") if kind in ("decision", "design") else ():
        detail[name] = [place.key_of(one.path) for one in related if one.kind == name]
    return Reading(
        kind=kind,
        key=place.key,
        aliases=aliases,
        file=place.path,
        title=_title(passages, place.path),
        state=detail.get("status"),
        detail=detail,
        parts=[one for passage in passages for one in part(passage)],
        links=[*_relations(related, place), *_links(kind, passages, place, aliases)],
    )


def plain_part(passage: Passage) -> Part:
    """A passage as a part without an author.

    Its detail: ``level`` of the heading (0: none), ``body``, the first line of the part that is
    not the heading's, counted from 1, and ``role``.
    """
    section = passage.section
    return Part(
        kind="passage",
        native=passage.native,
        text="".join(passage.raw),
        start=section.start,
        end=section.end,
        detail={"level": section.level, "body": section.body - section.start + 1,
                "role": passage.role},
    )  # fmt: skip


def timed(reading: Reading, latest: datetime | None) -> Reading:
    """The reading with the latest time of its lines in its detail."""
    if latest is None:
        return reading
    return replace(reading, detail={**reading.detail, "latest": latest.isoformat()})


def _role(section: Section) -> str | None:
    return role_of(section.name) if section.name else None


def _title(passages: Sequence[Passage], path: str) -> str:
    named = next((one.section.name for one in passages if one.section.name), "")
    return plain(named)[:400] or path


def _detail(
    kind: DocumentKind, passages: Sequence[Passage], markup: Markup, path: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    if kind in ("decision", "design"):
        return {**decision.detail_of(passages, markup), "id": file_number(path)}, ()
    if kind == "incident":
        found = incident.detail_of(passages, markup, path)
        return found, (f"incident:{found['id']}",) if found["id"] else ()
    return {"markup": markup}, ()


def _related(passages: Sequence[Passage], place: Place) -> list[Related]:
    """Relations are believed only where records state them: front matter, status, further links."""
    found: list[Related] = []
    for number, passage in enumerate(passages):
        stating = number == 0 or passage.role in ("status", "more", "date") or number == 1
        body = 0 if number < 2 else passage.section.body - passage.section.start
        for line in passage.raw[body:][:RELATED_LINES] if stating else ():
            found += related_in(line, place.path, paths=place.paths, numbers=place.numbers)
        if passage.role in ("status", "more"):
            found += _below(passage, place)
    return list(dict.fromkeys(found))


def _below(passage: Passage, place: Place) -> list[Related]:
    """A heading such as "Superseded by" with the records listed below it."""
    heading = passage.section.name
    return [
        one
        for line in passage.raw[passage.section.body - passage.section.start :][:RELATED_LINES]
        for one in related_in(f"{heading} {line}", place.path, paths=place.paths,
                              numbers=place.numbers)
    ]  # fmt: skip


def _relations(related: Sequence[Related], place: Place) -> list[Link]:
    return [Link(one.kind, place.key_of(one.path), "status") for one in related]


def _links(
    kind: DocumentKind, passages: Sequence[Passage], place: Place, own: Sequence[str]
) -> list[Link]:
    """What a record speaks of.

    A plain document gets no links: an index or a list of changes names everything, and would make
    one group of all work. For the same reason records of one folder are linked only where one
    replaces the other.
    """
    if kind == "document":
        return []
    numbered = [
        (number, line)
        for passage in passages
        for number, line in enumerate(passage.raw, start=passage.section.start)
    ]
    causes = frozenset(
        number
        for passage in passages
        if kind == "incident" and passage.role in ("root_cause", "trigger", "summary")
        for number, _ in passage.text_lines
    )
    known = replace(place.known, folder=posixpath.dirname(place.path))
    meant = "mentions" if kind == "incident" else "decides"
    found = links_of(numbered, known, kind=meant, causes=causes)
    if kind == "incident":
        told = {f"line {number}" for number, line in numbered if INCIDENT_FIELD.match(line)}
        found = [replace(one, kind="follows") if one.evidence in told else one for one in found]
    return [one for one in found if one.target not in own and not _beside(one, kind, place)]


def _beside(link: Link, kind: DocumentKind, place: Place) -> bool:
    """Whether a link leads to the record itself, or to another of its folder."""
    if not link.target.startswith("doc:"):
        return False
    folder = posixpath.dirname(link.target) == posixpath.dirname(place.key)
    return link.target == place.key or (kind != "incident" and folder)
