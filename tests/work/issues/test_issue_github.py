"""GitHub's issues: layout and plain answers, timeline, links, what hostile ones do."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import InputError
from byline.work.issues.github import github_issue as parse
from byline.work.issues.github import read_github_issues
from byline.work.items import Source, tables_of
from work.issues.issue_exports import github_comment, github_issue, written

OID = "a" * 40
PLACE = "acme/ledger/issues/3.json"


def _event(identity: int, what: str, **fields) -> dict:
    return {
        "id": identity,
        "event": what,
        "actor": {"login": "cy", "type": "User"},
        "created_at": f"2024-03-{identity:02}T10:00:00Z",
        **fields,
    }


def _read(folder, payload, **more):
    source = written(folder, {PLACE: payload, **more}, system="github")
    return list(read_github_issues(source))


def test_a_closed_issue_has_its_facts_its_parts_and_its_times(tmp_path):
    issue = github_issue(state="closed", closed_at="2024-03-09T10:00:00Z", state_reason="completed")
    timeline = [
        _event(2, "labeled", label={"name": "bug"}),
        _event(4, "closed"),
        _event(6, "reopened"),
        _event(9, "closed", state_reason="completed"),
        _event(9, "subscribed"),
    ]
    payload = {"issue": issue, "comments": [github_comment(7, "Same here")], "timeline": timeline}
    [read] = _read(tmp_path, payload)
    assert (read.kind, read.key, read.repository) == (
        "issue",
        "github:acme/ledger#3",
        "ledger-core",
    )
    assert (read.state, read.closed) == ("closed", dt.datetime(2024, 3, 9, 10, tzinfo=dt.UTC))
    assert read.detail == {
        "number": 3, "project": "acme/ledger", "type": "bug", "priority": "1", "severity": None,
        "labels": ["bug", "P1"], "milestone": "2.1", "reopened": 1, "resolution": "completed",
        "assignees": 1, "edited": None, "hindsight_description": False,
    }  # fmt: skip
    assert [(one.kind, one.native, one.account) for one in read.parts] == [
        ("title", "title", "ada"), ("description", "description", "ada"), ("comment", "7", "bo"),
        ("event", "event-2", "cy"), ("event", "event-4", "cy"), ("event", "event-6", "cy"),
        ("event", "event-9", "cy"),
    ]  # fmt: skip
    states = [one.state for one in read.parts if one.kind == "event"]
    assert states == ["label: bug", "closed", "reopened", "closed: completed"]


def test_links_of_timeline_and_texts(tmp_path):
    commit = f"https://api.github.com/repos/acme/ledger/commits/{OID}"
    other = {"number": 41, "pull_request": {}, "repository": {"full_name": "acme/other"}}
    timeline = [
        _event(1, "closed", commit_id=OID, commit_url=commit),
        _event(2, "referenced", commit_id="b" * 40, commit_url=commit.replace(OID, "b" * 40)),
        {"event": "cross-referenced", "actor": None, "source": {"type": "issue", "issue": other}},
    ]
    comments = [
        github_comment(1, "Duplicate of #9"),
        github_comment(2, "regression from https://github.com/acme/ledger/pull/5 and PROJ-12"),
        github_comment(3, "not `#77`\n```\n#78\n```\nbut acme/other#8, RFC-2119, &#99;"),
    ]
    payload = {"issue": github_issue(), "comments": comments, "timeline": timeline}
    [read] = _read(tmp_path, payload)
    assert {(one.kind, one.target) for one in read.links} == {
        ("closes", f"commit:ledger-core:{OID}"),
        ("mentions", "commit:ledger-core:" + "b" * 40),
        ("mentions", "github:acme/other#41"),
        ("mentions", "github:acme/ledger#2"),
        ("duplicates", "github:acme/ledger#9"),
        ("caused_by", "github:acme/ledger#5"),
        ("mentions", "jira:PROJ-12"),
        ("mentions", "github:acme/other#8"),
    }


def test_earlier_titles_are_by_who_wrote_them(tmp_path):
    renamed = _event(5, "renamed", rename={"from": "It breaks", "to": "Totals drift by a cent"})
    [read] = _read(tmp_path, {"issue": github_issue(), "timeline": [renamed]})
    title, earlier = (one for one in read.parts if one.text and one.kind != "description")
    assert (title.text, title.account) == ("Totals drift by a cent", "cy")
    assert (earlier.text, earlier.account, earlier.state) == ("It breaks", "ada", "title: earlier")


@pytest.mark.parametrize(("day", "late"), [("05", False), ("10", True)])
def test_a_description_edited_after_closing_is_hindsight(tmp_path, day, late):
    issue = github_issue(
        state="closed",
        closed_at="2024-03-09T10:00:00Z",
        last_edited_at=f"2024-03-{day}T00:00:00Z",
    )
    [read] = _read(tmp_path, {"issue": issue})
    assert (read.detail["edited"], read.detail["hindsight_description"]) == (1, late)


def test_an_incident_says_so_by_its_label(tmp_path):
    labels = [{"name": "incident"}, {"name": "sev-1"}, {"name": "service: billing"}]
    issue = github_issue(labels=labels, state="closed", closed_at="2024-03-09T10:00:00Z")
    [read] = _read(tmp_path, {"issue": issue, "comments": [github_comment(4, "Rolled back")]})
    assert read.kind == "incident"
    assert {name: read.detail[name] for name in ("id", "severity", "service", "summary")} == {
        "id": read.key, "severity": "1", "service": "billing", "summary": [{"part": "description", "start": 1, "end": 1}],
    }  # fmt: skip
    assert read.detail["resolved"] == "2024-03-09T10:00:00+00:00"
    assert [one["act"]["part"] for one in read.detail["timeline"]] == ["4"]


def test_bots_and_deleted_users(tmp_path):
    comments = [
        {**github_comment(1, "Stale"), "user": {"login": "stale[bot]", "type": "Bot"}},
        github_comment(2, "Hm", login=None),
        github_comment(3, "Hm", login="ghost"),
    ]
    [read] = _read(tmp_path, {"issue": github_issue(), "comments": comments})
    said = [(one.account, one.origin) for one in read.parts if one.kind == "comment"]
    assert said == [("stale[bot]", "bot"), (None, None), (None, None)]


def test_plain_arrays_and_lines_are_put_together(tmp_path):
    issues = [github_issue(3), github_issue(4), github_issue(5, pull_request={"url": "x"})]
    event = {**_event(8, "closed"), "issue": github_issue(4)}
    files = {
        "a-comments.json": [github_comment(1, "One"), github_comment(2, "Two", number=4)],
        "issues.json": issues,
        "events.jsonl": "\n".join(map(json.dumps, [event, event])),
    }
    read = list(read_github_issues(written(tmp_path, files, system="github")))
    assert [one.key for one in read] == ["github:acme/ledger#3", "github:acme/ledger#4"]
    assert [one.text for one in read[1].parts if one.kind == "comment"] == ["Two"]
    assert [one.state for one in read[1].parts if one.kind == "event"] == ["closed"]
    assert not any(one.problems for one in read)


@pytest.mark.parametrize(("editor", "account"), [("ada", "ada"), ("bo", None), (None, None)])
def test_a_description_that_others_edited_is_by_nobody_in_particular(tmp_path, editor, account):
    who = None if editor is None else {"login": editor}
    edits = {"nodes": [{"editedAt": "2024-03-02T00:00:00Z", "editor": who}]}
    [read] = _read(tmp_path, {"issue": github_issue(userContentEdits=edits)})
    [description] = [one for one in read.parts if one.kind == "description"]
    assert description.account == account


def test_files_of_reviews_and_builds_are_left_to_their_readers(tmp_path):
    others = {"acme/ledger/pulls/4.json": "{", "acme/ledger/runs/9.json": "{"}
    read = _read(tmp_path, {"issue": github_issue()}, **others)
    assert [(one.key, list(one.problems)) for one in read] == [("github:acme/ledger#3", [])]


def test_answers_of_graphql(tmp_path):
    ada = {"login": "ada", "__typename": "User"}
    other = {"number": 2, "repository": {"nameWithOwner": "acme/ledger"}}
    closed = {
        "__typename": "ClosedEvent", "createdAt": "2024-03-04T08:00:00Z", "actor": ada,
        "stateReason": "DUPLICATE", "closer": {"__typename": "PullRequest", **other, "number": 9},
    }  # fmt: skip
    said = {"databaseId": 7, "body": "Same", "author": ada, "createdAt": "2024-03-02T08:00:00Z"}
    issue = {
        "number": 3, "title": "Drift", "body": "It drifts", "state": "CLOSED", "author": None,
        "createdAt": "2024-03-01T08:00:00Z", "closedAt": "2024-03-04T08:00:00Z",
        "lastEditedAt": "2024-03-05T08:00:00Z", "labels": {"nodes": [{"name": "bug"}]},
        "assignees": {"totalCount": 2}, "comments": {"nodes": [said]},
        "timelineItems": {"nodes": [closed, {"__typename": "MarkedAsDuplicateEvent", "canonical": other}]},
    }  # fmt: skip
    answer = {
        "data": {"repository": {"nameWithOwner": "acme/ledger", "issues": {"nodes": [issue]}}}
    }
    [read] = read_github_issues(written(tmp_path, {"answer.json": answer}, system="github"))
    assert (read.key, read.state) == ("github:acme/ledger#3", "closed")
    assert (read.detail["assignees"], read.detail["hindsight_description"]) == (2, True)
    assert [one.text for one in read.parts if one.kind == "comment"] == ["Same"]
    assert {(one.kind, one.target) for one in read.links} == {
        ("duplicates", "github:acme/ledger#2"), ("closes", "github:acme/ledger#9"),
    }  # fmt: skip


def test_a_transferred_issue_is_known_by_both_places(tmp_path):
    files = {"acme/old/issues/1.json": {"issue": github_issue()}}
    [read] = read_github_issues(written(tmp_path, files, system="github"))
    assert (read.key, read.aliases) == ("github:acme/ledger#3", ("github:acme/old#3",))


def test_repeated_ids_lose_nothing(tmp_path):
    comments = [github_comment(7, "One"), github_comment(7, "One"), github_comment(8, "Two")]
    said = {"event": "commented", **github_comment(8, "Two")}
    timeline = [_event(2, "locked"), _event(2, "pinned"), said]
    payload = {"issue": github_issue(), "comments": comments, "timeline": timeline}
    [read] = _read(tmp_path, payload)
    assert [one.native for one in read.parts if one.kind == "comment"] == ["7", "8"]
    assert [one.state for one in read.parts if one.kind == "event"] == ["locked", "pinned"]
    assert [one.reason for one in read.problems] == ["repeated_id"]


def test_bad_files_are_problems_and_the_rest_goes_on(tmp_path):
    more = {
        "acme/ledger/issues/4.json": '{"issue": {"number": 4',
        "acme/ledger/issues/5.json": {"issue": {"title": "?"}},
    }
    read = _read(tmp_path, {"issue": github_issue()}, **more)
    assert [one.key for one in read if one.key] == ["github:acme/ledger#3"]
    assert sorted(one.reason for each in read for one in each.problems) == ["no_key", "truncated"]


def test_nothing_there_is_an_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        list(read_github_issues(Source("export", "github", tmp_path / "none")))


NAMES = [
    "issue",
    "number",
    "title",
    "body",
    "user",
    "login",
    "event",
    "actor",
    "labels",
    "name",
    "created_at",
    "rename",
    "from",
    "source",
    "commit_id",
    "id",
    "state",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(issue=JSON, comments=JSON, timeline=JSON)
def test_any_json_gives_rows_or_problems(issue, comments, timeline):
    source = Source("export", "github", __file__)
    payload = {"issue": issue, "comments": comments, "timeline": timeline}
    natives = tables_of(source, parse(payload, source=source, file=PLACE)).parts["native"]
    assert len(natives) == len(set(natives.to_pylist()))


@given(st.text(max_size=300))
def test_links_end_whatever_a_text_is(text):
    payload = {"issue": github_issue(body=text * 20)}
    [read] = parse(payload, source=Source("export", "github", __file__), file=PLACE)
    assert all(one.target != read.key for one in read.links)


def test_a_flood_of_openings_ends():
    body = "{code:" * 20_000 + "http://a" + "/c/" * 20_000 + "`" * 9_999 + "caused by " * 5_000
    source = Source("export", "github", __file__)
    [read] = parse({"issue": github_issue(body=body)}, source=source, file=PLACE)
    assert read.links == []
