"""GitHub's answers for a played repository: pull requests, as its REST and GraphQL APIs give them.

Layout: ``<owner>/<name>/pulls/<n>.json``; raw API objects inside.
Shapes: https://docs.github.com/en/rest/pulls and https://docs.github.com/en/rest/issues/timeline
"""

from typing import Any

from byline.sample.fast_import import Commit
from byline.sample.people import CAST
from byline.sample.process.accounts import GHOST, github_time, github_user
from byline.sample.process.edits import carried, changed_paths, counts, hunk_to, text_of, unified
from byline.sample.process.records import Patch, Played, Review, Talk

API = "https://api.github.com/repos"
_STATES = {"approved": "APPROVED", "changes_requested": "CHANGES_REQUESTED",
           "commented": "COMMENTED", "dismissed": "DISMISSED"}  # fmt: skip


def pull_file(played: Played, review: Review) -> dict[str, Any]:
    """Return everything that GitHub says about a pull request."""
    inline = [one for one in review.talk if one.kind == "inline"]
    return {
        "pull": _pull(played, review),
        "reviews": _reviews(review),
        "comments": [_comment(played, review, one) for one in inline],
        "issue_comments": [_said(one) for one in review.talk if one.kind == "say"],
        "commits": [_commit(one) for one in review.patches[-1].commits],
        "files": _files(review.patches[-1]),
        "timeline": sorted(_timeline(review), key=lambda row: str(row.get("created_at")
                           or row.get("submitted_at") or row["committer"]["date"])),
        "threads": [_thread(review, one) for one in inline if not one.reply],
    }  # fmt: skip


def _pull(played: Played, review: Review) -> dict[str, Any]:
    title, _, body = review.step.text.partition("\n")
    last, step = review.patches[-1], review.step
    changed = [_numbers(last, path) for path in changed_paths(last.base.tree, last.head.tree)]
    closed = None if review.closed is None else github_time(review.closed)
    owner = github_user(step.fact("by"))
    return {
        "url": f"{API}/{played.project}/pulls/{review.number}",
        "html_url": f"https://github.com/{played.project}/pull/{review.number}",
        "id": 2_400_000_000 + review.number,
        "number": review.number,
        "state": "open" if review.state == "open" else "closed",
        "title": title,
        "user": owner,
        "body": body.strip() or None,
        "labels": [{"name": name} for name in step.fact("labels").split(",") if name],
        "draft": False,
        "created_at": github_time(step.when),
        "updated_at": closed or github_time(last.when),
        "closed_at": closed,
        "merged_at": closed if review.merged else None,
        "merged": review.merged is not None,
        "merge_commit_sha": review.merged.oid if review.merged else None,
        "merged_by": github_user(review.closed_by) if review.merged else None,
        "head": {"ref": step.fact("branch"), "sha": last.head.oid,
                 "label": f"harbour:{step.fact('branch')}", "repo": {"full_name": played.project}},
        "base": {"ref": review.target, "sha": last.base.oid, "label": f"harbour:{review.target}",
                 "repo": {"full_name": played.project}},
        "author_association": "MEMBER",
        "commits": len(last.commits),
        "additions": sum(one[0] for one in changed),
        "deletions": sum(one[1] for one in changed),
        "changed_files": len(changed),
    }  # fmt: skip


def _numbers(patch: Patch, path: str) -> tuple[int, int]:
    return counts(text_of(patch.base.tree, path), text_of(patch.head.tree, path))


def _commit(commit: Commit) -> dict[str, Any]:
    who = commit.author
    member = next((one for one in CAST if who.email in {email for _, email in one.identities}),
                  None)  # fmt: skip
    signed = {"name": who.name, "email": who.email, "date": github_time(who.when)}
    return {
        "sha": commit.oid,
        "commit": {"author": signed, "committer": signed, "message": commit.message},
        "author": github_user(member.id) if member else None,
        "committer": github_user(member.id) if member else None,
    }


def _files(patch: Patch) -> list[dict[str, Any]]:
    rows = []
    for path in changed_paths(patch.base.tree, patch.head.tree):
        before, after = text_of(patch.base.tree, path), text_of(patch.head.tree, path)
        added, removed = counts(before, after)
        gone, new = path not in patch.head.tree, path not in patch.base.tree
        rows.append({
            "filename": path, "status": "removed" if gone else "added" if new else "modified",
            "additions": added, "deletions": removed, "changes": added + removed,
            "patch": "\n".join(unified(before, after)),
        })  # fmt: skip
    return rows


