"""The parts of a GitLab merge request.

Native ids: ``title``, ``description``, ``note:ID``, ``approval:USERNAME``. A note with a position
is an inline comment; its patchset is the version with the position's ``head_sha``. GitLab moves a
position along with later pushes while its line is unchanged; ``original_position``, where an export
has it, is preferred. A line that was not changed has both numbers and is taken on the new side.

A system note becomes an event, named by `SYSTEM` (else ``system``) with its own words as text and
origin ``tool``, or a review where it tells of an approval. Notes that only say that something else
mentions this, or who was assigned, are left out, as the same events of GitHub are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, line_number, record, records, text_of, when
from byline.work.items import Part
from byline.work.reviews.assembly import NOBODY, Author, oid_of, suggested

Row = Mapping[str, Any]
GHOST: Final = "ghost"
REVIEWS: Final = (
    (re.compile(r"approved this merge request"), "approved"),
    (re.compile(r"unapproved this merge request|removed approval"), "dismissed"),
    (re.compile(r"requested changes"), "changes_requested"),
    (re.compile(r"left review comments|reviewed this merge request"), "commented"),
)
READY: Final = r"(?:un)?marked (?:this merge request )?as (?:a )?(?:\*\*)?"
SYSTEM: Final = (
    (re.compile(r"added \d+ commits?"), "push"),
    (re.compile(READY + "ready"), "ready_for_review"),
    (re.compile(r"unmarked (?:this merge request )?as a"), "ready_for_review"),
    (re.compile(READY + r"(?:draft|work in progress)", re.IGNORECASE), "converted_to_draft"),
    (re.compile(r"requested review from"), "requested"),
    (re.compile(r"removed review request"), "request_removed"),
    (re.compile(r"closed\b"), "closed"),
    (re.compile(r"merged\b"), "merged"),
    (re.compile(r"reopened\b"), "reopened"),
    (re.compile(r"changed title"), "renamed"),
    (re.compile(r"added (?:~|.* labels?)"), "label"),
    (re.compile(r"removed (?:~|.* labels?)"), "unlabel"),
    (re.compile(r"changed the description"), "description_changed"),
    (re.compile(r"changed target branch"), "base_ref_changed"),
    (re.compile(r"resolved all threads"), "resolved"),
)
NO_EVENTS: Final = re.compile(
    r"mentioned in|assigned to|unassigned|changed assignee|locked|unlocked|marked the task",
    re.IGNORECASE,
)


def author_of(user: object) -> Author:
    """The account of a user object; nobody where it is deleted."""
    value = record(user)
    name = text_of(value.get("username"))
    if not name or name == GHOST or re.fullmatch(r"ghost\d*", name):
        return NOBODY
    made = re.fullmatch(r"(?:project|group)_\d+_bot(?:_\w+)?", name)
    bot = value.get("bot") is True or made is not None
    return Author(
        account=name,
        name=text_of(value.get("name")) or None,
        email=text_of(value.get("public_email") or value.get("email")) or None,
        origin="bot" if bot else None,
    )


def opening(request: Row) -> Iterator[Part]:
    """The title and the description."""
    who, time = author_of(request.get("author")).fields(), when(request.get("created_at"))
    yield Part("title", "title", text_of(request.get("title")), time=time, **who)
    if text_of(request.get("description")):
        text = text_of(request.get("description"))
        yield Part("description", "description", text, time=time, **who)


def discussions_of(discussions: Sequence[Row], numbers: Mapping[str, int]) -> Iterator[Part]:
    """Comments, inline comments, approvals and events, discussion by discussion."""
    for one in discussions:
        notes = records(one.get("notes"))
        said = [note for note in notes if note.get("system") is not True]
        yield from (part for note in notes if note not in said for part in _system(note))
        alone = one.get("individual_note") is True and len(said) == 1
        thread = None if alone else text_of(one.get("id")) or (_native(said[0]) if said else None)
        state = _resolution(said)
        first = _native(said[0]) if said else None
        for number, note in enumerate(said):
            above = first if number else None
            yield _note(note, numbers, thread=thread, above=above, state=state)


def _resolution(notes: Sequence[Row]) -> str | None:
    """How a discussion ended: resolved when everything in it that can be is."""
    marks = [note.get("resolved") is True for note in notes if note.get("resolvable") is True]
    if not marks:
        return None
    return "resolved" if all(marks) else "unresolved"


def _native(note: Row) -> str:
    number = integer(note.get("id"))
    return f"note:{text_of(note.get('id')) or 'none' if number is None else number}"


def _system(note: Row) -> Iterator[Part]:
    text, author = text_of(note.get("body")), author_of(note.get("author"))
    time = when(note.get("created_at"))
    for pattern, state in REVIEWS:
        if pattern.match(text):
            yield Part("review", _native(note), "", time=time, state=state, **author.fields())
            return
    state = next((state for pattern, state in SYSTEM if pattern.match(text)), "system")
    if state == "system" and NO_EVENTS.match(text):
        return
    origin = author.origin or "tool"
    yield Part(
        "event", _native(note), text, time=time, state=state, origin=origin, **author.person()
    )


def _note(
    note: Row,
    numbers: Mapping[str, int],
    *,
    thread: str | None,
    above: str | None,
    state: str | None,
) -> Part:
    text = text_of(note.get("body"))
    position = record(note.get("original_position")) or record(note.get("position"))
    head = oid_of(position.get("head_sha") or note.get("commit_id"))
    start, end, side = _lines(position)
    detail = {
        "commit": head,
        "base": oid_of(position.get("base_sha")),
        "resolved_at": text_of(note.get("resolved_at")) or None,
        "internal": True
        if note.get("internal") is True or note.get("confidential") is True
        else None,
        **suggested(text, start=start, end=end),
        **_applied(note),
    }
    path = text_of(position.get("old_path" if side == "old" else "new_path"))
    return Part(
        "inline" if position else "comment",
        _native(note),
        text,
        time=when(note.get("created_at")),
        path=path or None,
        start=start,
        end=end,
        side=side if position else None,
        patchset=numbers.get(head or ""),
        reply_to=above,
        thread=thread,
        state=state,
        detail={name: value for name, value in detail.items() if value is not None} or None,
        **author_of(note.get("author")).fields(),
    )


def _lines(position: Row) -> tuple[int | None, int | None, str | None]:
    """First line, last line and side of a position."""
    new, old = line_number(position.get("new_line")), line_number(position.get("old_line"))
    end, side, field = (new, "new", "new_line") if new or not old else (old, "old", "old_line")
    start = line_number(record(record(position.get("line_range")).get("start")).get(field))
    if end is None:
        return None, None, None
    return end if start is None or start > end else start, end, side


def _applied(note: Row) -> dict[str, Any]:
    """Whether a suggestion was taken, and which lines it replaces, where GitLab says so."""
    for one in records(note.get("suggestions")):
        first, last = line_number(one.get("from_line")), line_number(one.get("to_line"))
        lines = {"suggestion_for": [first, last]} if first and last and first <= last else {}
        applied = one.get("applied")
        return {**lines, **({"applied": applied} if isinstance(applied, bool) else {})}
    return {}


def approvals_of(approvals: Row, said: Sequence[Part]) -> Iterator[Part]:
    """The approvals in force that no note tells of."""
    told = {one.account for one in said if one.kind == "review" and one.state == "approved"}
    for one in records(approvals.get("approved_by")):
        author = author_of(one.get("user"))
        if author.account is not None and author.account not in told:
            yield Part(
                "review",
                f"approval:{author.account}",
                "",
                time=when(one.get("approved_at")),
                state="approved",
                **author.fields(),
            )
