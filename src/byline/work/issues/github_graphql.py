"""Issues as GitHub's GraphQL interface answers, in the form of its REST interface.

Any answer with issues in it is taken: ``repository.issue``, ``repository.issues.nodes``,
``search.nodes``, or the nodes alone. GraphQL says more than REST: edits of the description
(``lastEditedAt``, ``userContentEdits``), which issue a duplicate is of (``canonical``), and which
pull request closed one (``closer``). Types: https://docs.github.com/graphql/reference/objects#issue
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, record, records, text_of

MOST_DEPTH: Final = 8
EVENTS: Final = {"renamed_title": "renamed", "issue_comment": "commented"}
COMMIT: Final = "https://api.github.com/repos/{}/commits/{}"


def graphql_payloads(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The issues of an answer, each as ``{"issue", "comments", "timeline"}``."""
    for issue, project in _issues(value, "", 0):
        comments = [_comment(one) for one in _nodes(issue.get("comments"))]
        timeline = [_event(one, project) for one in _nodes(issue.get("timelineItems"))]
        yield {"issue": _issue(issue, project), "comments": comments, "timeline": timeline}


def is_graphql_issue(value: Mapping[str, Any]) -> bool:
    """Whether an object is an issue of GraphQL, and no pull request."""
    known = integer(value.get("number")) is not None and "title" in value and "createdAt" in value
    return known and not {"headRefName", "baseRefName", "mergedAt", "merged"} & value.keys()


def _issues(
    value: Mapping[str, Any], project: str, depth: int
) -> Iterator[tuple[Mapping[str, Any], str]]:
    if is_graphql_issue(value):
        named = text_of(record(value.get("repository")).get("nameWithOwner"))
        yield value, named or project
        return
    if depth >= MOST_DEPTH:
        return
    project = text_of(value.get("nameWithOwner")) or project
    for name in ("data", "repository", "issue", "issues", "search", "organization", "repositories"):
        if isinstance(value.get(name), dict):
            yield from _issues(value[name], project, depth + 1)
    for one in records(value.get("nodes")):
        yield from _issues(one, project, depth + 1)


def _nodes(value: Any) -> Sequence[Mapping[str, Any]]:
    return records(record(value).get("nodes"))


def _user(value: Any) -> dict[str, Any] | None:
    known = record(value)
    kind = text_of(known.get("__typename")) or "User"
    return {"login": known.get("login"), "type": kind} if known else None


def _issue(issue: Mapping[str, Any], project: str) -> dict[str, Any]:
    reason = text_of(issue.get("stateReason")).lower()
    counted = integer(record(issue.get("assignees")).get("totalCount")) or 0
    held = {
        "number": issue.get("number"),
        "title": issue.get("title"),
        "body": issue.get("body"),
        "user": _user(issue.get("author")),
        "state": text_of(issue.get("state")).lower(),
        "state_reason": reason or None,
        "created_at": issue.get("createdAt"),
        "closed_at": issue.get("closedAt"),
        "labels": list(_nodes(issue.get("labels"))),
        "assignees": list(_nodes(issue.get("assignees"))) or [{}] * min(counted, 100),
        "milestone": issue.get("milestone"),
        "type": issue.get("issueType"),
        "repository": {"full_name": project},
        "html_url": issue.get("url"),
    }
    edits = ("lastEditedAt", "userContentEdits")
    return {**held, **{name: issue[name] for name in edits if name in issue}}


def _comment(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one.get("databaseId"),
        "body": one.get("body"),
        "user": _user(one.get("author")),
        "created_at": one.get("createdAt"),
    }


def _event(one: Mapping[str, Any], project: str) -> dict[str, Any]:
    kind = text_of(one.get("__typename")).removesuffix("Event")
    what = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind[:80]).lower()
    what = {**EVENTS, "cross_referenced": "cross-referenced"}.get(what, what)
    if what == "commented":
        return {"event": what, **_comment(one)}
    closer = record(one.get("closer"))
    oid = text_of(record(one.get("commit")).get("oid")) or text_of(closer.get("oid"))
    return {
        "event": what,
        "id": one.get("databaseId"),
        "actor": _user(one.get("actor")),
        "created_at": one.get("createdAt"),
        "state_reason": text_of(one.get("stateReason")).lower() or None,
        "label": one.get("label"),
        "milestone": {"title": one.get("milestoneTitle")},
        "rename": {"from": one.get("previousTitle"), "to": one.get("currentTitle")},
        "commit_id": oid or None,
        "commit_url": COMMIT.format(project, oid) if oid else None,
        "source": {"issue": _place(one.get("source"))},
        "canonical": _place(one.get("canonical")),
        "closer": _place(closer) if closer.get("number") is not None else None,
    }


def _place(value: Any) -> dict[str, Any]:
    known = record(value)
    name = text_of(record(known.get("repository")).get("nameWithOwner"))
    return {"number": known.get("number"), "repository": {"full_name": name}}
