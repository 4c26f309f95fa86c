"""GitHub's answers for the issues of a played repository, with their timelines.

Layout: ``<owner>/<name>/issues/<n>.json``.
Shape: https://docs.github.com/en/rest/issues/timeline
"""

import re
from typing import Any

from byline.sample.process.accounts import github_time, github_user
from byline.sample.process.github_export import API
from byline.sample.process.records import Issue, Played


def issue_file(played: Played, issue: Issue) -> dict[str, Any]:
    """Return everything that GitHub says about an issue."""
    title, _, body = issue.step.text.partition("\n")
    remarks = [one for one in issue.steps if one.word == "remark"]
    ends = [one for one in issue.steps if one.word in ("closed", "reopened")]
    closed = ends[-1] if ends and ends[-1].word == "closed" else None
    labels = [one for one in issue.step.fact("labels").split(",") if one]
    return {
        "issue": {
            "url": f"{API}/{played.project}/issues/{issue.name}",
            "html_url": f"https://github.com/{played.project}/issues/{issue.name}",
            "id": 2_500_000_000 + int(issue.name),
            "number": int(issue.name),
            "title": title,
            "user": github_user(issue.step.fact("by")),
            "body": body.strip() or None,
            "labels": [{"name": name} for name in labels],
            "state": "closed" if closed else "open",
            "state_reason": closed.fact("reason", "completed") if closed else None,
            "assignees": [github_user(one) for one in issue.step.fact("assign").split()],
            "created_at": github_time(issue.step.when),
            "updated_at": github_time(max([issue.step.when, *(s.when for s in issue.steps)])),
            "closed_at": github_time(closed.when) if closed else None,
            "closed_by": github_user(closed.fact("by")) if closed else None,
            "comments": len(remarks),
            "author_association": "MEMBER",
        },
        "comments": [
            {"id": int(one.fact("native")), "user": github_user(one.fact("by")), "body": one.text,
             "created_at": github_time(one.when), "updated_at": github_time(one.when),
             "author_association": "MEMBER"}
            for one in remarks
        ],
        "timeline": sorted(_issue_events(played, issue), key=lambda row: str(row["created_at"])),
    }  # fmt: skip


def _issue_events(played: Played, issue: Issue) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for review in played.reviews:
        if re.search(rf"#{issue.name}\b", review.step.text):
            pull = {"number": review.number, "pull_request": {"url":
                    f"{API}/{played.project}/pulls/{review.number}"},
                    "title": review.step.text.split("\n")[0],
                    "repository": {"full_name": played.project}}  # fmt: skip
            rows.append({"event": "cross-referenced", "actor": github_user(review.step.fact("by")),
                         "created_at": github_time(review.step.when),
                         "source": {"type": "issue", "issue": pull}})  # fmt: skip
    for one in issue.steps:
        base = {"event": one.word, "id": int(one.fact("native")),
                "actor": github_user(one.fact("by")),
                "created_at": github_time(one.when)}  # fmt: skip
        if one.word == "remark":
            rows.append({**base, "event": "commented", "body": one.text,
                         "user": github_user(one.fact("by"))})  # fmt: skip
        elif one.word == "closed":
            rows.append({**base, "commit_id": one.fact("commit") or None,
                         "state_reason": one.fact("reason", "completed")})  # fmt: skip
        elif one.word == "labeled":
            rows.append({**base, "label": {"name": one.name}})
        else:
            rows.append(base)
    return rows
