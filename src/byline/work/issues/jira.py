"""Issues of Jira: answers of its REST API (versions 2 and 3), and its CSV export (`jira_csv`).

Read are ``{"issues": […]}`` as ``/rest/api/*/search`` and ``/search/jql`` answer, and single
issues, with ``changelog``, ``fields.comment`` and ``fields.issuelinks`` as far as the export has
them. Bodies are ADF in version 3 and become plain text; the wiki text of version 2 stays as it is.

An issue is closed if its status is of the category ``done``, or, in exports without categories, if
it has a resolution. Closings and reopenings are told from the changelog: of each of its entries,
one at most. Earlier texts of title and description, which the changelog keeps, are events
``title: earlier`` and ``description: earlier``: each with its text, by who wrote that, when.

A moved issue has its earlier keys as aliases. Links have the kinds that their own words say (the
words of the direction that this issue is on): duplicates, caused_by, fixes, supersedes, implements,
reverts; all others are mentions, and so is the parent. Comments or changes that the answer left
out (`total` says there are more) are problems ``incomplete``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from byline.work.exports import integer, objects, record, records, text_of, when
from byline.work.issues.adf import adf_text
from byline.work.issues.assembling import Change, Issue, description_of, reading_of
from byline.work.issues.jira_csv import read_jira_csv
from byline.work.issues.jira_words import KEY, kind_of_link
from byline.work.issues.references import Home, references
from byline.work.items import Link, Part, Problem, Reading, Source

SYSTEM: Final = "jira"
DONE_NAMES: Final = frozenset({"done", "closed", "resolved"})
LONGEST_STATE: Final = 120
TEXTS: Final = {"summary": "title", "description": "description"}


def read_jira_issues(source: Source) -> Iterator[Reading]:
    """The issues of an export, of its JSON files and then of its CSV files.

    Raises:
        InputError: There is nothing at the source's path.
    """
    if not (source.path.is_file() and source.path.suffix.lower() == ".csv"):
        for one in objects(source):
            if isinstance(one, Problem):
                yield Reading(problems=(one,))
            else:
                yield from _answer(one.value, source=source, file=one.file)
    yield from read_jira_csv(source)


def _answer(value: Mapping[str, Any], *, source: Source, file: str) -> Iterator[Reading]:
    if isinstance(value.get("issues"), list):
        names = record(value.get("names"))
        for one in records(value["issues"]):
            yield from jira_issue(one, source=source, file=file, names=names)
    elif isinstance(value.get("fields"), dict):
        yield from jira_issue(value, source=source, file=file)
    else:
        problem = Problem(file, "", "not_an_issue", "neither an issue nor an answer of a search")
        yield Reading(problems=(problem,))


def jira_issue(
    issue: Mapping[str, Any],
    *,
    source: Source,
    file: str,
    names: Mapping[str, Any] | None = None,
) -> Iterator[Reading]:
    """The reading of one issue; `names` says what custom fields are called (``expand=names``)."""
    key, fields = text_of(issue.get("key")), record(issue.get("fields"))
    if not KEY.fullmatch(key):
        yield Reading(problems=(Problem(file, "key", "no_key", "it has no key such as PROJ-12"),))
        return
    life = _life(issue, fields)
    names = names or record(issue.get("names"))
    title, description = _own(fields, life)
    yield reading_of(
        Issue(
            key=f"jira:{key}",
            project=key.rpartition("-")[0],
            file=file,
            title=title.text,
            number=int(key.rpartition("-")[2]),
            aliases=[f"jira:{one}" for one in life.keys if one != key],
            closed=_closed(fields),
            opened=when(fields.get("created")),
            closed_at=when(fields.get("resolutiondate")),
            type=_name(fields.get("issuetype")),
            priority=_name(fields.get("priority")),
            severity=_custom(fields, names, "severity"),
            labels=_strings(fields.get("labels")),
            milestone=next(iter(_names(fields.get("fixVersions"))), None),
            resolution=_name(fields.get("resolution")),
            assignees=int(isinstance(fields.get("assignee"), dict)),
            saying=[title, *description, *_comments(fields)],
            changes=life.changes,
            described=life.described,
            links=list(_links(issue, fields)),
            problems=list(_incomplete(issue, fields, file, key)),
            extra={"components": _names(fields.get("components"))},
        ),
        source=source,
        system=SYSTEM,
    )


def person_of(user: Any) -> dict[str, Any]:
    """Account, name, address and origin: of Cloud by ``accountId``, of a server by ``name``."""
    who = record(user)
    account = text_of(who.get("accountId")) or text_of(who.get("name")) or text_of(who.get("key"))
    return {
        "account": account or None,
        "name": text_of(who.get("displayName")) or None,
        "email": text_of(who.get("emailAddress")) or None,
        "origin": "bot" if who.get("accountType") == "app" else None,
    }


@dataclass(frozen=True)
class _Life:
    """What the changelog tells."""

    changes: Sequence[Change]
    described: Sequence[datetime] | None
    keys: Sequence[str]
    titled: tuple[Any, datetime | None]  # who gave the title as it is, and when
    editors: Collection[str | None]


def _life(issue: Mapping[str, Any], fields: Mapping[str, Any]) -> _Life:
    log = record(issue.get("changelog"))
    histories = [*records(log.get("histories")), *records(log.get("values"))]
    histories.sort(key=lambda one: _seconds(one.get("created")))
    made = (fields.get("reporter"), when(fields.get("created")))
    written = {"summary": made, "description": made}
    done = DONE_NAMES | (
        {(_name(fields.get("status")) or "").lower()} if _closed(fields) else set()
    )
    changes: list[Change] = []
    keys: list[str] = []
    described: list[datetime] = []
    editors: list[str | None] = []
    for number, entry in enumerate(histories):
        native = f"history-{text_of(entry.get('id')) or f'at-{number}'}"
        time, counted = when(entry.get("created")), False
        for place, item in enumerate(records(entry.get("items"))):
            field, before = text_of(item.get("field")), text_of(item.get("fromString"))
            one = f"{native}-{place}"
            if field in TEXTS and before:
                by, since = written[field]
                state = f"{TEXTS[field]}: earlier"
                changes.append(Change(state, f"{one}-text", since, text=before, **person_of(by)))
            if field in TEXTS:
                written[field] = (entry.get("author"), time)
            if field == "description" and time:
                described.append(time)
                editors.append(person_of(entry.get("author"))["account"])
            if field == "Key" and KEY.fullmatch(before):
                keys.append(before)
            kind = "" if counted else _turn(item, done)
            counted = counted or bool(kind)
            changes.append(
                Change(_state(item), one, time, kind=kind, **person_of(entry.get("author")))
            )
    known = isinstance(issue.get("changelog"), dict)
    return _Life(changes, described if known else None, keys, written["summary"], set(editors))


def _turn(item: Mapping[str, Any], done: frozenset[str]) -> str:
    """Whether a change closes or reopens."""
    field = text_of(item.get("field"))
    before, after = text_of(item.get("fromString")), text_of(item.get("toString"))
    if field == "resolution":
        return "closed" if after and not before else "reopened" if before and not after else ""
    if field != "status":
        return ""
    if after.lower() == "reopened" or (before.lower() in done and after.lower() not in done):
        return "reopened"
    return "closed" if after.lower() in done and before.lower() not in done else ""


def _state(item: Mapping[str, Any]) -> str:
    """``status: Done``; of people and of texts only that they changed."""
    field = text_of(item.get("field"))
    if field.lower() in ("status", "resolution", "priority", "labels", "fix version", "component",
                         "issuetype", "severity", "link"):  # fmt: skip
        return f"{field}: {text_of(item.get('toString'))}"[:LONGEST_STATE]
    return field[:LONGEST_STATE] or "changed"


def _own(fields: Mapping[str, Any], life: _Life) -> tuple[Part, list[Part]]:
    by, since = life.titled
    title = Part("title", "title", text_of(fields.get("summary")), time=since, **person_of(by))
    return title, description_of(
        text_of(adf_text(fields.get("description"))),
        by=person_of(fields.get("reporter")),
        time=when(fields.get("created")),
        edits=life.described,
        editors=life.editors,
    )


def _comments(fields: Mapping[str, Any]) -> Iterator[Part]:
    for number, one in enumerate(records(record(fields.get("comment")).get("comments"))):
        text = text_of(adf_text(one.get("body")))
        if not text:
            continue
        native = str(integer(one.get("id")) or f"comment-{number}")
        answers = integer(one.get("parentId"))
        internal = one.get("jsdPublic") is False or isinstance(one.get("visibility"), dict)
        yield Part(
            "comment",
            native,
            text,
            time=when(one.get("created")),
            reply_to=None if answers is None else str(answers),
            thread=None if answers is None else str(answers),
            detail={"internal": True} if internal else None,
            **person_of(one.get("author")),
        )


def _links(issue: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[Link]:
    for one in records(fields.get("issuelinks")):
        for side, words in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
            other = text_of(record(one.get(side)).get("key"))
            said = text_of(record(one.get("type")).get(words))[:80]
            if KEY.fullmatch(other):
                yield Link(kind_of_link(said), f"jira:{other}", f"issuelinks: {said}")
    parent = text_of(record(fields.get("parent")).get("key"))
    if KEY.fullmatch(parent):
        yield Link("mentions", f"jira:{parent}", "parent")
    for one in records(issue.get("remotelinks")):
        address = text_of(record(one.get("object")).get("url"))
        for kind, target in references(address[:2000], home=Home(SYSTEM)):
            yield Link(kind, target, "remotelinks")


def _incomplete(
    issue: Mapping[str, Any], fields: Mapping[str, Any], file: str, key: str
) -> Iterator[Problem]:
    log, comment = record(issue.get("changelog")), record(fields.get("comment"))
    for what, answer, names in (
        ("changes", log, ("histories", "values")),
        ("comments", comment, ("comments",)),
    ):
        held = sum(len(records(answer.get(name))) for name in names)
        total = integer(answer.get("total")) or 0
        if total > held:
            said = f"{held} of {total} {what} are in the export"
            yield Problem(file, key, "incomplete", said)


def _closed(fields: Mapping[str, Any]) -> bool:
    status = record(fields.get("status"))
    category = text_of(record(status.get("statusCategory")).get("key"))
    return category == "done" if category else isinstance(fields.get("resolution"), dict)


def _seconds(time: Any) -> float:
    found = when(time)
    return found.timestamp() if found else 0.0


def _name(value: Any) -> str | None:
    return text_of(record(value).get("name")) or None


def _names(values: Any) -> list[str]:
    return [name for name in (text_of(one.get("name")) for one in records(values)) if name]


def _strings(values: Any) -> list[str]:
    return [text for text in map(text_of, values) if text] if isinstance(values, list) else []


def _custom(fields: Mapping[str, Any], names: Mapping[str, Any], wanted: str) -> str | None:
    """The value of the custom field that is called so."""
    for field, name in names.items():
        if text_of(name).lower() == wanted:
            value = fields.get(field)
            return text_of(record(value).get("value")) or text_of(value) or None
    return None
