"""The parts of a pull request: what was said, where, and what happened.

Native ids: ``title``, ``description``, ``issue_comment:ID``, ``review:ID``, ``inline:ID``,
``event:ID``. Not kept are events of who was mentioned or subscribed, and of locks: they tell of
people's attention, not of the work. A review without words that only holds inline comments is
kept: it says when they were sent, and for which commit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.work.exports import integer, line_number, record, records, text_of, when
from byline.work.items import Part
from byline.work.reviews.assembly import oid_of, roots, suggested, with_states
from byline.work.reviews.github_values import author_of
from byline.work.reviews.hunks import last_line

Row = Mapping[str, Any]
STATES: Final = ("approved", "changes_requested", "commented", "dismissed")
SIDES: Final = {"LEFT": "old", "RIGHT": "new"}
EVENTS: Final = {
    "head_ref_force_pushed": "force_push",
    "labeled": "label",
    "unlabeled": "unlabel",
    "review_requested": "requested",
    "review_request_removed": "request_removed",
    "review_dismissed": "dismissed",
    "convert_to_draft": "converted_to_draft",
    "cross-referenced": "cross_referenced",
}
NO_EVENTS: Final = frozenset(
    {"commented", "reviewed", "committed", "line-commented", "commit-commented", "mentioned",
     "subscribed", "unsubscribed", "locked", "unlocked", "assigned", "unassigned"}
)  # fmt: skip


def opening(pull: Row) -> Iterator[Part]:
    """The title and the description."""
    who, time = author_of(pull.get("user")).fields(), when(pull.get("created_at"))
    yield Part("title", "title", text_of(pull.get("title")), time=time, **who)
    if text_of(pull.get("body")):
        yield Part("description", "description", text_of(pull.get("body")), time=time, **who)


def comments_of(rows: Sequence[Row]) -> Iterator[Part]:
    """Comments on the pull request as a whole."""
    for one in rows:
        yield Part(
            "comment",
            f"issue_comment:{_id(one)}",
            text_of(one.get("body")),
            time=when(one.get("created_at")),
            **author_of(one.get("user") or one.get("actor")).fields(),
        )


def reviews_of(rows: Sequence[Row], numbers: Mapping[str, int]) -> Iterator[Part]:
    """Reviews with their verdict; what was not sent yet (PENDING) is left out."""
    for one in rows:
        state = text_of(one.get("state")).lower()
        if state == "pending":
            continue
        head = oid_of(one.get("commit_id"))
        yield Part(
            "review",
            f"review:{_id(one)}",
            text_of(one.get("body")),
            time=when(one.get("submitted_at")),
            patchset=numbers.get(head or ""),
            state=state if state in STATES else "commented",
            detail={"commit": head} if head else None,
            **author_of(one.get("user")).fields(),
        )


@dataclass(frozen=True)
class Threads:
    """What the GraphQL API says of discussions, by the native ids of their comments."""

    thread: Mapping[str, str]
    states: Mapping[str, str]
    outdated: Mapping[str, bool]


def threads_of(rows: Sequence[Row]) -> Threads:
    """The discussions of ``reviewThreads``."""
    thread: dict[str, str] = {}
    states: dict[str, str] = {}
    outdated: dict[str, bool] = {}
    for row in rows:
        name = text_of(row.get("id"))
        if not name:
            continue
        if isinstance(row.get("isResolved"), bool):
            states[name] = "resolved" if row["isResolved"] else "unresolved"
        if isinstance(row.get("isOutdated"), bool):
            outdated[name] = row["isOutdated"]
        for comment in records(record(row.get("comments")).get("nodes")):
            number = integer(comment.get("databaseId") or comment.get("fullDatabaseId"))
            if number is not None:
                thread.setdefault(f"inline:{number}", name)
    return Threads(thread, states, outdated)


def inline_of(rows: Sequence[Row], numbers: Mapping[str, int], threads: Threads) -> Iterator[Part]:
    """Comments on lines, each in its discussion."""
    parents = {f"inline:{_id(one)}": _parent(one) for one in rows}
    first = roots(parents)
    named = {first[one]: threads.thread[one] for one in sorted(parents) if one in threads.thread}
    for one in rows:
        native = f"inline:{_id(one)}"
        thread = threads.thread.get(native) or named.get(first[native], first[native])
        part = _inline(one, native, thread, numbers, outdated=threads.outdated.get(thread))
        yield from with_states([part], threads.states)


def _parent(one: Row) -> str | None:
    above = integer(one.get("in_reply_to_id"))
    return None if above is None else f"inline:{above}"


def _inline(
    one: Row, native: str, thread: str, numbers: Mapping[str, int], *, outdated: bool | None
) -> Part:
    body = text_of(one.get("body"))
    head = oid_of(one.get("original_commit_id") or one.get("commit_id"))
    start, end, side = _lines(one)
    if outdated is None and one.get("subject_type") != "file" and "position" in one:
        outdated = one["position"] is None
    detail = {
        "commit": head,
        "original_line": line_number(one.get("original_line")),
        "outdated": outdated,
        "review": integer(one.get("pull_request_review_id")),
        **suggested(body, start=start, end=end),
    }
    return Part(
        "inline",
        native,
        body,
        time=when(one.get("created_at")),
        path=text_of(one.get("path")) or None,
        start=start,
        end=end,
        side=side,
        patchset=numbers.get(head or ""),
        reply_to=_parent(one),
        thread=thread,
        detail={name: value for name, value in detail.items() if value is not None},
        **author_of(one.get("user")).fields(),
    )


def _lines(one: Row) -> tuple[int | None, int | None, str | None]:
    """First line, last line and side, in the state that was commented on."""
    if one.get("subject_type") == "file":
        return None, None, None
    side = SIDES.get(text_of(one.get("side")))
    end = line_number(one.get("original_line"))
    first = line_number(one.get("original_start_line"))
    walked = last_line(text_of(one.get("diff_hunk"))) if end is None or side is None else None
    if end is None and walked is not None:
        end, side = walked[0], side or walked[1]
    if end is None and "original_line" not in one and not one.get("original_commit_id"):
        end, first = line_number(one.get("line")), line_number(one.get("start_line"))
    if end is None:
        return None, None, side
    side = side or (walked[1] if walked is not None and walked[0] == end else "new")
    other = text_of(one.get("start_side"))
    if first is None or first > end or (other and SIDES.get(other) != side):
        first = end
    return first, end, side


def events_of(timeline: Sequence[Row], pull: Row) -> Iterator[Part]:
    """What happened; the merge also where there is no timeline."""
    merged = False
    for place, one in enumerate(timeline):
        name = text_of(one.get("event"))
        if not name or name in NO_EVENTS:
            continue
        merged |= name == "merged"
        yield _event(one, EVENTS.get(name, name), place)
    if pull.get("merged_at") and not merged:
        who = author_of(pull.get("merged_by")).fields()
        time = when(pull.get("merged_at"))
        yield Part("event", "event:merged", "", time=time, state="merged", **who)


def _event(one: Row, state: str, place: int) -> Part:
    detail = {
        "commit": oid_of(one.get("commit_id")),
        "before": oid_of(record(one.get("beforeCommit")).get("oid")),
        "review": integer(record(one.get("dismissed_review")).get("review_id")),
    }
    number = integer(one.get("id"))
    text = text_of(record(one.get("label")).get("name"))
    text = text or text_of(record(one.get("rename")).get("to"))
    text = text or text_of(record(one.get("dismissed_review")).get("dismissal_message"))
    return Part(
        "event",
        f"event:{place if number is None else number}",
        text,
        time=when(one.get("created_at")),
        state=state,
        detail={name: value for name, value in detail.items() if value is not None} or None,
        **author_of(one.get("actor")).fields(),
    )


def _id(one: Row) -> str:
    number = integer(one.get("id"))
    return text_of(one.get("node_id")) or "none" if number is None else str(number)
