"""Exports of issues, written as the systems write them."""

import json
from pathlib import Path

from byline.work.items import Source


def written(folder: Path, files: dict, *, system: str, repositories: dict | None = None) -> Source:
    """A source of files: values as JSON, texts as they are."""
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = value if isinstance(value, str) else json.dumps(value)
        path.write_text(text, encoding="utf-8")
    return Source("export", system, folder, repositories or {"acme/ledger": "ledger-core"})


def github_issue(number: int = 3, **fields) -> dict:
    return {
        "url": f"https://api.github.com/repos/acme/ledger/issues/{number}",
        "repository_url": "https://api.github.com/repos/acme/ledger",
        "html_url": f"https://github.com/acme/ledger/issues/{number}",
        "id": 1000 + number,
        "number": number,
        "title": "Totals drift by a cent",
        "user": {"login": "ada", "id": 1, "type": "User"},
        "labels": [{"name": "bug"}, {"name": "P1"}],
        "state": "open",
        "assignees": [{"login": "bo"}],
        "milestone": {"title": "2.1"},
        "comments": 0,
        "created_at": "2024-03-01T08:00:00Z",
        "updated_at": "2024-03-02T08:00:00Z",
        "closed_at": None,
        "body": "Rounding is wrong, see #2.",
        "state_reason": None,
        **fields,
    }


def github_comment(identity: int, body: str, *, number: int = 3, login: str | None = "bo") -> dict:
    return {
        "id": identity,
        "issue_url": f"https://api.github.com/repos/acme/ledger/issues/{number}",
        "user": None if login is None else {"login": login, "type": "User"},
        "created_at": f"2024-03-01T09:{identity % 60:02}:00Z",
        "body": body,
    }


def jira_person(identity: str) -> dict:
    return {"accountId": identity, "displayName": identity.title(), "accountType": "atlassian"}


def adf(*paragraphs: str) -> dict:
    content = [
        {"type": "paragraph", "content": [{"type": "text", "text": one}]} for one in paragraphs
    ]
    return {"version": 1, "type": "doc", "content": content}


def jira_issue(key: str = "PROJ-12", *, changelog: list | None = None, **fields) -> dict:
    issue = {
        "id": "10012",
        "key": key,
        "fields": {
            "summary": "Export hangs",
            "description": adf("It hangs after PROJ-3."),
            "issuetype": {"name": "Bug"},
            "status": {"name": "Done", "statusCategory": {"key": "done"}},
            "priority": {"name": "High"},
            "resolution": {"name": "Fixed"},
            "resolutiondate": "2024-05-03T10:00:00.000+0000",
            "created": "2024-05-01T12:00:00.000+0200",
            "reporter": jira_person("ada"),
            "assignee": jira_person("bo"),
            "labels": ["export"],
            "components": [{"name": "billing"}],
            "fixVersions": [{"name": "2.1"}],
            **fields,
        },
    }
    if changelog is not None:
        issue["changelog"] = {"total": len(changelog), "histories": changelog}
    return issue


def history(identity: str, day: int, who: str, *items: tuple) -> dict:
    return {
        "id": identity,
        "author": jira_person(who),
        "created": f"2024-05-{day:02}T09:00:00.000+0000",
        "items": [
            {"field": field, "fromString": before, "toString": after}
            for field, before, after in items
        ],
    }
