"""Issues of GitHub: the connectors' layout, and plain REST answers in any files.

Read are ``{"issue", "comments", "timeline"}`` (see `byline.fetch`), answers of GraphQL, and,
recognised by what they hold and put together by address: issues, comments of issues, and events of
a repository. Fields: https://docs.github.com/rest/issues and
https://docs.github.com/rest/using-the-rest-api/issue-event-types.

What a pull request is belongs to the readers of reviews, and is passed over here. Events that only
say whom GitHub told (``subscribed``, ``mentioned``) are left out. Links that the timeline records:

======================  =========================================================================
closed, with a commit   ``closes`` to that commit; evidence ``timeline: closed by commit``: it is
                        the commit that closes the issue
cross-referenced        ``mentions`` to the issue or pull request that speaks of this one
referenced              ``mentions`` to the commit
marked_as_duplicate     ``duplicates``, in GraphQL; REST does not name the other, but the comment
                        ``Duplicate of #12`` that makes the mark does
======================  =========================================================================

An issue that was transferred has the key of its present place, and that of the folder where it
stands in the export as an alias. A description's edits are read where an export has them
(``lastEditedAt``, ``last_edited_at`` or GraphQL's ``userContentEdits``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from byline.work.exports import integer, record, records, text_of, when
from byline.work.issues.apart import together
from byline.work.issues.assembling import Change, Issue, description_of, reading_of
from byline.work.issues.beside import objects_beside
from byline.work.issues.github_graphql import graphql_payloads, is_graphql_issue
from byline.work.items import Link, Part, Problem, Reading, Source
from byline.work.spool import Spool

SYSTEM: Final = "github"
UNTOLD: Final = frozenset(
    {"subscribed", "unsubscribed", "mentioned", "commented", "comment_deleted"}
)
PROJECT: Final = re.compile(r"[\w.-]+/[\w.-]+")
API: Final = re.compile(r"/repos/(?P<project>[\w.-]+/[\w.-]+)(?:/issues/(?P<number>\d{1,18}))?/?$")
PAGE: Final = re.compile(r"^https?://[^/]+/(?P<project>[\w.-]+/[\w.-]+)/issues/\d+")
LAYOUT: Final = re.compile(r"(?:^|/)(?P<project>[^/]+/[^/]+)/issues/\d+\.json$")


def read_github_issues(source: Source) -> Iterator[Reading]:
    """The issues of an export.

    Raises:
        InputError: There is nothing at the source's path.
    """
    with Spool() as apart:
        for one in objects_beside(source):
            if isinstance(one, Problem):
                yield Reading(problems=(one,))
            elif isinstance(one.value.get("issue"), dict) and "event" not in one.value:
                yield from github_issue(one.value, source=source, file=one.file)
            elif "data" in one.value or is_graphql_issue(one.value):
                for payload in graphql_payloads(one.value):
                    yield from github_issue(payload, source=source, file=one.file)
            else:
                _keep(apart, one.value, one.file)
        for whole in together(apart, main="issue"):
            if "issue" not in whole.parts:
                continue  # comments of pull requests have the same form, and are the reviews'
            payload = {
                "issue": whole.parts["issue"][-1],
                "comments": whole.parts.get("comment", []),
                "timeline": whole.parts.get("event", []),
            }
            yield from github_issue(payload, source=source, file=whole.file)


def _keep(apart: Spool, value: Mapping[str, Any], file: str) -> None:
    """Put a plain answer where its issue's others are; what is no part of an issue is not ours."""
    address = API.search(text_of(value.get("issue_url")))
    if address and address["number"] and "body" in value:
        apart.add(_key(address["project"], int(address["number"])), "comment", value, file=file)
    elif "event" in value and isinstance(value.get("issue"), dict):
        issue = value["issue"]
        project, number = project_of(issue), integer(issue.get("number"))
        if project and number is not None:
            apart.add(_key(project, number), "event", value, file=file)
    elif is_issue(value):
        number = integer(value.get("number")) or 0
        apart.add(_key(project_of(value, file) or "", number), "issue", value, file=file)


