"""Issues of GitLab: the connectors' layout, and plain REST answers in any files.

Read are ``{"issue", "discussions", "resource_state_events", "resource_label_events"}`` (see
`byline.fetch`), and, recognised by what they hold and put together by number: issues, notes of
issues (``noteable_type``) and discussions. Fields: https://docs.gitlab.com/api/issues/,
https://docs.gitlab.com/api/discussions/, https://docs.gitlab.com/api/resource_state_events/.

Notes that GitLab itself wrote (``system``) are events; what they say is not a person's text, so it
is the event's state, cut short, and not its text. One of them, ``changed the description``, dates
the edits of the description; where neither it nor ``last_edited_at`` is there, nothing is known of
edits. A confidential or internal note is a comment that says so in ``detail.internal``: whether it
may be used is decided elsewhere.

Links that GitLab recorded, in ``links`` (``/issues/:iid/links``) and ``closed_by``
(``/issues/:iid/closed_by``) where the export has them: ``blocks`` and ``relates_to`` are mentions,
a merge request that closes the issue is ``closes`` with evidence ``closed_by``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from byline.work.exports import integer, record, records, text_of, when
from byline.work.issues.apart import together
from byline.work.issues.assembling import Change, Issue, description_of, reading_of
from byline.work.issues.beside import objects_beside
from byline.work.issues.gitlab_notes import earlier_titles, last_titled, links_told, note_changes
from byline.work.issues.gitlab_people import account_of, person_of
from byline.work.items import Link, Part, Problem, Reading, Source
from byline.work.spool import Spool

SYSTEM: Final = "gitlab"
LAYOUT: Final = re.compile(r"(?:^|/)(?P<project>[^/]+(?:/[^/]+)+)/issues/\d+\.json$")
PAGE: Final = re.compile(
    r"^https?://[^/]+/(?P<project>[\w./-]+?)/(?:-/)?(?:issues|work_items|incidents)/\d+"
)  # before 2019 without the dash
REQUEST: Final = frozenset({"source_branch", "target_branch", "merge_status", "merged_at"})
REFERENCE: Final = re.compile(r"(?P<project>[\w./-]+)[#!]\d+")
LONGEST_STATE: Final = 120
LINK_TYPES: Final = {"blocks": "mentions", "is_blocked_by": "mentions", "relates_to": "mentions"}


def read_gitlab_issues(source: Source) -> Iterator[Reading]:
    """The issues of an export.

    Raises:
        InputError: There is nothing at the source's path.
    """
    with Spool() as apart:
        for one in objects_beside(source):
            if isinstance(one, Problem):
                yield Reading(problems=(one,))
            elif isinstance(one.value.get("issue"), dict):
                yield from gitlab_issue(one.value, source=source, file=one.file)
            else:
                _keep(apart, one.value, one.file)
        for whole in together(apart, main="issue"):
            if "issue" in whole.parts:
                payload = {
                    "issue": whole.parts["issue"][-1],
                    "discussions": whole.parts.get("discussion", []),
                }
                yield from gitlab_issue(payload, source=source, file=whole.file)


def _keep(apart: Spool, value: Mapping[str, Any], file: str) -> None:
    notes = records(value.get("notes"))
    if notes and notes[0].get("noteable_type") == "Issue":
        apart.add(_place(notes[0]), "discussion", value, file=file)
    elif value.get("noteable_type") == "Issue":
        apart.add(_place(value), "discussion", {"notes": [value]}, file=file)
    elif is_issue(value):
        place = f"{integer(value.get('project_id'))}#{integer(value.get('iid'))}"
        apart.add(place, "issue", value, file=file)


def _place(note: Mapping[str, Any]) -> str:
    return f"{integer(note.get('project_id'))}#{integer(note.get('noteable_iid'))}"


def is_issue(value: Mapping[str, Any]) -> bool:
    """Whether an object is an issue of the REST API, and no merge request."""
    known = integer(value.get("iid")) is not None and "title" in value
    other = "merge_requests/" in text_of(value.get("web_url")) or REQUEST & value.keys()
    return known and "description" in value and not other


def gitlab_issue(payload: Mapping[str, Any], *, source: Source, file: str) -> Iterator[Reading]:
    """The reading of ``{"issue", "discussions", "resource_state_events", …}``."""
    issue = record(payload.get("issue"))
    number, project = integer(issue.get("iid")), project_of(issue, file)
    if number is None or number < 1 or not project:
        problem = Problem(file, "issue", "no_key", "it does not say its number and project")
        yield Reading(problems=(problem,))
        return
    layout = LAYOUT.search(file)
    placed = layout["project"] if layout else project
    discussions = records(payload.get("discussions"))
    notes = [note for one in discussions for note in records(one.get("notes"))]
    changes = [*_states(payload), *_labels(payload), *note_changes(notes, payload)]
    changes += earlier_titles(issue, notes)
    yield reading_of(
        Issue(
            key=f"gitlab:{project}#{number}",
            project=project,
            file=file,
            title=text_of(issue.get("title")),
            number=number,
            aliases=() if placed == project else (f"gitlab:{placed}#{number}",),
            closed=issue.get("state") == "closed",
            opened=when(issue.get("created_at")),
            closed_at=when(issue.get("closed_at")),
            type=_type(issue),
            severity=_severity(issue),
            labels=_names(issue.get("labels")),
            milestone=text_of(record(issue.get("milestone")).get("title")) or None,
            resolution="duplicate" if _duplicate_of(issue) else None,
            assignees=len(records(issue.get("assignees"))),
            saying=[*_own(issue, notes), *_comments(discussions)],
            changes=changes,
            described=_described(issue, notes),
            links=list(_links(payload, notes, project=project, source=source)),
        ),
        source=source,
        system=SYSTEM,
    )


def project_of(issue: Mapping[str, Any], file: str = "") -> str | None:
    """``group/name`` of an issue, as its address says, else as its place in the layout does."""
    page = PAGE.search(text_of(issue.get("web_url")))
    if page:
        return page["project"]
    full = REFERENCE.fullmatch(text_of(record(issue.get("references")).get("full")))
    if full:
        return full["project"]
    layout = LAYOUT.search(file)
    return layout["project"] if layout else None


def _type(issue: Mapping[str, Any]) -> str | None:
    """``incident``, ``task``, ``test_case``; plain issues have no type of GitLab's own."""
    told = (text_of(issue.get("issue_type")) or text_of(issue.get("type"))).lower()
    return None if told in ("", "issue") else told


