"""Issues of trackers that only Perceval brings: Bugzilla (both interfaces), Phabricator, Redmine.

Bugzilla's older interface is XML that Perceval turned into lists of ``{"__text__"}``; it is first
put into the form of the REST interface, so that both are read by the same lines. Keys:
``bugzilla:12``, ``phabricator:T12``, ``redmine:12``.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from byline.work.exports import integer, record, records, text_of, when
from byline.work.issues.assembling import Change, Issue, reading_of
from byline.work.items import Link, Part, Problem, Reading, Source
from byline.work.perceval.envelope import Fetched

CLOSED: Final = frozenset({"resolved", "verified", "closed"})
LONGEST_STATE: Final = 120


def bugzilla_bug(one: Fetched, *, source: Source, file: str) -> Iterator[Reading]:
    """A bug of Bugzilla, of either interface; comment 0 is its description."""
    bug = _from_xml(one.data) if isinstance(one.data.get("bug_id"), list) else one.data
    number = integer(bug.get("id"))
    if number is None:
        yield no_key(file, one)
        return
    product = text_of(bug.get("product"))
    opened, status = when(bug.get("creation_time")), text_of(bug.get("status"))
    creator = _bugzilla_person(bug.get("creator"), bug.get("creator_detail"))
    title = text_of(bug.get("summary"))
    saying = [Part("title", "title", title, time=opened, **creator)]
    for place, comment in enumerate(records(bug.get("comments"))):
        text = text_of(comment.get("text"))
        native = "description" if place == 0 else str(integer(comment.get("id")) or f"c{place}")
        who = _bugzilla_person(comment.get("creator"), None)
        kind = "comment" if place else "description"
        time = when(comment.get("time")) or when(comment.get("creation_time"))
        if text:
            saying.append(Part(kind, native, text, time=time, **who))
    yield reading_of(
        Issue(
            key=f"bugzilla:{number}",
            project=product,
            file=file,
            title=title,
            number=number,
            closed=status.lower() in CLOSED,
            opened=opened,
            priority=text_of(bug.get("priority")) or None,
            severity=text_of(bug.get("severity")) or None,
            labels=[text_of(word) for word in bug.get("keywords") or () if text_of(word)],
            milestone=text_of(bug.get("target_milestone")) or None,
            resolution=text_of(bug.get("resolution")) or None,
            assignees=int(bool(text_of(bug.get("assigned_to")))),
            saying=saying,
            changes=list(_bugzilla_changes(bug)),
            links=list(_bugzilla_links(bug)),
        ),
        source=source,
        system="bugzilla",
    )


def _bugzilla_person(address: Any, detail: Any) -> dict[str, Any]:
    account = text_of(address)
    known = record(detail)
    email = text_of(known.get("email")) or (account if "@" in account else "")
    name = text_of(known.get("real_name"))
    return {"account": account or None, "email": email or None, "name": name or None}


def _bugzilla_changes(bug: Mapping[str, Any]) -> Iterator[Change]:
    for number, entry in enumerate(records(bug.get("history"))):
        who = _bugzilla_person(entry.get("who"), None)
        for place, change in enumerate(records(entry.get("changes"))):
            field, after = text_of(change.get("field_name")), text_of(change.get("added"))
            before = text_of(change.get("removed")).lower()
            kind = ""
            if field in ("status", "bug_status", "Status"):
                ends, ended = after.lower() in CLOSED, before in CLOSED
                kind = "closed" if ends and not ended else "reopened" if ended and not ends else ""
            told = field.lower() in ("status", "bug_status", "resolution", "priority", "severity")
            state = f"{field}: {after}" if told else field
            yield Change(
                state[:LONGEST_STATE], f"history-{number}-{place}", when(entry.get("when")),
                kind=kind, **who,
            )  # fmt: skip


def _bugzilla_links(bug: Mapping[str, Any]) -> Iterator[Link]:
    other = integer(bug.get("dupe_of"))
    if other is not None:
        yield Link("duplicates", f"bugzilla:{other}", "dupe_of")
    for field, kind in (("regressed_by", "caused_by"), ("depends_on", "mentions"),
                        ("blocks", "mentions"), ("see_also", "")):  # fmt: skip
        values = bug.get(field)
        for value in values if kind and isinstance(values, list) else ():
            number = integer(value)
            if number is not None:
                yield Link(kind, f"bugzilla:{number}", field)


def _from_xml(data: Mapping[str, Any]) -> dict[str, Any]:
    """A bug of the XML interface in the form of the REST interface."""
    comments = [
        {
            "id": _inner(one, "commentid"),
            "text": _inner(one, "thetext"),
            "creator": _inner(one, "who"),
            "time": _inner(one, "bug_when"),
        }
        for one in records(data.get("long_desc"))
    ]
    history = [
        {
            "who": one.get("Who"),
            "when": one.get("When"),
            "changes": [
                {"field_name": one.get("What"), "removed": one.get("Removed"),
                 "added": one.get("Added")}
            ],
        }
        for one in records(data.get("activity"))
    ]  # fmt: skip
    names = {"bug_status": "status", "short_desc": "summary", "bug_severity": "severity",
             "reporter": "creator", "creation_ts": "creation_time", "bug_id": "id",
             "dup_id": "dupe_of"}  # fmt: skip
    plain = {names.get(name, name): _inner(data, name) for name in data}
    return {**plain, "comments": comments, "history": history, "keywords": []}


def _inner(data: Mapping[str, Any], name: str) -> Any:
    inside = records(data.get(name))
    return inside[0].get("__text__") if inside else None


def phabricator_task(one: Fetched, *, source: Source, file: str) -> Iterator[Reading]:
    """A task of Phabricator (Maniphest) with its transactions."""
    number, fields = integer(one.data.get("id")), record(one.data.get("fields"))
    if number is None:
        yield no_key(file, one)
        return
    author, opened = _user(fields), when(fields.get("dateCreated"))
    title = text_of(fields.get("name"))
    saying = [Part("title", "title", title, time=opened, **author)]
    body = fields.get("description")
    text = text_of(record(body).get("raw")) or text_of(body)
    if text:
        saying.append(Part("description", "description", text, time=opened, **author))
    changes = []
    for place, each in enumerate(records(one.data.get("transactions"))):
        who, time = _user(each), when(each.get("dateCreated"))
        native = text_of(each.get("transactionPHID")) or f"transaction-{place}"
        kind = text_of(each.get("transactionType")) or text_of(each.get("type"))
        said = text_of(each.get("comments"))
        if said:
            saying.append(Part("comment", native, said, time=time, **who))
        elif kind:
            changes.append(Change(kind[:LONGEST_STATE], native, time, **who))
    status = text_of(record(fields.get("status")).get("value"))
    projects = [text_of(each.get("name")) for each in records(one.data.get("projects"))]
    yield reading_of(
        Issue(
            key=f"phabricator:T{number}",
            project=projects[0] if projects else "",
            file=file,
            title=title,
            number=number,
            closed=status not in ("", "open", "stalled", "progress"),
            opened=opened,
            closed_at=when(fields.get("dateClosed")),
            priority=text_of(record(fields.get("priority")).get("name")) or None,
            labels=[name for name in projects if name],
            resolution=status or None,
            assignees=int(isinstance(fields.get("ownerData"), dict)),
            saying=saying,
            changes=changes,
        ),
        source=source,
        system="phabricator",
    )


def _user(of: Mapping[str, Any]) -> dict[str, Any]:
    """Who wrote it, as Perceval found; else by the id that Phabricator gives."""
    known = record(of.get("authorData"))
    account = text_of(known.get("userName")) or text_of(of.get("authorPHID"))
    return {"account": account or None, "name": text_of(known.get("realName")) or None}


def redmine_issue(one: Fetched, *, source: Source, file: str) -> Iterator[Reading]:
    """An issue of Redmine with its journals."""
    data = one.data
    number = integer(data.get("id"))
    if number is None:
        yield no_key(file, one)
        return
    author, opened = _redmine_person(data, "author"), when(data.get("created_on"))
    title = text_of(data.get("subject"))
    saying = [Part("title", "title", title, time=opened, **author)]
    text = text_of(data.get("description"))
    if text:
        saying.append(Part("description", "description", text, time=opened, **author))
    changes = []
    for place, entry in enumerate(records(data.get("journals"))):
        who, time = _redmine_person(entry, "user"), when(entry.get("created_on"))
        native = str(integer(entry.get("id")) or f"journal-{place}")
        said = text_of(entry.get("notes"))
        if said:
            saying.append(Part("comment", native, said, time=time, **who))
        for number_, change in enumerate(records(entry.get("details"))):
            state = text_of(change.get("name"))[:LONGEST_STATE]
            changes.append(Change(state or "changed", f"{native}-{number_}", time, **who))
    yield reading_of(
        Issue(
            key=f"redmine:{number}",
            project=text_of(record(data.get("project")).get("name")),
            file=file,
            title=title,
            number=number,
            closed=data.get("closed_on") is not None,
            opened=opened,
            closed_at=when(data.get("closed_on")),
            type=text_of(record(data.get("tracker")).get("name")) or None,
            priority=text_of(record(data.get("priority")).get("name")) or None,
            resolution=text_of(record(data.get("status")).get("name")) or None,
            assignees=int(isinstance(data.get("assigned_to"), dict)),
            saying=saying,
            changes=changes,
        ),
        source=source,
        system="redmine",
    )


def _redmine_person(data: Mapping[str, Any], field: str) -> dict[str, Any]:
    known, more = record(data.get(field)), record(data.get(f"{field}_data"))
    account = text_of(more.get("login")) or (
        "" if known.get("id") is None else str(integer(known.get("id")) or "")
    )
    email, name = text_of(more.get("mail")), text_of(known.get("name"))
    return {"account": account or None, "name": name or None, "email": email or None}


def no_key(file: str, one: Fetched) -> Reading:
    """A problem: an item that does not say which it is."""
    said = f"an item of {one.backend} without its number"
    return Reading(problems=(Problem(file, one.uuid[:80], "no_key", said),))
