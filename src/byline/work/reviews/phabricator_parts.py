"""The parts of a Phabricator revision, from its transactions.

Native ids: ``title``, ``description``, ``test_plan``, and the PHID of a comment (inline comments
answer one another by it) or of a transaction. An inline comment is resolved when it is marked done,
a thread by its first comment. ``line`` and ``length`` mean the lines from ``line`` to ``line +
length``. The API says which state of the file is meant only in ``isNewFile``, which few versions
have; without it the side is null. Texts that were removed are not in the export and make no part.
Transactions without words are events named by `EVENTS`; those of subscribers are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.work.exports import integer, line_number, record, records, text_of, when
from byline.work.items import Part
from byline.work.reviews.assembly import NOBODY, Author, oid_of, roots, suggested, with_states

Row = Mapping[str, Any]
VERDICTS: Final = {"accept": "approved", "request-changes": "changes_requested",
                   "resign": "dismissed"}  # fmt: skip
EVENTS: Final = {
    "update": "push",
    "close": "closed",
    "abandon": "abandoned",
    "reclaim": "reopened",
    "reopen": "reopened",
    "request-review": "requested",
    "reviewers": "requested",
    "plan-changes": "changes_planned",
    "title": "renamed",
    "summary": "description_changed",
    "testPlan": "description_changed",
    "draft": "converted_to_draft",
    "status": "status",
    "projects": "label",
}
NO_EVENTS: Final = frozenset({"subscribers", "comment", "inline", "create", "token", "mention", ""})


@dataclass(frozen=True)
class People:
    """Users by PHID, where an export has them."""

    users: Mapping[str, Author]

    def author(self, phid: object) -> Author:
        """Who a PHID is: nobody where it is none; applications and bots as ``bot``."""
        name = text_of(phid)
        if not name.startswith("PHID-"):
            return NOBODY
        made = name.startswith(("PHID-APPS-", "PHID-HRUL-", "PHID-HMBT-"))
        return self.users.get(name) or Author(account=name, origin="bot" if made else None)


def opening(revision: Row, people: People) -> Iterator[Part]:
    """The title, the summary and the test plan."""
    fields = record(revision.get("fields"))
    who = people.author(fields.get("authorPHID")).fields()
    time = when(fields.get("dateCreated"))
    yield Part("title", "title", text_of(fields.get("title")), time=time, **who)
    for native, name in (("description", "summary"), ("test_plan", "testPlan")):
        if text_of(fields.get(name)):
            yield Part("description", native, text_of(fields.get(name)), time=time, **who)


def transactions_of(
    rows: Sequence[Row], people: People, numbers: Mapping[str, int], diffs: Sequence[Row]
) -> Iterator[Part]:
    """Comments, inline comments, verdicts and events.

    Args:
        rows: Transactions, in any order.
        people: Who the PHIDs are.
        numbers: Of patchsets, by PHID and by id of their diffs.
        diffs: In the order of their numbers; what is said in general is about the last one before.
    """
    inline = [one for one in rows if one.get("type") == "inline" and _said(one)]
    first = roots({_native(one): _parent(one) for one in inline})
    states = {
        _native(one): "resolved" if record(one.get("fields"))["isDone"] else "unresolved"
        for one in inline
        if isinstance(record(one.get("fields")).get("isDone"), bool)
    }
    for one in inline:
        native = _native(one)
        part = _inline(one, people, numbers, thread=first[native])
        yield from with_states([part], states)
    for one in rows:
        if one.get("type") != "inline":
            yield from _general(one, people, diffs)


def _said(one: Row) -> Row:
    """The current version of a transaction's comment, unless it was removed."""
    versions = sorted(
        records(one.get("comments")), key=lambda each: integer(each.get("version")) or 0
    )
    if not versions or versions[-1].get("removed") is True:
        return {}
    return versions[-1]


def _native(one: Row) -> str:
    return text_of(_said(one).get("phid")) or text_of(one.get("phid"))


def _parent(one: Row) -> str | None:
    return text_of(record(one.get("fields")).get("replyToCommentPHID")) or None


def _text(one: Row) -> str:
    return text_of(record(_said(one).get("content")).get("raw"))


def _inline(one: Row, people: People, numbers: Mapping[str, int], *, thread: str) -> Part:
    fields, text = record(one.get("fields")), _text(one)
    diff = record(fields.get("diff"))
    start = line_number(fields.get("line"))
    length = integer(fields.get("length")) or 0
    end = None if start is None else line_number(start + max(0, length)) or start
    new = fields.get("isNewFile")
    detail = {
        "diff": integer(diff.get("id")),
        "commit": oid_of(fields.get("commit")),
        **suggested(text, start=start, end=end),
    }
    return Part(
        "inline",
        _native(one),
        text,
        time=when(one.get("dateCreated")),
        path=text_of(fields.get("path")) or None,
        start=start,
        end=end,
        side=("new" if new else "old") if isinstance(new, bool) else None,
        patchset=numbers.get(text_of(diff.get("phid"))) or numbers.get(str(diff.get("id"))),
        reply_to=_parent(one),
        thread=thread,
        detail={name: value for name, value in detail.items() if value is not None},
        **people.author(one.get("authorPHID")).fields(),
    )


def _general(one: Row, people: People, diffs: Sequence[Row]) -> Iterator[Part]:
    kind, text = text_of(one.get("type")), _text(one)
    author, time = people.author(one.get("authorPHID")), when(one.get("dateCreated"))
    if kind in VERDICTS:
        yield Part(
            "review", _native(one), text, time=time, state=VERDICTS[kind],
            patchset=_current(one, diffs), **author.fields(),
        )  # fmt: skip
    elif text:
        yield Part("comment", _native(one), text, time=time, **author.fields())
    if kind not in NO_EVENTS and kind not in VERDICTS:
        state = EVENTS.get(kind, kind)
        native = f"event:{text_of(one.get('phid')) or integer(one.get('id'))}"
        yield Part("event", native, "", time=time, state=state, **author.fields())


def _current(one: Row, diffs: Sequence[Row]) -> int | None:
    """The diff that was the last when a transaction was made."""
    time = when(one.get("dateCreated"))
    if time is None:
        return None
    made = [when(record(diff.get("fields")).get("dateCreated")) for diff in diffs]
    before = [place for place, other in enumerate(made, start=1) if other and other <= time]
    return before[-1] if before else None
