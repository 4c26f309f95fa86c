"""Changes as ``gerrit query --format JSON`` prints them over SSH, in the words of the REST API.

Perceval and older archives hold these ("Gerrit Code Review - JSON Data"). Their messages have no
ids and tags, their inline comments neither ids, times, ranges nor threads: natives count them
within their patchset, and nothing more is claimed of them. A line below 1 is of the old state.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, line_number, record, records, text_of

Row = Mapping[str, Any]
FIELDS: Final = {"project", "number", "subject", "status"}


def is_queried(value: Row) -> bool:
    """Whether an object is a change of a query."""
    return value.keys() >= FIELDS and bool({"patchSets", "currentPatchSet"} & value.keys())


def change_of(value: Row) -> tuple[Row, Row]:
    """``ChangeInfo`` and the map of comments that a queried change amounts to."""
    patchsets = records(value.get("patchSets")) or [record(value.get("currentPatchSet"))]
    numbered = {integer(one.get("number")) or 0: one for one in patchsets}
    last = numbered[max(numbered)]
    merged = value.get("status") == "MERGED"
    messages = [_message(one) for one in records(value.get("comments"))]
    change = {
        "project": value.get("project"),
        "branch": value.get("branch"),
        "topic": value.get("topic"),
        "hashtags": value.get("hashtags"),
        "change_id": value.get("id"),
        "_number": value.get("number"),
        "subject": value.get("subject"),
        "status": value.get("status"),
        "created": value.get("createdOn"),
        "submitted": _merged_at(messages) if merged else None,
        "work_in_progress": value.get("wip"),
        "owner": value.get("owner"),
        "current_revision": last.get("revision"),
        "revisions": {
            text_of(one.get("revision")): _revision(one, value if one is last else {})
            for one in patchsets
        },
        "labels": _labels(last),
        "messages": messages,
    }
    return change, _comments(patchsets)


def _message(one: Row) -> Row:
    author = record(one.get("reviewer"))
    return {"author": author, "date": one.get("timestamp"), "message": one.get("message")}


def _merged_at(messages: Sequence[Row]) -> Any:
    said = [one for one in messages if text_of(one["message"]).startswith("Change has been succ")]
    return said[-1]["date"] if said else None


def _revision(one: Row, change: Row) -> Row:
    parents = one.get("parents")
    listed = parents if isinstance(parents, list) else []
    return {
        "_number": one.get("number"),
        "created": one.get("createdOn"),
        "uploader": one.get("uploader"),
        "kind": one.get("kind"),
        "files": {text_of(each.get("file")): {} for each in records(one.get("files"))},
        "commit": {
            "parents": [{"commit": parent} for parent in listed],
            "author": one.get("author"),
            "message": change.get("commitMessage"),
        },
    }


def _labels(patchset: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in records(patchset.get("approvals")):
        text = text_of(one.get("value"))
        value = integer(text.lstrip("+-"))
        if value is not None:
            vote = {
                **record(one.get("by")),
                "value": -value if text.startswith("-") else value,
                "date": one.get("grantedOn"),
            }
            found.setdefault(text_of(one.get("type")), {"all": []})["all"].append(vote)
    return found


def _comments(patchsets: Sequence[Row]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for patchset in patchsets:
        number = integer(patchset.get("number"))
        for place, one in enumerate(records(patchset.get("comments"))):
            line = integer(one.get("line"))
            old = line is not None and line < 0
            comment = {
                "id": f"{number}:{place}",
                "patch_set": number,
                "author": one.get("reviewer"),
                "message": one.get("message"),
                "line": line_number(-line if old and line is not None else line),
                **({"side": "PARENT"} if old else {}),
            }
            found.setdefault(text_of(one.get("file")), []).append(comment)
    return found
