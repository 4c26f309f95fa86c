"""Gerrit changes: ``ChangeInfo`` with all revisions, and ``GET /changes/ID/comments``.

The two may lie in any files, singly or in arrays (a query's answer), with or without ``)]}'``;
comments are joined to their change by the number in the name of their file or folder. Commits are
revisions, so patchsets are exact; comments name theirs by ``patch_set``. Changes as queried over
SSH are read too, see `byline.work.reviews.gerrit_query`.

Key ``gerrit:project~number``; alias ``change-id:I…``. The description is the message of the current
revision without its title, by that commit's author. ``merged_commit`` is the commit that the
message of the submission names (Gerrit rebases or cherry-picks on submission), else the current
revision. ``approved``: the Code-Review label is approved and not rejected.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from byline.work.exports import Document, integer, objects, record, records, text_of, when
from byline.work.issues.references import Home
from byline.work.items import Link, Patchset, Problem, Reading, Source
from byline.work.reviews.assembly import commit_key, in_order, oid_of, once_each, project_of
from byline.work.reviews.gerrit_parts import (
    CODE_REVIEW,
    author_of,
    comments_of,
    messages_of,
    opening,
    votes_of,
)
from byline.work.reviews.gerrit_query import change_of, is_queried
from byline.work.reviews.links import Place, stated
from byline.work.spool import Spool

Row = Mapping[str, Any]
CHANGE: Final = "change"
COMMENTS: Final = "comments"
STATES: Final = {"NEW": "open", "DRAFT": "open", "MERGED": "merged", "ABANDONED": "abandoned"}
KINDS: Final = {
    "REWORK": "rework",
    "TRIVIAL_REBASE": "rebase",
    "TRIVIAL_REBASE_WITH_MESSAGE_UPDATE": "rebase",
    "MERGE_FIRST_PARENT_UPDATE": "rebase",
}
AT_ONCE: Final = timedelta(seconds=2)
CHANGE_ID: Final = re.compile(r"I[0-9a-f]{8,64}")
SUBMITTED_AS: Final = re.compile(
    r"(?:cherry-picked|rebased|merged)\b[^\n]*? as (?P<oid>[0-9a-f]{40})\b"
)
NUMBER: Final = re.compile(r"(?:^|[/~])(?P<number>[1-9]\d{0,9})(?:/comments)?\.json$")


def read_gerrit(source: Source) -> Iterator[Reading]:
    """The changes of an export, in order of their number.

    Raises:
        InputError: There is nothing at the source's path.
    """
    with Spool() as spool:
        for one in objects(source):
            problem = one if isinstance(one, Problem) else _keep(one, spool)
            if problem is not None:
                yield Reading(problems=(problem,))
        for key in spool.keys():  # noqa: SIM118
            yield from _joined(spool.rows(key), source)


def _keep(one: Document, spool: Spool) -> Problem | None:
    value = record(one.value)
    if is_queried(value):
        value, comments = change_of(value)
        if comments and integer(value["_number"]):
            spool.add(f"{integer(value['_number']):012}", COMMENTS, comments, file=one.file)
    if "_number" in value and "project" in value:
        number, kind = integer(value["_number"]), CHANGE
    elif is_comments(value):
        found = NUMBER.search(one.file)
        number, kind = int(found["number"]) if found else None, COMMENTS
    elif "rowCount" in value and value.get("type") == "stats":
        return None
    else:
        return Problem(one.file, one.place, "not_recognised", "neither a change nor its comments")
    if number is None or number < 1:
        return Problem(one.file, one.place, "no_key", f"a {kind} without the number of a change")
    spool.add(f"{number:012}", kind, value, file=one.file)
    return None


def is_comments(value: Row) -> bool:
    """Whether an object maps paths to comments, as ``GET /changes/ID/comments`` answers."""
    lists = [one for one in value.values() if isinstance(one, list)]
    if len(lists) != len(value):
        return False
    return all(_is_comment(one) for held in lists for one in held[:1])


def _is_comment(value: object) -> bool:
    return {"id", "message"} <= record(value).keys() or {"id", "updated"} <= record(value).keys()


def _joined(rows: Sequence[tuple[str, Any, str]], source: Source) -> Iterator[Reading]:
    changes = [(value, file) for kind, value, file in rows if kind == CHANGE]
    comments = [value for kind, value, _ in rows if kind == COMMENTS]
    if not changes:
        why = "comments of a change that is not in the export"
        if any(comments):
            yield Reading(problems=(Problem(rows[0][2], "", "no_change", why),))
        return
    for number, (change, file) in enumerate(changes):
        if number:
            why = "this change was read before; the first is kept"
            yield Reading(problems=(Problem(file, "", "duplicate_item", why),))
        else:
            yield gerrit_review(change, comments, source=source, file=file)


def gerrit_review(change: Row, comments: Sequence[Row], *, source: Source, file: str) -> Reading:
    """One change.

    Args:
        change: ``ChangeInfo``.
        comments: Maps of paths to ``CommentInfo``, any number of them.
        source: For the names of repositories.
        file: Where it was found.
    """
    project, number = project_of(change.get("project")), integer(change.get("_number"))
    if project is None or number is None or number < 1:
        return Reading(problems=(Problem(file, "", "no_key", "no project or number"),))
    repository = source.repository(project)
    messages = records(change.get("messages"))
    merged = change.get("status") == "MERGED"
    patchsets = patchsets_of(change, submitted=_submitted_as(messages) if merged else None)
    parts, problems = once_each(
        [
            *opening(change),
            *messages_of(messages),
            *votes_of(change, messages),
            *comments_of(comments),
        ],
        file=file,
    )
    key = f"gerrit:{project}~{number}"
    change_id = text_of(change.get("change_id"))
    return Reading(
        kind="review",
        key=key,
        file=file,
        title=text_of(change.get("subject")),
        aliases=[f"change-id:{change_id}"] if CHANGE_ID.fullmatch(change_id) else [],
        repository=repository,
        state=STATES.get(text_of(change.get("status"))),
        opened=when(change.get("created")),
        closed=when(change.get("submitted")) if merged else _abandoned(change, messages),
        detail=_detail(change, project, number, patchsets),
        parts=in_order(parts),
        patchsets=patchsets,
        links=_links(change, key, repository, patchsets),
        problems=[*problems, *_lost(change, comments, patchsets, file=file)],
    )


def _lost(
    change: Row, comments: Sequence[Row], patchsets: Sequence[Patchset], *, file: str
) -> Iterator[Problem]:
    """What has no id or number, and so no place in the change."""
    revisions = len(record(change.get("revisions"))) - len(patchsets)
    if revisions:
        why = f"{revisions} revisions without a commit id or a number of their own"
        yield Problem(file, "revisions", "no_head", why)
    said = [one for each in comments for held in each.values() for one in records(held)]
    nameless = sum(not text_of(one.get("id")) for one in said)
    if nameless:
        yield Problem(file, "comments", "no_id", f"{nameless} comments without an id")


def _submitted_as(messages: Sequence[Row]) -> str | None:
    for one in reversed(messages):
        found = SUBMITTED_AS.search(text_of(one.get("message")))
        if found:
            return oid_of(found["oid"])
    return None


def _abandoned(change: Row, messages: Sequence[Row]) -> Any:
    if change.get("status") != "ABANDONED":
        return None
    said = [
        one
        for one in messages
        if one.get("tag") == "autogenerated:gerrit:abandon"
        or text_of(one.get("message")).startswith("Abandoned")
    ]
    return when(said[-1].get("date")) if said else None


def patchsets_of(change: Row, *, submitted: str | None) -> tuple[Patchset, ...]:
    """The revisions by number; the one that the submission made is ``merged``.

    It is told by its id, or by its time: made with the submission, and no rework.
    """
    found: dict[int, Patchset] = {}
    merged_at = when(change.get("submitted")) if change.get("status") == "MERGED" else None
    for name, value in sorted(record(change.get("revisions")).items()):
        head, revision = oid_of(name), record(value)
        number = integer(revision.get("_number"))
        if head is None or number is None or not 1 <= number < 1 << 31:
            continue
        if number in found and name != change.get("current_revision"):
            continue
        parents = records(record(revision.get("commit")).get("parents"))
        made, kind = when(revision.get("created")), KINDS.get(text_of(revision.get("kind")))
        at_once = made and merged_at and abs(made - merged_at) <= AT_ONCE and kind != "rework"
        found[number] = Patchset(
            number=number,
            head=head,
            base=oid_of(parents[0].get("commit")) if parents else None,
            time=made,
            kind="initial" if number == 1 else "merged" if head == submitted or at_once else kind,
            **author_of(revision.get("uploader")).person(),
        )
    return tuple(found[number] for number in sorted(found))


def _merged_commit(change: Row, patchsets: Sequence[Patchset]) -> str | None:
    if change.get("status") != "MERGED":
        return None
    submitted = _submitted_as(records(change.get("messages")))
    current = oid_of(change.get("current_revision"))
    return submitted or current or (patchsets[-1].head if patchsets else None)


def _detail(
    change: Row, project: str, number: int, patchsets: Sequence[Patchset]
) -> dict[str, Any]:
    label = record(record(change.get("labels")).get(CODE_REVIEW))
    values = [integer(one.get("value")) or 0 for one in records(label.get("all"))]
    granted = "approved" in label or any(value >= 2 for value in values)
    refused = "rejected" in label or any(value <= -2 for value in values)
    hashtags = change.get("hashtags")
    files = record(record(record(change.get("revisions")).get(_last(patchsets))).get("files"))
    changed = sum(not one.startswith("/") for one in files)
    return {
        "number": number,
        "project": project,
        "base_branch": text_of(change.get("branch")) or None,
        "merged_commit": _merged_commit(change, patchsets),
        "merged": change.get("status") == "MERGED",
        "approved": granted and not refused,
        "labels": sorted({text_of(one) for one in hashtags} - {""})
        if isinstance(hashtags, list)
        else [],
        "topic": text_of(change.get("topic")) or None,
        **({"draft": True} if change.get("work_in_progress") is True else {}),
        **({"changed_files": changed} if files else {}),
    }


def _last(patchsets: Sequence[Patchset]) -> str:
    return patchsets[-1].head if patchsets else ""


def _links(
    change: Row, key: str, repository: str | None, patchsets: Sequence[Patchset]
) -> tuple[Link, ...]:
    project = text_of(change.get("project"))
    found: list[Link] = []
    for kind, name in (("reverts", "revert_of"), ("backports", "cherry_pick_of_change")):
        number = integer(change.get(name))
        if number is not None and number > 0:
            found.append(Link(kind, f"gerrit:{project}~{number}", name))
    texts = [(one.native, one.text) for one in opening(change)]
    known = {one.target for one in found}
    place = Place(Home("gerrit", project), repository, key)
    found += [one for one in stated(texts, place) if one.target not in known]
    merged = _merged_commit(change, patchsets)
    if merged is not None:
        found.append(Link("merged_as", commit_key(repository, merged), "submitted revision"))
    found += [
        Link("contains", commit_key(repository, one.head), f"revision {one.number}")
        for one in patchsets
        if one.head != merged
    ]
    return tuple(found)
