"""Items of forges and Jira in the form that their own readers take.

Perceval adds what it fetched beside an item under names of its own (``comments_data``,
``reviews_data``, ``notes_data``, ``versions_data``). These are put where the layouts of
`byline.fetch` have them; everything else stays as the forge answered. Gerrit's reviews come from
its ssh interface (``gerrit query``), whose names differ from those of its REST interface.
"""

from collections.abc import Mapping
from typing import Any

from byline.work.exports import integer, record, records, text_of, when
from byline.work.perceval.envelope import Fetched


def github_issue_payload(one: Fetched) -> dict[str, Any]:
    """``{"issue", "comments", "timeline"}``."""
    issue = {"repository": {"full_name": one.path}, **one.data}
    return {"issue": issue, "comments": one.data.get("comments_data"), "timeline": []}


def github_pull_payload(one: Fetched) -> dict[str, Any]:
    """``{"pull", "reviews", "comments", …}``; of commits Perceval keeps the ids only."""
    shas = one.data.get("commits_data")
    commits = [{"sha": text_of(sha)} for sha in shas] if isinstance(shas, list) else []
    return {
        "pull": one.data,
        "reviews": records(one.data.get("reviews_data")),
        "comments": records(one.data.get("review_comments_data")),
        "issue_comments": records(one.data.get("comments_data")),
        "commits": commits,
        "files": [],
        "timeline": [],
    }


def gitlab_issue_payload(one: Fetched) -> dict[str, Any]:
    """``{"issue", "discussions"}``: each note a discussion of its own, for no threads are kept."""
    return {"issue": one.data, "discussions": _discussions(one.data)}


def gitlab_merge_request_payload(one: Fetched) -> dict[str, Any]:
    """``{"merge_request", "discussions", "versions", …}``."""
    return {
        "merge_request": one.data,
        "discussions": _discussions(one.data),
        "versions": records(one.data.get("versions_data")),
        "commits": [],
        "approvals": {},
    }


def _discussions(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": str(integer(note.get("id"))), "notes": [note]}
        for note in records(data.get("notes_data"))
    ]


def jira_issue_payload(one: Fetched) -> dict[str, Any]:
    """An issue as Jira answers, with its comments where Jira has them."""
    fields = dict(record(one.data.get("fields")))
    fetched = records(one.data.get("comments_data"))
    if fetched:
        fields["comment"] = {"comments": fetched, "total": len(fetched)}
    return {**one.data, "fields": fields}


def gerrit_change_payload(one: Fetched) -> tuple[dict[str, Any], dict[str, Any]]:
    """A ChangeInfo and the comments map of the REST interface, from the answer of the ssh one."""
    data = one.data
    revisions: dict[str, Any] = {}
    comments: dict[str, list[dict[str, Any]]] = {}
    number = integer(data.get("number"))
    for patch in records(data.get("patchSets")):
        place, oid = integer(patch.get("number")), text_of(patch.get("revision"))
        if place is None or not oid:
            continue
        parents = patch.get("parents")
        revisions[oid] = {
            "_number": place,
            "kind": text_of(patch.get("kind")),
            "ref": text_of(patch.get("ref")),
            "created": _time(patch.get("createdOn")),
            "uploader": _account(patch.get("uploader")),
            "commit": {
                "parents": [
                    {"commit": text_of(parent)}
                    for parent in (parents if isinstance(parents, list) else ())
                ],
                "author": record(patch.get("author")),
                "message": text_of(data.get("commitMessage")),
            },
        }
        for position, said in enumerate(records(patch.get("comments"))):
            comments.setdefault(text_of(said.get("file")) or "/PATCHSET_LEVEL", []).append(
                {
                    "id": f"{place}-{position}",
                    "patch_set": place,
                    "line": said.get("line"),
                    "message": text_of(said.get("message")),
                    "author": _account(said.get("reviewer")),
                    "updated": _time(said.get("timestamp")) or _time(patch.get("createdOn")),
                }
            )
    newest = max(revisions, key=lambda oid: revisions[oid]["_number"], default=None)
    change = {
        "id": text_of(data.get("id")),
        "change_id": text_of(data.get("id")),
        "_number": number,
        "project": text_of(data.get("project")),
        "branch": text_of(data.get("branch")),
        "subject": text_of(data.get("subject")),
        "status": text_of(data.get("status")),
        "created": _time(data.get("createdOn")),
        "updated": _time(data.get("lastUpdated")),
        "submitted": _time(data.get("lastUpdated")) if data.get("status") == "MERGED" else None,
        "owner": _account(data.get("owner")),
        "revisions": revisions,
        "current_revision": newest,
        "messages": [
            {
                "id": f"message-{position}",
                "author": _account(said.get("reviewer")),
                "date": _time(said.get("timestamp")),
                "message": text_of(said.get("message")),
            }
            for position, said in enumerate(records(data.get("comments")))
        ],
        "labels": _votes(data),
    }
    return {name: value for name, value in change.items() if value is not None}, comments


def _votes(data: Mapping[str, Any]) -> dict[str, Any]:
    """The votes on the newest patchset that has any, by label."""
    labels: dict[str, Any] = {}
    patches = [one for one in records(data.get("patchSets")) if one.get("approvals")]
    for vote in records(patches[-1].get("approvals")) if patches else ():
        label = text_of(vote.get("type"))
        given = {
            **_account(vote.get("by")),
            "value": _signed(vote.get("value")),
            "date": _time(vote.get("grantedOn")),
        }
        labels.setdefault(label, {"all": []})["all"].append(given)
    return labels


def _signed(value: Any) -> int:
    text = text_of(value)
    if text.startswith("-"):
        return -(integer(text[1:]) or 0)
    return integer(text.removeprefix("+") if text else value) or 0


def _account(value: Any) -> dict[str, Any]:
    known = record(value)
    return {
        name: text_of(known.get(name)) for name in ("name", "email", "username") if name in known
    }


def _time(value: Any) -> str | None:
    found = when(value)
    return None if found is None else found.strftime("%Y-%m-%d %H:%M:%S.000000000")
