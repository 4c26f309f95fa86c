"""The states that a pull request went through, as far as an export proves them.

GitHub keeps no list of what was pushed. These are heads, each with what proves it:

- ``commit_id`` of a review, ``original_commit_id`` of a comment: what a reviewer looked at (also a
  commit in the middle of a push that somebody reviewed by itself: a state of the branch anyway);
- both ends of a forced push (GraphQL ``beforeCommit``, ``afterCommit``; the timeline of the REST
  API has one ``commit_id``, which is taken for the new head unless it was proved before);
- ``head_sha`` of a run of Actions for it (`byline.work.reviews.github_runs`);
- the head that the pull request has now, always the last.

Order: a commit that is still one of the pull request stands where the list of its commits has it,
and counts as there no later than any later one; all others stand at their earliest proof. Commits
that were pushed together and that nobody looked at or built singly are no states.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from byline.work.exports import record, records, text_of, when
from byline.work.items import Patchset
from byline.work.reviews.assembly import FAR, Author, oid_of
from byline.work.reviews.github_values import author_of

Row = Mapping[str, Any]
FORCED = ("head_ref_force_pushed", "HeadRefForcePushedEvent")


@dataclass(frozen=True)
class _Proof:
    head: str
    time: datetime | None
    forced_by: Author | None = None
    earlier: bool = False  # the old end of a forced push


@dataclass(frozen=True)
class _Commit:
    index: int
    time: datetime | None
    author: Author
    parents: Sequence[str]


def patchsets_of(
    pull: Row,
    *,
    reviews: Sequence[Row],
    comments: Sequence[Row],
    commits: Sequence[Row],
    timeline: Sequence[Row],
    runs: Sequence[Row] = (),
) -> tuple[Patchset, ...]:
    """The states in order of time, numbered from 1."""
    listed = _listed(commits)
    proofs = [*_forced(timeline), *_reviewed(reviews, comments), *_built(runs)]
    final = oid_of(record(pull.get("head")).get("sha"))
    times: dict[str, datetime] = {}
    for one in proofs:
        times[one.head] = min(times.get(one.head, FAR), one.time or FAR)
    if final:
        times.setdefault(final, FAR)
    _pull_forward(times, listed)
    heads = sorted(times, key=lambda head: _place(head, times, listed, proofs, final))
    pushers = {
        one.head: one.forced_by
        for one in proofs
        if one.forced_by is not None and times[one.head] >= (one.time or FAR)
    }
    base = _base(listed)
    return tuple(
        _patchset(number, head, times[head], listed, pushers, base)
        for number, head in enumerate(heads, start=1)
    )


def _forced(timeline: Sequence[Row]) -> Iterator[_Proof]:
    for event in timeline:
        if event.get("event") not in FORCED and event.get("__typename") not in FORCED:
            continue
        time = when(event.get("created_at") or event.get("createdAt"))
        before = oid_of(record(event.get("beforeCommit")).get("oid") or event.get("before"))
        after = oid_of(record(event.get("afterCommit")).get("oid") or event.get("after"))
        after = after or oid_of(event.get("commit_id"))
        if before:
            yield _Proof(before, time, earlier=True)
        if after:
            yield _Proof(after, time, author_of(event.get("actor")))


def _reviewed(reviews: Sequence[Row], comments: Sequence[Row]) -> Iterator[_Proof]:
    for review in reviews:
        head = oid_of(review.get("commit_id"))
        if head:
            yield _Proof(head, when(review.get("submitted_at")))
    for comment in comments:
        head = oid_of(comment.get("original_commit_id") or comment.get("commit_id"))
        if head:
            yield _Proof(head, when(comment.get("created_at")))


def _built(runs: Sequence[Row]) -> Iterator[_Proof]:
    for run in runs:
        head = oid_of(run.get("head_sha"))
        if head:
            yield _Proof(head, when(run.get("created_at")))


def _listed(commits: Sequence[Row]) -> dict[str, _Commit]:
    found: dict[str, _Commit] = {}
    for one in commits:
        oid = oid_of(one.get("sha") or one.get("oid"))
        if oid is None or oid in found:
            continue
        inner = record(one.get("commit")) or one
        author, committer = record(inner.get("author")), record(inner.get("committer"))
        who = Author(
            account=author_of(one.get("author")).account,
            name=text_of(author.get("name")) or None,
            email=text_of(author.get("email")) or None,
        )
        parents = [oid_of(parent.get("sha")) for parent in records(one.get("parents"))]
        time = when(committer.get("date") or author.get("date"))
        found[oid] = _Commit(len(found), time, who, [one for one in parents if one])
    return found


def _pull_forward(times: dict[str, datetime], listed: Mapping[str, _Commit]) -> None:
    """A listed commit was there no later than any later listed one that is proved."""
    earliest = FAR
    for head in sorted((one for one in times if one in listed), key=lambda one: -listed[one].index):
        earliest = times[head] = min(times[head], earliest)


def _place(
    head: str,
    times: Mapping[str, datetime],
    listed: Mapping[str, _Commit],
    proofs: Sequence[_Proof],
    final: str | None,
) -> tuple[bool, datetime, bool, int, str]:
    commit = listed.get(head)
    old = any(one.earlier and one.head == head for one in proofs)
    return head == final, times[head], not old, commit.index if commit else -1, head


def _base(listed: Mapping[str, _Commit]) -> dict[str, str]:
    """The commit that each listed one starts from, until a merge brings others in."""
    found: dict[str, str] = {}
    start: str | None = None
    for oid, commit in listed.items():
        if len(commit.parents) != 1:
            break
        if start is None:
            start = commit.parents[0]
        elif commit.parents[0] not in found:
            break
        found[oid] = start
    return {} if start is None or start in listed else found


def _patchset(
    number: int,
    head: str,
    proved: datetime,
    listed: Mapping[str, _Commit],
    pushers: Mapping[str, Author | None],
    base: Mapping[str, str],
) -> Patchset:
    commit = listed.get(head)
    time = commit.time if commit and commit.time and commit.time <= proved else None
    who = commit.author if commit else pushers.get(head) or Author()
    kind = "initial" if number == 1 else "force_push" if head in pushers else "push"
    return Patchset(
        number=number,
        head=head,
        base=base.get(head),
        time=time or (proved if proved < FAR else None),
        kind=kind,
        **who.person(),
    )
