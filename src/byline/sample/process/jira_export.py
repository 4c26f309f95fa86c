"""Jira's answers: search results with changelog, links, comments, and bodies in ADF.

Shapes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ and
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from collections.abc import Sequence
from typing import Any

from byline.sample.process.accounts import jira_time, jira_user
from byline.sample.process.records import Issue
from byline.sample.process.scene import Step

_MENTION = re.compile(r"@(\d{3})\b")
_STATUS = {"To Do": "new", "In Progress": "indeterminate", "In Review": "indeterminate",
           "Done": "done", "Resolved": "done"}  # fmt: skip


def document(text: str) -> dict[str, Any]:
    """Return a text as an ADF document: paragraphs, lists and code blocks."""
    content: list[dict[str, Any]] = []
    for number, part in enumerate(text.split("```")):
        if number % 2:
            language, _, code = part.partition("\n")
            content.append(
                {
                    "type": "codeBlock",
                    "attrs": {"language": language or "none"},
                    "content": [{"type": "text", "text": code.rstrip("\n")}],
                }
            )
        else:
            content += [_block(one) for one in part.strip("\n").split("\n\n") if one.strip()]
    return {"type": "doc", "version": 1, "content": content}


def _block(text: str) -> dict[str, Any]:
    rows = text.split("\n")
    if all(row.startswith("- ") for row in rows):
        return {"type": "bulletList", "content": [
            {"type": "listItem", "content": [_paragraph(row[2:])]} for row in rows
        ]}  # fmt: skip
    return _paragraph(text)


def _paragraph(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, part in enumerate(text.split("`")):
        if not part:
            continue
        rows = part.split("\n")
        for place, row in enumerate(rows):
            if place:
                content.append({"type": "hardBreak"})
            if number % 2 and row:
                content.append({"type": "text", "text": row, "marks": [{"type": "code"}]})
            elif row:
                content += _mentioned(row)
    return {"type": "paragraph", "content": content}


def _mentioned(text: str) -> list[dict[str, Any]]:
    """Text, with ``@101`` as a mention of the account."""
    rows: list[dict[str, Any]] = []
    for number, part in enumerate(_MENTION.split(text)):
        if number % 2:
            user = jira_user(part)
            rows.append({"type": "mention", "attrs": {"id": user["accountId"],
                         "text": f"@{user['displayName']}"}})  # fmt: skip
        elif part:
            rows.append({"type": "text", "text": part})
    return rows


def search_answer(issues: Sequence[Issue], *, total: int, start: int) -> dict[str, Any]:
    """Return one page of a search."""
    return {
        "expand": "schema,names",
        "startAt": start,
        "maxResults": len(issues),
        "total": total,
        "issues": [_issue(one) for one in issues],
    }


def _issue(issue: Issue) -> dict[str, Any]:
    step = issue.step
    title, _, body = step.text.partition("\n")
    edits = [one.text for one in issue.steps if one.fact("field") == "description"]
    body = edits[-1] if edits else body
    last = {name: value for one in _history(issue) for name, value in [_last(one)]}
    remarks = [_remark(one) for one in issue.steps if one.word == "jira-remark"]
    status = last.get("status", "To Do")
    done = [one for one in issue.steps if one.fact("field") == "resolution"]
    project = issue.name.split("-", maxsplit=1)[0]
    assigned = [one for one in issue.steps if one.fact("field") == "assignee"]
    return {
        "id": str(10_000 + int(issue.name.split("-")[1])),
        "key": issue.name,
        "self": f"https://harbour.atlassian.example/rest/api/3/issue/{issue.name}",
        "fields": {
            "summary": title,
            "description": document(body.strip("\n")) if body.strip() else None,
            "issuetype": {"name": step.fact("type", "Task"), "subtask": False},
            "project": {"key": project, "name": "Harbour"},
            "status": {"name": status, "statusCategory": {"key": _STATUS[status]}},
            "priority": {"name": step.fact("priority", "Medium")},
            "resolution": {"name": done[-1].fact("to")} if done else None,
            "resolutiondate": jira_time(done[-1].when) if done else None,
            "labels": [one for one in step.fact("labels").split(",") if one],
            "components": [{"name": one} for one in step.fact("component").split(",") if one],
            "reporter": jira_user(step.fact("by")),
            "creator": jira_user(step.fact("by")),
            "assignee": jira_user(assigned[-1].fact("who")) if assigned else None,
            "created": jira_time(step.when),
            "updated": jira_time(max([step.when, *(one.when for one in issue.steps)])),
            "issuelinks": [_link(one, place) for place, one in enumerate(issue.steps)
                           if one.word == "jira-link"],
            "comment": {"comments": remarks, "maxResults": len(remarks), "total": len(remarks),
                        "startAt": 0},
        },
        "changelog": {"startAt": 0, "maxResults": len(_history(issue)),
                      "total": len(_history(issue)), "histories": _history(issue)},
    }  # fmt: skip


def _last(history: dict[str, Any]) -> tuple[str, str]:
    item = history["items"][0]
    return str(item["field"]), str(item["toString"])


def _history(issue: Issue) -> list[dict[str, Any]]:
    return [
        {
            "id": one.fact("native"),
            "author": jira_user(one.fact("by")),
            "created": jira_time(one.when),
            "items": [_item(one)],
        }
        for one in issue.steps
        if one.word == "jira-change"
    ]


def _item(one: Step) -> dict[str, Any]:
    before, after = one.fact("from") or None, one.fact("to") or None
    if one.fact("field") == "description":
        before, after = one.fact("from") or "", one.text
    if one.fact("field") == "assignee":
        after = jira_user(one.fact("who"))["displayName"]
    return {"field": one.fact("field"), "fieldtype": "jira", "fieldId": one.fact("field"),
            "from": None, "fromString": before, "to": None, "toString": after}  # fmt: skip


def _remark(one: Step) -> dict[str, Any]:
    return {
        "id": one.fact("native"),
        "author": jira_user(one.fact("by")),
        "updateAuthor": jira_user(one.fact("by")),
        "body": document(one.text),
        "created": jira_time(one.when),
        "updated": jira_time(one.when),
        "jsdPublic": True,
    }


def _link(one: Step, place: int) -> dict[str, Any]:
    inward, outward = {
        "Duplicate": ("is duplicated by", "duplicates"),
        "Relates": ("relates to", "relates to"),
        "Problem/Incident": ("is caused by", "causes"),
    }[one.fact("type")]
    side = "inwardIssue" if one.fact("side") == "inward" else "outwardIssue"
    return {
        "id": str(20_000 + place),
        "type": {"name": one.fact("type"), "inward": inward, "outward": outward},
        side: {"key": one.name, "fields": {"summary": one.text}},
    }