def is_issue(value: Mapping[str, Any]) -> bool:
    """Whether an object is an issue of the REST API, and no pull request."""
    known = integer(value.get("number")) is not None and "title" in value and "user" in value
    return known and not is_pull_request(value) and "merge_commit_sha" not in value


def is_pull_request(issue: Mapping[str, Any]) -> bool:
    """Whether what the API of issues gave is a pull request."""
    return isinstance(issue.get("pull_request"), dict)


def github_issue(payload: Mapping[str, Any], *, source: Source, file: str) -> Iterator[Reading]:
    """The reading of ``{"issue", "comments", "timeline"}``; nothing for a pull request."""
    issue = record(payload.get("issue"))
    if is_pull_request(issue):
        return
    number = integer(issue.get("number"))
    layout = LAYOUT.search(file)
    project = project_of(issue, file)
    if number is None or number < 1 or not project:
        problem = Problem(file, "issue", "no_key", "it does not say its number and repository")
        yield Reading(problems=(problem,))
        return
    key = _key(project, number)
    placed = layout["project"] if layout else project
    comments = records(payload.get("comments"))
    timeline = records(payload.get("timeline"))
    comments = [*comments, *(one for one in timeline if one.get("event") == "commented")]
    title, titles = _titles(issue, timeline)
    yield reading_of(
        Issue(
            key=key,
            project=project,
            file=file,
            title=title.text,
            number=number,
            aliases=() if placed == project else (_key(placed, number),),
            closed=issue.get("state") == "closed",
            opened=when(issue.get("created_at")),
            closed_at=when(issue.get("closed_at")),
            type=text_of(record(issue.get("type")).get("name")) or None,
            labels=_labels(issue.get("labels")),
            milestone=text_of(record(issue.get("milestone")).get("title")) or None,
            resolution=text_of(issue.get("state_reason")) or None,
            assignees=len(records(issue.get("assignees"))),
            saying=[title, *_description(issue), *_comments(comments)],
            changes=[*titles, *_changes(timeline)],
            described=_described(issue),
            links=list(_links(timeline, source=source)),
        ),
        source=source,
        system=SYSTEM,
    )


def project_of(issue: Mapping[str, Any], file: str = "") -> str | None:
    """``owner/name`` of an issue, as its addresses say, else as its place in the layout does."""
    for pattern, name in ((API, "repository_url"), (API, "url"), (PAGE, "html_url")):
        found = pattern.search(text_of(issue.get(name)))
        if found:
            return found["project"]
    named = text_of(record(issue.get("repository")).get("full_name"))
    if PROJECT.fullmatch(named):
        return named
    layout = LAYOUT.search(file)
    return layout["project"] if layout else None


def account_of(user: Any) -> str | None:
    """The account's name; None for a deleted one, which GitHub shows as null or ``ghost``."""
    login = text_of(record(user).get("login"))
    return None if login in ("", "ghost") else login


def origin_of(user: Any) -> str | None:
    """``bot`` where GitHub says so: by type, or by the suffix that apps have."""
    who = record(user)
    named = text_of(who.get("login")).endswith("[bot]")
    return "bot" if named or "Bot" in (who.get("type"), who.get("__typename")) else None


def _key(project: str, number: int) -> str:
    return f"github:{project}#{number}"


def _labels(labels: Any) -> list[str]:
    if not isinstance(labels, list):
        return []
    names = [text_of(one.get("name") if isinstance(one, dict) else one) for one in labels]
    return [name for name in names if name]


def _titles(
    issue: Mapping[str, Any], timeline: Sequence[Mapping[str, Any]]
) -> tuple[Part, list[Change]]:
    """The title as it is, by who gave it; and each earlier one, by who gave that."""
    by, since = issue.get("user"), when(issue.get("created_at"))
    earlier = []
    for number, event in enumerate(timeline):
        before = text_of(record(event.get("rename")).get("from"))
        if event.get("event") == "renamed" and before:
            native = f"{_event_id(event, number)}-title"
            earlier.append(
                Change("title: earlier", native, since, account_of(by), text=before,
                       origin=origin_of(by))
            )  # fmt: skip
            by, since = event.get("actor"), when(event.get("created_at"))
    text = text_of(issue.get("title"))
    title = Part("title", "title", text, account=account_of(by), origin=origin_of(by), time=since)
    return title, earlier