def _reviews(review: Review) -> list[dict[str, Any]]:
    return [
        {
            "id": one.native,
            "user": github_user(one.by),
            "body": one.text,
            "state": _STATES[one.state],
            "submitted_at": github_time(one.when),
            "commit_id": review.patches[one.patch - 1].head.oid,
            "author_association": "MEMBER",
        }
        for one in review.talk
        if one.kind == "vote"
    ]


def _comment(played: Played, review: Review, one: Talk) -> dict[str, Any]:
    patch, last = review.patches[review.thread(one).patch - 1], review.patches[-1]
    old = text_of(patch.base.tree, one.path)
    new = text_of(patch.head.tree, one.path)
    hunk, position = hunk_to(old, new, one.end, side=one.side)
    now = text_of((last.base if one.side == "LEFT" else last.head).tree, one.path)
    line = carried(old if one.side == "LEFT" else new, now, one.end)
    several = one.start != one.end
    row: dict[str, Any] = {
        "url": f"{API}/{played.project}/pulls/comments/{one.native}",
        "id": one.native,
        "user": github_user(one.by),
        "body": one.text,
        "path": one.path,
        "diff_hunk": hunk,
        "position": None if line is None else position,
        "original_position": position,
        "line": line,
        "original_line": one.end,
        "start_line": line - (one.end - one.start) if several and line else None,
        "original_start_line": one.start if several else None,
        "start_side": one.side if several else None,
        "side": one.side,
        "commit_id": last.head.oid,
        "original_commit_id": patch.head.oid,
        "pull_request_review_id": one.native + 1,
        "created_at": github_time(one.when),
        "updated_at": github_time(one.when),
        "author_association": "NONE" if one.by == GHOST else "MEMBER",
        "subject_type": "line",
    }
    if one.reply:
        row["in_reply_to_id"] = review.thread(one).native
    return row


def _said(one: Talk) -> dict[str, Any]:
    return {
        "id": one.native,
        "user": github_user(one.by),
        "body": one.text,
        "created_at": github_time(one.when),
        "updated_at": github_time(one.when),
        "author_association": "MEMBER",
    }


def _thread(review: Review, first: Talk) -> dict[str, Any]:
    members = [one for one in review.talk if one.kind == "inline" and review.thread(one) is first]
    old = review.patches[first.patch - 1]
    last = review.patches[-1]
    text = text_of(old.head.tree, first.path)
    line = carried(text, text_of(last.head.tree, first.path), first.end)
    return {
        "id": f"PRRT_{first.native}",
        "isResolved": first.name in review.resolved,
        "isOutdated": first.side == "RIGHT" and line is None,
        "path": first.path,
        "comments": {"nodes": [{"databaseId": one.native} for one in members]},
    }


def _timeline(review: Review) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "event": "head_ref_force_pushed",
            "actor": github_user(patch.by),
            "commit_id": patch.head.oid,
            "created_at": github_time(patch.when),
        }
        for patch in review.patches
        if patch.kind in ("force", "rebase")
    ]
    for commit in review.patches[-1].commits:
        who = {"name": commit.author.name, "email": commit.author.email,
               "date": github_time(commit.author.when)}  # fmt: skip
        rows.append({"event": "committed", "sha": commit.oid, "author": who, "committer": who,
                     "message": commit.message})  # fmt: skip
    for one in review.talk:
        rows += _told(review, one)
    if review.closed is not None:
        ended = {"actor": github_user(review.closed_by), "created_at": github_time(review.closed)}
        if review.merged:
            rows.append({"event": "merged", "commit_id": review.merged.oid, **ended})
        rows.append({"event": "closed", "commit_id": None, **ended})
    return rows


def _told(review: Review, one: Talk) -> list[dict[str, Any]]:
    user = github_user(one.by)
    if one.kind == "vote":
        return [{"event": "reviewed", "id": one.native, "user": user, "body": one.text,
                 "state": one.state, "submitted_at": github_time(one.when),
                 "commit_id": review.patches[one.patch - 1].head.oid}]  # fmt: skip
    if one.kind == "say":
        return [{"event": "commented", "actor": user, **_said(one)}]
    if one.kind == "event":
        label = {"label": {"name": one.text}} if one.state == "labeled" else {}
        return [{"event": one.state, "id": one.native, "actor": user, **label,
                 "created_at": github_time(one.when)}]  # fmt: skip
    return []
