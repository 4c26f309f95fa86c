"""Perceval's output: each backend's items by the reader that they belong to."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.work.items import Source, tables_of
from byline.work.perceval.envelope import fetched_of
from byline.work.perceval.reading import READS, read_perceval

OID = "d" * 40


def item(
    backend: str,
    category: str,
    data: dict,
    *,
    origin: str = "https://example.org/",
    uuid: str = "u1",
) -> dict:
    return {
        "backend_name": backend, "backend_version": "1.0", "category": category, "data": data,
        "origin": origin, "perceval_version": "1.0", "tag": origin, "timestamp": 1.7e9,
        "updated_on": 1.7e9, "uuid": uuid, "classified_fields_filtered": None,
    }  # fmt: skip


def _read(folder, *items, name: str = "out.json"):
    # Perceval prints values one after another, indented.
    (folder / name).write_text("\n".join(json.dumps(one, indent=4) for one in items))
    return list(read_perceval(Source("export", "perceval", folder, {"acme/ledger": "ledger"})))


def _said(read):
    return [(one.kind, one.account, one.text) for one in read.parts if one.text]


def test_github_goes_through_its_own_readers(tmp_path):
    issue = {
        "number": 3, "title": "Drift", "body": "See #2", "state": "open", "user": {"login": "ada"},
        "created_at": "2024-03-01T08:00:00Z", "user_data": {"login": "ada", "name": "Ada"},
        "comments_data": [{"id": 5, "body": "Same", "user": {"login": "bo"}, "created_at": "2024-03-02T08:00:00Z"}],
    }  # fmt: skip
    pull = {
        "number": 4, "title": "Fix drift", "body": "Closes #3", "state": "closed", "merged": True,
        "merge_commit_sha": OID, "user": {"login": "ada"}, "created_at": "2024-03-03T08:00:00Z",
        "head": {"sha": "e" * 40}, "base": {"ref": "main", "repo": {"full_name": "acme/ledger"}},
        "merged_at": "2024-03-04T08:00:00Z", "commits_data": ["e" * 40],
        "reviews_data": [{"id": 7, "state": "APPROVED", "body": "Fine", "user": {"login": "bo"},
                          "submitted_at": "2024-03-04T07:00:00Z", "commit_id": "e" * 40}],
    }  # fmt: skip
    origin = "https://github.com/acme/ledger"
    one, two = _read(
        tmp_path,
        item("GitHub", "issue", issue, origin=origin),
        item("GitHub", "pull_request", pull, origin=origin),
    )
    assert (one.kind, one.key, one.repository) == ("issue", "github:acme/ledger#3", "ledger")
    assert ("comment", "bo", "Same") in _said(one)
    assert (two.kind, two.key, two.state) == ("review", "github:acme/ledger#4", "merged")
    tables = tables_of(Source("export", "perceval", tmp_path), [one, two])
    assert tables.items["system"].to_pylist() == ["github", "github"]
    assert ("closes", "github:acme/ledger#3") in {(link.kind, link.target) for link in two.links}
    assert [patch.head for patch in two.patchsets] == ["e" * 40]


def test_gitlab_goes_through_its_own_readers(tmp_path):
    page = "https://gitlab.com/acme/ledger/-"
    issue = {
        "iid": 7, "title": "Slow", "description": "Very", "state": "opened", "author": {"username": "ada"},
        "created_at": "2024-03-01T08:00:00Z", "web_url": f"{page}/issues/7",
        "notes_data": [{"id": 1, "body": "Why?", "author": {"username": "bo"}, "created_at": "2024-03-02T08:00:00Z"}],
    }  # fmt: skip
    request = {
        "iid": 8, "title": "Faster", "description": "Closes #7", "state": "merged", "author": {"username": "ada"},
        "created_at": "2024-03-01T08:00:00Z", "web_url": f"{page}/merge_requests/8", "sha": OID,
        "notes_data": [], "versions_data": [{"id": 1, "head_commit_sha": OID, "base_commit_sha": "e" * 40,
                                             "created_at": "2024-03-01T08:00:00Z"}],
    }  # fmt: skip
    one, two = _read(
        tmp_path, item("GitLab", "issue", issue), item("GitLab", "merge_request", request)
    )
    assert (one.key, two.key) == ("gitlab:acme/ledger#7", "gitlab:acme/ledger!8")
    assert ("comment", "bo", "Why?") in _said(one)
    assert [patch.head for patch in two.patchsets] == [OID]


def test_gerrit_of_the_ssh_interface(tmp_path):
    ada = {"name": "Ada", "email": "ada@acme.example", "username": "ada"}
    first = {"number": 1, "revision": "1" * 40, "parents": ["0" * 40], "uploader": ada, "createdOn": 1_710_000_000,
             "kind": "REWORK", "comments": [{"file": "a.py", "line": 3, "reviewer": ada, "message": "Why 3?"}]}  # fmt: skip
    second = {**first, "number": 2, "revision": "2" * 40, "createdOn": 1_710_000_600, "comments": [],
              "approvals": [{"type": "Code-Review", "value": "2", "grantedOn": 1_710_000_700, "by": ada}]}  # fmt: skip
    change = {
        "project": "acme/ledger", "branch": "main", "id": "I" + "a" * 40, "number": 12, "subject": "Round",
        "owner": ada, "createdOn": 1_710_000_000, "lastUpdated": 1_710_001_000, "status": "MERGED",
        "commitMessage": "Round\n\nIt drifted.", "patchSets": [first, second],
        "comments": [{"timestamp": 1_710_000_000, "reviewer": ada, "message": "Uploaded patch set 1."}],
    }  # fmt: skip
    [read] = _read(tmp_path, item("Gerrit", "review", change))
    assert (read.kind, read.key, read.state) == ("review", "gerrit:acme/ledger~12", "merged")
    assert [(one.number, one.head) for one in read.patchsets] == [(1, "1" * 40), (2, "2" * 40)]
    [inline] = [one for one in read.parts if one.kind == "inline"]
    assert (inline.text, inline.path, inline.start, inline.patchset) == ("Why 3?", "a.py", 3, 1)


def test_jira_with_its_comments(tmp_path):
    fields = {"summary": "Hangs", "description": "h1. Long", "created": "2024-05-01T12:00:00.000+0200",
              "reporter": {"name": "ada"}, "status": {"name": "Open"}}  # fmt: skip
    data = {
        "key": "PROJ-1",
        "fields": fields,
        "comments_data": [{"id": "4", "author": {"name": "bo"}, "body": "Yes"}],
    }
    [read] = _read(tmp_path, item("Jira", "issue", data))
    assert read.key == "jira:PROJ-1"
    assert _said(read) == [
        ("title", "ada", "Hangs"),
        ("description", "ada", "h1. Long"),
        ("comment", "bo", "Yes"),
    ]


@pytest.mark.parametrize("old", [False, True])
def test_bugzilla_of_both_interfaces(tmp_path, old):
    comments = [("ada@acme.example", "It crashes"), ("bo@acme.example", "Since bug 9")]
    if old:
        data = {
            "bug_id": [{"__text__": "12"}], "short_desc": [{"__text__": "Crash"}], "reporter": [{"__text__": "ada@acme.example"}],
            "creation_ts": [{"__text__": "2024-01-01 10:00:00 UTC"}], "bug_status": [{"__text__": "RESOLVED"}],
            "resolution": [{"__text__": "DUPLICATE"}], "dup_id": [{"__text__": "9"}],
            "long_desc": [{"who": [{"__text__": who}], "thetext": [{"__text__": text}], "commentid": [{"__text__": str(n)}],
                           "bug_when": [{"__text__": "2024-01-01 10:00:00 UTC"}]} for n, (who, text) in enumerate(comments)],
            "activity": [{"Who": "bo@acme.example", "When": "2024-01-02 10:00:00 UTC", "What": "Status", "Removed": "NEW", "Added": "RESOLVED"}],
        }  # fmt: skip
    else:
        data = {
            "id": 12, "summary": "Crash", "creator": "ada@acme.example", "creation_time": "2024-01-01T10:00:00Z",
            "status": "RESOLVED", "resolution": "DUPLICATE", "dupe_of": 9, "keywords": [],
            "comments": [{"id": n, "creator": who, "text": text, "time": "2024-01-01T10:00:00Z"} for n, (who, text) in enumerate(comments)],
            "history": [{"who": "bo@acme.example", "when": "2024-01-02T10:00:00Z",
                         "changes": [{"field_name": "status", "removed": "NEW", "added": "RESOLVED"}]}],
        }  # fmt: skip
    [read] = _read(tmp_path, item("Bugzilla" if old else "BugzillaREST", "bug", data))
    assert (read.key, read.state, read.closed) == (
        "bugzilla:12",
        "closed",
        dt.datetime(2024, 1, 2, 10, tzinfo=dt.UTC),
    )
    assert [(one.kind, one.email, one.text) for one in read.parts if one.text] == [
        ("title", "ada@acme.example", "Crash"), ("description", "ada@acme.example", "It crashes"),
        ("comment", "bo@acme.example", "Since bug 9"),
    ]  # fmt: skip
    assert ("duplicates", "bugzilla:9") in {(one.kind, one.target) for one in read.links}


def test_tasks_of_phabricator_and_issues_of_redmine(tmp_path):
    ada = {"userName": "ada", "realName": "Ada"}
    task = {"id": 5, "fields": {"name": "Tidy", "description": {"raw": "Up"}, "authorData": ada, "status": {"value": "resolved"},
            "dateCreated": 1_700_000_000, "priority": {"name": "High"}},
            "transactions": [{"transactionPHID": "PHID-1", "transactionType": "core:comment", "comments": "Done?", "authorData": ada}]}  # fmt: skip
    issue = {"id": 6, "subject": "Late", "description": "Too", "author": {"id": 3, "name": "Ada"}, "created_on": "2024-01-01T10:00:00Z",
             "status": {"name": "Closed"}, "closed_on": "2024-01-05T10:00:00Z", "project": {"name": "Web"}, "tracker": {"name": "Bug"},
             "journals": [{"id": 8, "notes": "Sorry", "user": {"id": 4, "name": "Bo"}, "created_on": "2024-01-02T10:00:00Z", "details": []}]}  # fmt: skip
    one, two = _read(tmp_path, item("Phabricator", "task", task), item("Redmine", "issue", issue))
    assert (one.key, one.state, one.detail["priority"]) == ("phabricator:T5", "closed", "High")
    assert ("comment", "ada", "Done?") in _said(one)
    assert (two.key, two.state, two.detail["type"]) == ("redmine:6", "closed", "bug")
    assert ("comment", "4", "Sorry") in _said(two)


def test_questions_and_topics(tmp_path):
    question = {
        "question_id": 11, "title": "How?", "body": "<p>How to <code>run</code>?</p>", "owner": {"user_id": 1, "display_name": "Ada"},
        "creation_date": 1_700_000_000, "link": "https://stackoverflow.com/q/11", "accepted_answer_id": 12, "tags": ["git"],
        "answers": [{"answer_id": 12, "body": "<p>Like this</p>", "is_accepted": True, "creation_date": 1_700_000_100,
                     "owner": {"user_id": 2}, "comments": [{"comment_id": 13, "body": "Thanks", "creation_date": 1_700_000_200}]}],
    }  # fmt: skip
    posts = [{"id": 1, "post_number": 1, "username": "ada", "cooked": "<p>Hello</p>", "created_at": "2024-01-01T10:00:00Z"},
             {"id": 2, "post_number": 2, "username": "bo", "cooked": "<p>Hi</p>", "reply_to_post_number": 1}]  # fmt: skip
    topic = {"id": 21, "title": "Welcome", "post_stream": {"posts": posts}}
    one, two = _read(
        tmp_path,
        item("StackExchange", "question", question),
        item("Discourse", "topic", topic, origin="https://talk.acme.example"),
    )
    assert (one.key, one.state) == ("stackexchange:stackoverflow.com~11", "closed")
    answer, thanks = (part for part in one.parts if part.kind == "comment")
    assert (answer.text, answer.state, thanks.reply_to) == ("Like this", "accepted", "answer-12")
    assert two.key == "discourse:talk.acme.example~21"
    assert _said(two) == [
        ("title", "ada", "Welcome"),
        ("description", "ada", "Hello"),
        ("comment", "bo", "Hi"),
    ]


def test_messages_and_pages_are_documents(tmp_path):
    mail = {"Message-ID": "<1@x>", "Subject": "Plan", "From": "Ada L <ada at acme.example>", "Date": "Mon, 01 Jan 2024 10:00:00 +0000",
            "body": {"plain": "We plan.\n"}}  # fmt: skip
    chat = {
        "id": "p1",
        "message": "ship it",
        "user_id": "u9",
        "create_at": 1_704_103_200_000,
        "user_data": {"username": "bo"},
    }
    page = {
        "title": "Runbook",
        "body": {"storage": {"value": "<p>Restart <b>it</b></p>"}},
        "version": {"when": "2024-01-01T10:00:00Z", "by": {"username": "cy"}},
    }
    read = _read(tmp_path, item("MBox", "message", mail, uuid="m"), item("Mattermost", "post", chat, uuid="c"),
                 item("Confluence", "historical content", page, uuid="p"))  # fmt: skip
    assert [(one.kind, one.key, one.title) for one in read] == [
        ("document", "doc:export:mbox/m", "Plan"), ("document", "doc:export:mattermost/c", ""),
        ("document", "doc:export:confluence/p", "Runbook"),
    ]  # fmt: skip
    assert {one.opened for one in read} == {dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC)}
    [mail_body] = [one for one in read[0].parts if one.native == "body"]
    assert (mail_body.name, mail_body.email) == ("Ada L", "ada@acme.example")
    assert "Restart" in read[2].parts[-1].text
    assert "<" not in read[2].parts[-1].text


def test_what_is_not_known_is_counted(tmp_path):
    read = _read(tmp_path, item("Twitter", "tweet", {"text": "x"}), item("Git", "commit", {"commit": OID}), {"a": 1},
                 item("GitHub", "issue", {"title": "no number"}), item("GitHub", "repository", {}))  # fmt: skip
    assert [one.reason for each in read for one in each.problems] == [
        "backend_not_known", "read_from_git", "not_an_item", "no_key", "backend_not_known",
    ]  # fmt: skip


NAMES = [
    "id",
    "number",
    "iid",
    "key",
    "fields",
    "comments",
    "history",
    "changes",
    "bug_id",
    "__text__",
    "long_desc",
    "thetext",
    "who",
    "posts",
    "post_stream",
    "answers",
    "owner",
    "question_id",
    "body",
    "title",
    "transactions",
    "authorData",
    "journals",
    "details",
    "patchSets",
    "revision",
    "approvals",
    "project",
    "user",
    "notes_data",
    "comments_data",
    "base",
    "repo",
    "full_name",
    "head",
    "sha",
    "web_url",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=30,
)


@given(
    data=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8),
    which=st.sampled_from(sorted(READS)),
)
def test_any_data_gives_rows_or_problems(data, which):
    backend, category = which
    source = Source("export", "perceval", __file__)
    one = fetched_of(item(backend, category, data, origin="https://github.com/acme/ledger"))
    tables_of(source, READS[which](one, source, "out.json"))
