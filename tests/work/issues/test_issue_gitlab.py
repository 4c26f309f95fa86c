"""GitLab's issues: discussions, events, GitLab's own notes, links."""

import datetime as dt

from byline.work.issues.gitlab import read_gitlab_issues
from work.issues.issue_exports import written

OID = "c" * 40


def _user(name: str) -> dict:
    return {"id": 1, "username": name, "name": name.title(), "state": "active"}


def _issue(**fields) -> dict:
    return {
        "id": 900, "iid": 7, "project_id": 5, "title": "Slow start",
        "description": "See !3 and acme/infra#2", "state": "closed",
        "created_at": "2024-02-01T08:00:00.000Z", "closed_at": "2024-02-05T08:00:00.000Z",
        "author": _user("ada"), "assignees": [_user("bo")], "milestone": {"title": "16.1"},
        "labels": ["type::bug", "priority::2"], "issue_type": "issue", "severity": "UNKNOWN",
        "web_url": "https://gitlab.example/acme/deep/web/-/issues/7",
        "references": {"full": "acme/deep/web#7"}, **fields,
    }  # fmt: skip


def _note(identity: int, body: str, *, system: bool = False, **fields) -> dict:
    return {
        "id": identity, "body": body, "author": _user("bo"), "system": system,
        "noteable_type": "Issue", "noteable_iid": 7, "project_id": 5,
        "created_at": f"2024-02-02T08:{identity:02}:00.000Z", **fields,
    }  # fmt: skip


def _event(identity: int, **fields) -> dict:
    time = f"2024-02-{identity + 2:02}T08:00:00Z"
    return {"id": identity, "user": _user("cy"), "created_at": time, **fields}


def _read(folder, payload):
    source = written(folder, {"acme/deep/web/issues/7.json": payload}, system="gitlab")
    return list(read_gitlab_issues(source))


def test_discussions_are_threads_and_notes_of_gitlab_are_events(tmp_path):
    asked = _note(1, "Since when?", resolvable=True, resolved=True)
    answered = _note(2, "Since 16.0", resolvable=True, resolved=False)
    discussions = [
        {"id": "d1", "notes": [asked, answered]},
        {"id": "d2", "notes": [_note(3, "changed the description", system=True)]},
        {"id": "d3", "notes": [_note(4, f"mentioned in commit {OID}", system=True)]},
        {"id": "d4", "notes": [_note(5, "closed via merge request !9", system=True)]},
        {"id": "d5", "notes": [_note(6, "for the team", internal=True)]},
    ]
    payload = {
        "issue": _issue(),
        "discussions": discussions,
        "resource_state_events": [
            _event(1, state="closed"), _event(2, state="reopened"), _event(3, state="closed"),
        ],
        "resource_label_events": [_event(4, action="add", label={"name": "x"})],
    }  # fmt: skip
    [read] = _read(tmp_path, payload)
    assert (read.key, read.state) == ("gitlab:acme/deep/web#7", "closed")
    assert read.closed == dt.datetime(2024, 2, 5, 8, tzinfo=dt.UTC)
    detail = [read.detail[name] for name in ("type", "priority", "edited", "reopened")]
    assert detail == ["bug", "2", 1, 1]
    comments = [one for one in read.parts if one.kind == "comment"]
    said = [(one.native, one.thread, one.reply_to, one.state, one.detail) for one in comments]
    assert said == [
        ("1", "d1", None, "resolved", None),
        ("2", "d1", "1", "unresolved", None),
        ("6", "d5", None, None, {"internal": True}),
    ]
    assert [one.state for one in read.parts if one.kind == "event"] == [
        "changed the description", f"mentioned in commit {OID}", "closed", "reopened", "closed",
        "label: x",
    ]  # fmt: skip
    assert {(one.kind, one.target) for one in read.links} == {
        ("mentions", f"commit::{OID}"), ("closes", "gitlab:acme/deep/web!9"),
        ("mentions", "gitlab:acme/deep/web!3"), ("mentions", "gitlab:acme/infra#2"),
    }  # fmt: skip


def test_incidents_bots_and_deleted_accounts(tmp_path):
    robot = "project_5_bot_ab12"
    notes = [_note(1, "a", author=_user("ghost")), _note(2, "b", author=_user(robot))]
    issue = _issue(issue_type="incident", severity="HIGH")
    [read] = _read(tmp_path, {"issue": issue, "discussions": [{"id": "d", "notes": notes}]})
    assert (read.kind, read.detail["severity"]) == ("incident", "high")
    comments = [one for one in read.parts if one.kind == "comment"]
    assert [(one.account, one.origin) for one in comments] == [(None, None), (robot, "bot")]
    assert comments[0].name is None


def test_plain_answers_are_put_together(tmp_path):
    files = {
        "discussions.json": [{"id": "d1", "notes": [_note(1, "One"), _note(2, "Two")]}],
        "issues.json": [_issue(), {**_issue(), "source_branch": "x"}],
        "notes.json": [_note(3, "Three")],
    }
    [read] = read_gitlab_issues(written(tmp_path, files, system="gitlab"))
    assert [one.text for one in read.parts if one.kind == "comment"] == ["One", "Two", "Three"]


def test_a_description_edited_after_closing(tmp_path):
    edited = {"last_edited_at": "2024-02-06T00:00:00Z", "last_edited_by": _user("dee")}
    [read] = _read(tmp_path, {"issue": _issue(**edited)})
    assert read.detail["hindsight_description"] is True
    [description] = [one for one in read.parts if one.kind == "description"]
    assert (description.detail["editors"], description.account) == (["dee"], None)


def test_titles_and_names_are_not_in_the_words_of_events(tmp_path):
    renamed = _note(1, "changed title from **Slow {-st-}** to **Slow {+start+}**", system=True)
    notes = [renamed, _note(2, "assigned to @dee and unassigned @cy", system=True)]
    [read] = _read(tmp_path, {"issue": _issue(), "discussions": [{"id": "d", "notes": notes}]})
    events = [(one.state, one.text, one.account) for one in read.parts if one.kind == "event"]
    assert events == [
        ("title: earlier", "Slow st", "ada"), ("changed title", "", "bo"), ("assigned", "", "bo"),
    ]  # fmt: skip
    assert [one.account for one in read.parts if one.kind == "title"] == ["bo"]


def test_what_has_no_number_is_a_problem(tmp_path):
    source = written(tmp_path, {"x.json": {"issue": {"title": "?"}}}, system="gitlab")
    [read] = read_gitlab_issues(source)
    assert [one.reason for one in read.problems] == ["no_key"]
