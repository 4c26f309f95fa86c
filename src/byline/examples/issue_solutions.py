"""Which change solved an issue, and when whoever made it began.

A solution is a merged review that closes the issue, or a chain of commits that do (see
`byline.work.issue_ranges`). Everything later than the first commit's author time may speak of the
answer: what an example shows of an issue was written before it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from byline.examples.material import Material, Row

CLOSING: Final = frozenset({"closes", "fixes"})
ISSUES: Final = frozenset({"issue", "incident"})
SAYS_SO: Final = frozenset({"closes", "key"})
"""Evidence of `byline.work.git.relations` by which a commit closes an issue."""


@dataclass(frozen=True)
class Solution:
    """The change that solved an issue.

    Attributes:
        issue: Row of `ITEMS`.
        review: Row of `ITEMS`; None where commits did it without a review.
        changes: Rows of `CHANGES`, from before the first commit to what was merged.
        shown: Rows of `CHANGES` of other files as they were before it, and of changed files that
            a search by the issue's words found too.
        issues: How many issues the same review or commits close.
        solutions: How many merged reviews close the issue.
        reverted: Whether each of them was reverted.
        began: When the first commit was written; None where nothing says.
    """

    issue: Row
    review: Row | None
    changes: Sequence[Row]
    shown: Sequence[Row]
    issues: int
    solutions: int
    reverted: bool
    began: dt.datetime | None


def solutions(source: Material) -> list[Solution]:
    """The solution of every issue that has one, by key of the issue."""
    closed_by, closes, reverted, named = _links(source)
    found = []
    for item, issue in source.items.items():
        if issue["kind"] not in ISSUES:
            continue
        reviews = sorted(closed_by.get(item, ()), key=lambda one: _order(source.items[one]))
        own = _merged(source.changes.get(item, ()))
        if reviews:
            found.append(_reviewed(source, issue, reviews, closes, reverted))
        elif own or item in named:
            found.append(_committed(source, issue, own, named))
    return found


def _links(
    source: Material,
) -> tuple[dict[str, set[str]], dict[str, set[str]], set[str], dict[str, set[str]]]:
    """Merged reviews by issue, issues by review, what was reverted, commits by issue."""
    closed_by: dict[str, set[str]] = {}
    closes: dict[str, set[str]] = {}
    reverted: set[str] = set()
    named: dict[str, set[str]] = {}
    for row in (row for rows in source.links.values() for row in rows):
        item, related = row["item"], row["related"]
        if row["kind"] == "reverts" and related:
            reverted.add(related)
        if row["kind"] not in CLOSING:
            continue
        for issue, review in ((item, related), (related, item)):
            if _is(source, issue, ISSUES) and _is(source, review, {"review"}):
                closes.setdefault(review, set()).add(issue)
                if source.items[review]["state"] == "merged":
                    closed_by.setdefault(issue, set()).add(review)
        if row["related_commit"] and _is(source, item, ISSUES):
            named.setdefault(item, set()).add(row["related_commit"])
    return closed_by, closes, reverted, named


def _is(source: Material, item: str | None, kinds: Iterable[str]) -> bool:
    row = source.items.get(item or "")
    return row is not None and row["kind"] in kinds


def _order(review: Row) -> tuple[bool, dt.datetime, str]:
    """Reviews in order of merging; those without a time last."""
    closed = review["closed"] or review["opened"]
    return closed is None, closed or dt.datetime.max.replace(tzinfo=dt.UTC), review["key"]


def _merged(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["purpose"] == "merged"]


def _shown(source: Material, *items: str) -> list[Row]:
    rows = [row for item in items for row in source.changes.get(item, ())]
    found = {row["path"]: row for row in rows if row["purpose"] == "shown" and row["path"]}
    return [found[path] for path in sorted(found)]


def _reviewed(
    source: Material,
    issue: Row,
    reviews: Sequence[str],
    closes: Mapping[str, set[str]],
    reverted: set[str],
) -> Solution:
    standing = [one for one in reviews if one not in reverted]
    review = source.items[(standing or list(reviews))[0]]
    changes = _merged(source.changes.get(review["item"], ()))
    patchsets = source.patchsets.get(review["item"], ())
    times = [review["opened"], *(one["time"] for one in patchsets)]
    return Solution(
        issue=issue,
        review=review,
        changes=changes,
        shown=_shown(source, issue["item"], review["item"]),
        issues=len(closes[review["item"]]),
        solutions=len(reviews),
        reverted=not standing,
        began=_earliest([*times, *_written(source, changes)]),
    )


def _committed(
    source: Material, issue: Row, changes: Sequence[Row], named: Mapping[str, set[str]]
) -> Solution:
    commits = {row["commit"] for row in changes} | named.get(issue["item"], set())
    others = {item for item, oids in named.items() if oids & commits}
    closed = {
        one["target"].lower()
        for oid in commits & source.commits.keys()
        for one in source.commits[oid]["relations"]
        if one["kind"] == "issue" and one["evidence"] in SAYS_SO
    }
    known = [source.commits[oid] for oid in sorted(commits & source.commits.keys())]
    return Solution(
        issue=issue,
        review=None,
        changes=changes,
        shown=_shown(source, issue["item"]),
        issues=max(1, len(others), len(closed)),
        solutions=0,
        reverted=False,
        began=_earliest([*(_time(one) for one in known), *_written(source, changes)]),
    )


def _written(source: Material, changes: Iterable[Row]) -> list[dt.datetime | None]:
    """When each commit that a change's new lines are of was written.

    A line that was copied from elsewhere keeps the commit that wrote it first; those from before
    the change's base say nothing of when the work began.
    """
    found: list[dt.datetime | None] = []
    for row in changes:
        base = source.commits.get(row["parent"])
        start = None if base is None else _time(base)
        oids = {row["commit"], *(run["commit"] for run in row["after_origins"])}
        for oid in sorted(oids & source.commits.keys()):
            time = _time(source.commits[oid])
            if time is not None and (oid == row["commit"] or start is None or time >= start):
                found.append(time)
    return found


def _time(commit: Row) -> dt.datetime | None:
    """A commit's author time, unless what it records can be no time."""
    time: dt.datetime = commit["author_time"]
    return None if commit["author_time_recorded"] is not None else time


def _earliest(times: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return min((time for time in times if time is not None), default=None)