def _description(issue: Mapping[str, Any]) -> list[Part]:
    user = issue.get("user")
    return description_of(
        text_of(issue.get("body")),
        by={"account": account_of(user), "origin": origin_of(user)},
        time=when(issue.get("created_at")),
        edits=_described(issue),
        editors={account_of(one["editor"]) for one in _edits(issue) if "editor" in one},
    )


def _edits(issue: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return records(record(issue.get("userContentEdits")).get("nodes"))


def _described(issue: Mapping[str, Any]) -> list[datetime] | None:
    """When the description was edited; the first of GitHub's edits is the description's making."""
    made = when(issue.get("created_at"))
    told = [issue[name] for name in ("lastEditedAt", "last_edited_at") if name in issue]
    if not told and "userContentEdits" not in issue:
        return None
    times = [when(one) for one in told] + [when(one.get("editedAt")) for one in _edits(issue)]
    return sorted({one for one in times if one and one != made})


def _comments(comments: Iterable[Mapping[str, Any]]) -> Iterator[Part]:
    seen = set()
    for number, one in enumerate(comments):
        native = str(integer(one.get("id")) or f"comment-{number}")
        text = text_of(one.get("body"))
        if not text or native in seen:
            continue
        seen.add(native)
        user = one.get("user") or one.get("actor")
        yield Part(
            "comment",
            native,
            text,
            account=account_of(user),
            origin=origin_of(user),
            time=when(one.get("created_at")),
        )


def _changes(timeline: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    for number, event in enumerate(timeline):
        what = text_of(event.get("event"))
        if not what or what in UNTOLD:
            continue
        actor = event.get("actor")
        yield Change(
            _state(what, event),
            _event_id(event, number),
            when(event.get("created_at")),
            account_of(actor),
            kind=what if what in ("closed", "reopened") else "",
            origin=origin_of(actor),
        )


def _event_id(event: Mapping[str, Any], number: int) -> str:
    return f"event-{integer(event.get('id')) or f'at-{number}'}"


def _state(what: str, event: Mapping[str, Any]) -> str:
    if what in ("labeled", "unlabeled"):
        return f"{what.removesuffix('ed')}: {text_of(record(event.get('label')).get('name'))}"
    if what in ("milestoned", "demilestoned"):
        return f"{what.removesuffix('d')}: {text_of(record(event.get('milestone')).get('title'))}"
    reason = text_of(event.get("state_reason"))
    return f"closed: {reason}" if what == "closed" and reason else what[:80]


def _links(timeline: Iterable[Mapping[str, Any]], *, source: Source) -> Iterator[Link]:
    for event in timeline:
        what, oid = event.get("event"), text_of(event.get("commit_id"))
        if what in ("closed", "referenced") and re.fullmatch(r"[0-9a-f]{40,64}", oid):
            home = re.search(r"/repos/([\w.-]+/[\w.-]+)/commits/", text_of(event.get("commit_url")))
            repository = (source.repository(home[1]) if home else None) or ""
            said = "closed by commit" if what == "closed" else "referenced by commit"
            kind = "closes" if what == "closed" else "mentions"
            yield Link(kind, f"commit:{repository}:{oid}", f"timeline: {said}")
        for kind, told, said in (
            ("mentions", record(event.get("source")).get("issue"), "cross-referenced"),
            ("duplicates", event.get("canonical"), "marked as a duplicate"),
            ("closes", event.get("closer"), "closed by pull request"),
        ):
            other = record(told)
            project, number = project_of(other), integer(other.get("number"))
            if project and number is not None:
                yield Link(kind, _key(project, number), f"timeline: {said}")
