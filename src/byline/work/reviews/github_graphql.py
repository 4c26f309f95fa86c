"""Pull requests from GraphQL answers and from ``gh pr view --json``, in the words of the REST API.

Connections may be written as ``{"nodes": […]}``, ``{"edges": [{"node": …}]}`` or as an array.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, record, records, text_of

Row = Mapping[str, Any]
WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
TIMES: Final = {"createdAt": "created_at", "closedAt": "closed_at", "mergedAt": "merged_at"}


def nodes(value: object) -> Sequence[Row]:
    """The objects of a connection."""
    if isinstance(value, list):
        return records(value)
    edges = [record(one.get("node")) for one in records(record(value).get("edges"))]
    return records(record(value).get("nodes")) or [one for one in edges if one]


def bundles_of(value: Row) -> list[Row]:
    """The pull requests of an answer, each in the layout of `byline.work.reviews.github`."""
    return [_bundle(pull, project) for pull, project in _pulls(value)]


def _pulls(value: Row) -> Iterator[tuple[Row, str]]:
    if _is_pull(value):
        yield value, ""
        return
    data = record(value.get("data"))
    for holder in (value, data, *(record(one) for one in data.values())):
        project = text_of(holder.get("nameWithOwner"))
        if _is_pull(record(holder.get("pullRequest"))):
            yield record(holder["pullRequest"]), project
        for name in ("pullRequests", "search"):
            for one in nodes(holder.get(name)):
                if _is_pull(one):
                    yield one, project


def _is_pull(value: Row) -> bool:
    named = "baseRefName" in value or "headRefOid" in value or "headRefName" in value
    return "number" in value and "title" in value and named


def _bundle(pull: Row, project: str) -> Row:
    project = text_of(record(pull.get("repository")).get("nameWithOwner")) or project
    threads = nodes(pull.get("reviewThreads"))
    reviews = nodes(pull.get("reviews"))
    comments = {
        integer(one.get("databaseId")): one
        for review in reviews
        for one in nodes(review.get("comments"))
    }
    side: dict[int | None, Row] = {}
    for thread in threads:
        for one in nodes(thread.get("comments")):
            number = integer(one.get("databaseId"))
            comments[number] = {**comments.get(number, {}), **one}
            side[number] = thread
    comments.pop(None, None)
    return {
        "pull": _pull(pull, project),
        "reviews": [_review(one) for one in reviews],
        "comments": [_comment(one, side.get(number, {})) for number, one in comments.items()],
        "issue_comments": [_said(one) for one in nodes(pull.get("comments"))],
        "commits": [_commit(one) for one in nodes(pull.get("commits"))],
        "timeline": [_event(one) for one in nodes(pull.get("timelineItems"))],
        "threads": [{**one, "comments": {"nodes": nodes(one.get("comments"))}} for one in threads],
        "closing_issues": [_issue(one) for one in nodes(pull.get("closingIssuesReferences"))],
    }


def _pull(pull: Row, project: str) -> Row:
    state = text_of(pull.get("state")).lower()
    return {
        **{ours: pull.get(theirs) for theirs, ours in TIMES.items()},
        "number": pull.get("number"),
        "title": pull.get("title"),
        "body": pull.get("body"),
        "user": pull.get("author"),
        "state": state,
        "merged": state == "merged" or pull.get("merged") is True,
        "merged_by": pull.get("mergedBy"),
        "draft": pull.get("isDraft"),
        "html_url": pull.get("url"),
        "base": {"ref": pull.get("baseRefName"), "repo": {"full_name": project}},
        "head": {"sha": pull.get("headRefOid")},
        "merge_commit_sha": record(pull.get("mergeCommit")).get("oid"),
        "labels": nodes(pull.get("labels")),
        "changed_files": pull.get("changedFiles"),
        "review_decision": pull.get("reviewDecision"),
    }


def _said(one: Row) -> Row:
    return {
        "id": one.get("databaseId"),
        "node_id": one.get("id"),
        "body": one.get("body"),
        "user": one.get("author"),
        "created_at": one.get("createdAt"),
    }


def _review(one: Row) -> Row:
    return {
        **_said(one),
        "state": one.get("state"),
        "submitted_at": one.get("submittedAt"),
        "commit_id": record(one.get("commit")).get("oid"),
    }


def _comment(one: Row, thread: Row) -> Row:
    found = {
        **_said(one),
        "path": one.get("path") or thread.get("path"),
        "diff_hunk": one.get("diffHunk"),
        "line": one.get("line"),
        "original_line": one.get("originalLine") or thread.get("originalLine"),
        "original_start_line": one.get("originalStartLine") or thread.get("originalStartLine"),
        "side": thread.get("diffSide"),
        "start_side": thread.get("startDiffSide"),
        "subject_type": text_of(one.get("subjectType") or thread.get("subjectType")).lower(),
        "commit_id": record(one.get("commit")).get("oid"),
        "original_commit_id": record(one.get("originalCommit")).get("oid"),
        "in_reply_to_id": record(one.get("replyTo")).get("databaseId"),
        "pull_request_review_id": record(one.get("pullRequestReview")).get("databaseId"),
    }
    if isinstance(one.get("outdated"), bool):
        found["position"] = None if one["outdated"] else 1
    return found


def _commit(one: Row) -> Row:
    inner = record(one.get("commit")) or one
    author = record(inner.get("author")) or next(iter(nodes(inner.get("authors"))), {})
    date = inner.get("committedDate")
    user = record(author.get("user")) or {"login": author.get("login")}
    return {
        "sha": inner.get("oid"),
        "author": user,
        "commit": {
            "author": {"name": author.get("name"), "email": author.get("email"), "date": date},
            "committer": {"date": date},
        },
        "parents": [{"sha": parent.get("oid")} for parent in nodes(inner.get("parents"))],
    }


def _event(one: Row) -> Row:
    """``ReadyForReviewEvent`` becomes ``ready_for_review``; what is no event has no name."""
    kind = text_of(one.get("__typename"))
    name = WORD.sub("_", kind.removesuffix("Event")).lower() if kind.endswith("Event") else ""
    return {
        **one,
        "event": {"cross_referenced": "cross-referenced"}.get(name, name),
        "id": one.get("databaseId"),
        "created_at": one.get("createdAt"),
        "commit_id": record(one.get("commit") or one.get("afterCommit")).get("oid"),
        "rename": {"to": one.get("currentTitle")},
    }


def _issue(one: Row) -> Row:
    project = text_of(record(one.get("repository")).get("nameWithOwner"))
    return {
        "number": one.get("number"),
        "url": one.get("url"),
        "base": {"repo": {"full_name": project}},
    }
