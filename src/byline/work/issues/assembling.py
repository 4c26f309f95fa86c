"""What every issue has, made of what its system recorded: states, edits, incidents, unique ids.

The keys of `Reading.detail` of an issue, whatever its system:

========================  =======================================================================
number                    as its system counts, or None
project                   ``owner/name``, ``group/name``, ``PROJ``
type, priority, severity  of the system's fields, else of labels; or None
labels                    as written
milestone                 its title, or the release that it is for
reopened                  how often
resolution                as recorded: ``completed``, ``not_planned``, ``Fixed``, ``Duplicate``
assignees                 how many
edited                    how often the description was edited, where the export says, else None
hindsight_description     whether the description was edited after the issue was first closed
========================  =======================================================================

An incident has more, in the form of `byline.work.documents.incident`: ``id``, ``service``,
``detected`` and ``resolved`` (times), ``summary`` (references to lines of parts: ``{"part",
"start", "end"}``, counted from 1), ``timeline`` (``{"t", "actor": None, "act": reference}``, of its
comments in order), and the rest of its keys empty, for an issue does not say which lines are a
cause. Details hold structure and short names, never free text.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from byline.work.issues.labels import facts_of
from byline.work.issues.references import Home, links_of
from byline.work.items import Kind, Link, Part, Problem, Reading, Source

EMPTY = ("impact", "signals", "root_cause", "trigger", "mitigation", "action_items")
SAYING = ("title", "description", "comment")  # kinds of parts whose text refers to other items


@dataclass(frozen=True)
class Change:
    """One event of an issue's life.

    Attributes:
        state: What happened, in few words: ``closed: completed``, ``label: bug``.
        time: When, where it is known.
        account: Who did it.
        native: Its id in the export.
        kind: closed | reopened | described | "": what of it counts for the item.
        text: What it holds of text that somebody wrote, such as the title before.
        name: Of who did it.
        email: Likewise.
        origin: ``bot`` where the export says so.
    """

    state: str
    native: str
    time: datetime | None = None
    account: str | None = None
    kind: str = ""
    text: str = ""
    name: str | None = None
    email: str | None = None
    origin: str | None = None

    @property
    def part(self) -> Part:
        """The event as a part."""
        return Part(
            "event", self.native, self.text, account=self.account, name=self.name,
            email=self.email, origin=self.origin, time=self.time, state=self.state,
        )  # fmt: skip


@dataclass(frozen=True)
class Issue:
    """An issue as its system recorded it; `reading_of` makes the reading.

    Attributes:
        saying: Title, description and comments.
        changes: Its events.
        described: When the description was edited; None where the export does not say.
        links: Those that the system itself recorded.
    """

    key: str
    project: str
    file: str
    title: str
    number: int | None = None
    aliases: Sequence[str] = ()
    closed: bool = False
    opened: datetime | None = None
    closed_at: datetime | None = None
    type: str | None = None
    priority: str | None = None
    severity: str | None = None
    labels: Sequence[str] = ()
    milestone: str | None = None
    resolution: str | None = None
    assignees: int = 0
    saying: Sequence[Part] = ()
    changes: Sequence[Change] = ()
    described: Sequence[datetime] | None = None
    links: Sequence[Link] = ()
    problems: Sequence[Problem] = ()
    extra: dict[str, Any] = field(default_factory=dict)


def description_of(
    text: str,
    *,
    by: Mapping[str, Any],
    time: datetime | None,
    edits: Sequence[datetime] | None,
    editors: Collection[str | None],
) -> list[Part]:
    """The description as a part; none where there is no text.

    A text that somebody else edited, too, is by nobody whom one could name for all of it, and so
    the part has no account: nobody's terms let it through. Earlier texts of it, which some exports
    keep, are events of their own, by whoever wrote them.

    Args:
        text: As it is.
        by: Account, name and address of who opened the issue.
        time: When that was.
        edits: When it was edited.
        editors: Who edited it, as far as the export says; None for a deleted account.
    """
    if not text:
        return []
    named = sorted(one for one in editors if one)
    detail = {"edited": max(edits).isoformat(), "editors": named} if edits else None
    own = all(one is not None and one == by.get("account") for one in editors)
    who = by if own else {}
    return [Part("description", "description", text, time=time, detail=detail, **who)]


def reading_of(issue: Issue, *, source: Source, system: str) -> Reading:
    """The reading of an issue: an incident where its type or a label says so."""
    facts = facts_of(issue.labels, type_=issue.type)
    closings = sorted(one.time for one in issue.changes if one.kind == "closed" and one.time)
    first = min([*closings, *([issue.closed_at] if issue.closed_at else [])], default=None)
    closed = (issue.closed_at or (closings[-1] if closings else None)) if issue.closed else None
    parts, problems = _distinct([*issue.saying, *(one.part for one in issue.changes)], issue.file)
    described = issue.described
    detail: dict[str, Any] = {
        "number": issue.number,
        "project": issue.project,
        "type": facts.type,
        "priority": issue.priority or facts.priority,
        "severity": issue.severity or facts.severity,
        "labels": list(issue.labels),
        "milestone": issue.milestone,
        "reopened": sum(one.kind == "reopened" for one in issue.changes),
        "resolution": issue.resolution,
        "assignees": issue.assignees,
        "edited": None if described is None else len(described),
        "hindsight_description": first is not None and any(one > first for one in described or ()),
        **issue.extra,
    }
    kind: Kind = "incident" if facts.incident else "issue"
    if facts.incident:
        detail |= _incident(issue, parts, service=facts.service, resolved=closed)
    return Reading(
        kind=kind,
        key=issue.key,
        file=issue.file,
        title=issue.title,
        aliases=tuple(issue.aliases),
        repository=source.repository(issue.project),
        state="closed" if issue.closed else "open",
        opened=issue.opened,
        closed=closed,
        detail=detail,
        parts=parts,
        links=_links(issue, parts, system=system),
        problems=(*issue.problems, *problems),
    )


def _incident(
    issue: Issue, parts: Sequence[Part], *, service: str | None, resolved: datetime | None
) -> dict[str, Any]:
    said = [one for one in parts if one.kind == "comment"]
    return {
        "markup": None,
        "title": _reference(parts[0]) if parts else None,
        "status": None,
        "id": issue.key,
        "service": service,
        "date": None,
        "detected": _iso(issue.opened),
        "resolved": _iso(resolved),
        "summary": [_reference(one) for one in parts if one.kind == "description"],
        "timeline": [{"t": _iso(one.time), "actor": None, "act": _reference(one)} for one in said],
        "category": None,
        **{name: [] for name in EMPTY},
    }


def _reference(part: Part) -> dict[str, str | int]:
    return {"part": part.native, "start": 1, "end": max(1, len(part.text.splitlines()))}


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _links(issue: Issue, parts: Iterable[Part], *, system: str) -> list[Link]:
    """What the system recorded, and then what the texts say that it did not record."""
    recorded: dict[tuple[str, str], Link] = {}
    for link in issue.links:
        if link.target != issue.key:
            recorded.setdefault((link.kind, link.target), link)
    told = {link.target for link in recorded.values() if link.kind != "mentions"}
    said = links_of(
        [(one.native, one.text) for one in parts if one.kind in SAYING],
        home=Home(system, issue.project),
        own=issue.key,
    )
    for link in said:
        if link.kind != "mentions" or link.target not in told:
            recorded.setdefault((link.kind, link.target), link)
    return list(recorded.values())


def _distinct(parts: Iterable[Part], file: str) -> tuple[list[Part], list[Problem]]:
    """Parts in the order of time after title and description, each native id once.

    A part that is there twice, alike, is there once; one that differs gets a mark on its id. A
    part without a time stands after the one before it.
    """
    placed = list(parts)
    head = [one for one in placed if one.kind in ("title", "description")]
    rest = [one for one in placed if one.kind not in ("title", "description")]
    seen: dict[str, Part] = {}
    problems = []
    for one in [*head, *_in_time(rest)]:
        there = seen.get(one.native)
        if there is None:
            seen[one.native] = one
        elif there != one:
            native = f"{one.native}~{len(seen)}"
            while native in seen:
                native += "~"
            seen[native] = replace(one, native=native)
            problems.append(
                Problem(file, one.native, "repeated_id", "two different parts have this id")
            )
    return list(seen.values()), problems


def _in_time(parts: Sequence[Part]) -> list[Part]:
    keyed = []
    last: datetime | None = None
    for number, one in enumerate(parts):
        last = one.time or last
        keyed.append((last is not None, last.timestamp() if last else 0.0, number, one))
    return [one for *_, one in sorted(keyed, key=lambda key: key[:3])]