def _severity(issue: Mapping[str, Any]) -> str | None:
    told = text_of(issue.get("severity"))
    return None if told in ("", "UNKNOWN") else told.lower()


def _names(labels: Any) -> list[str]:
    if not isinstance(labels, list):
        return []
    names = [text_of(one.get("name") if isinstance(one, dict) else one) for one in labels]
    return [name for name in names if name]


def _own(issue: Mapping[str, Any], notes: Sequence[Mapping[str, Any]]) -> list[Part]:
    opened, author = when(issue.get("created_at")), person_of(issue.get("author"))
    titled = last_titled(notes)
    by, since = (titled.get("author"), when(titled.get("created_at"))) if titled else (None, None)
    who = person_of(by) if titled else author
    title = text_of(issue.get("title"))
    editors = {account_of(note.get("author")) for note in notes if _edits_description(note)}
    if isinstance(issue.get("last_edited_by"), dict):
        editors.add(account_of(issue["last_edited_by"]))
    return [
        Part("title", "title", title, time=since if titled else opened, **who),
        *description_of(
            text_of(issue.get("description")),
            by=author,
            time=opened,
            edits=_described(issue, notes),
            editors=editors,
        ),
    ]


def _edits_description(note: Mapping[str, Any]) -> bool:
    said = text_of(note.get("body"))
    return note.get("system") is True and said.startswith("changed the description")


def _described(
    issue: Mapping[str, Any], notes: Sequence[Mapping[str, Any]]
) -> list[datetime] | None:
    """When the description was edited; None where neither the issue nor its notes would say."""
    told = "last_edited_at" in issue or any(note.get("system") is True for note in notes)
    if not told:
        return None
    times = [when(note.get("created_at")) for note in notes if _edits_description(note)]
    return sorted({one for one in [when(issue.get("last_edited_at")), *times] if one})


def _comments(discussions: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    for number, discussion in enumerate(discussions):
        notes = [one for one in records(discussion.get("notes")) if one.get("system") is not True]
        thread = text_of(discussion.get("id")) or f"discussion-{number}"
        first: str | None = None
        for place, note in enumerate(notes):
            native = str(integer(note.get("id")) or f"note-{number}-{place}")
            text = text_of(note.get("body"))
            internal = note.get("internal") is True or note.get("confidential") is True
            if text:
                yield Part(
                    "comment",
                    native,
                    text,
                    time=when(note.get("created_at")),
                    reply_to=first,
                    thread=thread,
                    state=_resolved(note),
                    detail={"internal": True} if internal else None,
                    **person_of(note.get("author")),
                )
            first = first or native


def _resolved(note: Mapping[str, Any]) -> str | None:
    if note.get("resolvable") is not True:
        return None
    return "resolved" if note.get("resolved") is True else "unresolved"


def _states(payload: Mapping[str, Any]) -> Iterator[Change]:
    for number, event in enumerate(records(payload.get("resource_state_events"))):
        state = text_of(event.get("state"))
        native = f"state-{integer(event.get('id')) or f'at-{number}'}"
        time = when(event.get("created_at"))
        kind = state if state in ("closed", "reopened") else ""
        yield Change(state[:LONGEST_STATE], native, time, kind=kind, **person_of(event.get("user")))


def _labels(payload: Mapping[str, Any]) -> Iterator[Change]:
    for number, event in enumerate(records(payload.get("resource_label_events"))):
        what = "label" if event.get("action") == "add" else "unlabel"
        state = f"{what}: {text_of(record(event.get('label')).get('name'))}"[:LONGEST_STATE]
        native = f"label-{integer(event.get('id')) or f'at-{number}'}"
        yield Change(state, native, when(event.get("created_at")), **person_of(event.get("user")))


def _duplicate_of(issue: Mapping[str, Any]) -> bool:
    return bool(text_of(record(issue.get("_links")).get("closed_as_duplicate_of")))


def _links(
    payload: Mapping[str, Any], notes: Sequence[Mapping[str, Any]], *, project: str, source: Source
) -> Iterator[Link]:
    for other in records(payload.get("closed_by")):
        full = text_of(record(other.get("references")).get("full"))
        if REFERENCE.fullmatch(full):
            yield Link("closes", f"gitlab:{full}", "closed_by")
    for other in records(payload.get("links")):
        there, number = project_of(other), integer(other.get("iid"))
        kind = LINK_TYPES.get(text_of(other.get("link_type")))
        if kind and there and number is not None:
            yield Link(kind, f"gitlab:{there}#{number}", f"links: {other['link_type']}")
    for note in notes:
        if note.get("system") is True:
            yield from links_told(text_of(note.get("body"))[:1000], project=project, source=source)
