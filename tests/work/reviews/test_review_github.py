"""GitHub pull requests: states, threads, suggestions, events, GraphQL, and loose answers joined."""

import json
from datetime import UTC, datetime

import pytest

from byline.work.items import Source, tables_of
from byline.work.reviews.github import read_github
from byline.work.reviews.hunks import last_line

OLD, ONE, TWO, LAST, BASE, MERGED = (letter * 40 for letter in "0123ab".replace("0", "9"))
ADA = {"login": "ada", "id": 1, "type": "User"}
BEN = {"login": "ben", "id": 2, "type": "User"}
BOT = {"login": "ci-checks[bot]", "id": 3, "type": "Bot"}
HUNK = "@@ -10,4 +10,5 @@ def total(lines):\n     seen = set()\n-    rate = 1\n+    rate = 2\n+    cap = 3"


def pull(number=12, **more):
    return {
        "url": f"https://api.github.com/repos/acme/ledger/pulls/{number}",
        "html_url": f"https://github.com/acme/ledger/pull/{number}",
        "number": number,
        "state": "closed",
        "title": "Round half to even",
        "body": "Fixes #4.\r\nReverts acme/ledger#9",
        "user": ADA,
        "created_at": "2024-05-01T10:00:00Z",
        "updated_at": "2024-05-03T10:00:00Z",
        "closed_at": "2024-05-03T10:00:00Z",
        "merged_at": "2024-05-03T10:00:00Z",
        "merged_by": BEN,
        "merge_commit_sha": MERGED,
        "draft": False,
        "labels": [{"id": 1, "name": "bug"}, {"id": 2, "name": "area/rates"}],
        "head": {"ref": "rounding", "sha": LAST},
        "base": {"ref": "main", "sha": "c" * 40, "repo": {"full_name": "acme/ledger"}},
        "changed_files": 2,
        **more,
    }


def commit(oid, parent, date):
    who = {"name": "Ada", "email": "ada@acme.example", "date": date}
    return {
        "sha": oid,
        "author": ADA,
        "commit": {"author": who, "committer": who, "message": "x"},
        "parents": [{"sha": parent}],
    }


def review(number, user, state, oid, time, body=""):
    return {"id": number, "user": user, "state": state, "commit_id": oid, "submitted_at": time, "body": body,
            "pull_request_url": "https://api.github.com/repos/acme/ledger/pulls/12"}  # fmt: skip


def comment(number, body, oid, time, user=BEN, **more):
    return {"id": number, "body": body, "user": user, "path": "ledger/rates.py", "diff_hunk": HUNK, "commit_id": LAST,
            "original_commit_id": oid, "created_at": time, "pull_request_review_id": 31, "position": 3, "original_position": 4,
            "line": 12, "original_line": 12, "start_line": None, "original_start_line": None, "side": "RIGHT", "start_side": None,
            "pull_request_url": "https://api.github.com/repos/acme/ledger/pulls/12", **more}  # fmt: skip


BUNDLE = {
    "pull": pull(),
    "reviews": [
        review(31, BEN, "CHANGES_REQUESTED", ONE, "2024-05-01T12:00:00Z", "Please look at the cap."),
        review(32, BEN, "APPROVED", LAST, "2024-05-02T12:00:00Z"),
        review(33, None, "COMMENTED", LAST, "2024-05-02T13:00:00Z", "ok"),
        review(34, BEN, "PENDING", LAST, None, "not sent"),
    ],
    "comments": [
        comment(41, "Use this:\n```suggestion\n    cap = 4\n    floor = 1\n```\n", ONE, "2024-05-01T11:50:00Z", original_start_line=11, start_side="RIGHT"),
        comment(42, "done", ONE, "2024-05-01T15:00:00Z", user=ADA, in_reply_to_id=41),
        comment(43, "Why?", ONE, "2024-05-01T11:55:00Z", side="LEFT", original_line=11, position=None, line=None),
        comment(44, "old style", ONE, "2024-05-01T11:56:00Z", original_line=None, line=None, side=None),
        comment(45, "whole file", LAST, "2024-05-02T11:00:00Z", subject_type="file", original_line=None, user={"login": "ghost", "type": "User"}),
    ],
    "issue_comments": [
        {"id": 51, "body": "Build passed", "user": BOT, "created_at": "2024-05-01T10:05:00Z"},
        {"id": 52, "body": "late", "user": BEN, "created_at": None},
    ],
    "commits": [commit(TWO, BASE, "2024-05-01T14:00:00Z"), commit(LAST, TWO, "2024-05-02T09:00:00Z")],
    "files": [{"filename": "a"}, {"filename": "b"}],
    "timeline": [
        {"id": 61, "event": "head_ref_force_pushed", "actor": ADA, "commit_id": TWO, "created_at": "2024-05-01T14:05:00Z"},
        {"id": 62, "event": "labeled", "actor": BEN, "label": {"name": "bug"}, "created_at": "2024-05-01T10:01:00Z"},
        {"id": 63, "event": "ready_for_review", "actor": ADA, "created_at": "2024-05-01T10:02:00Z"},
        {"id": 64, "event": "review_requested", "actor": ADA, "requested_reviewer": BEN, "created_at": "2024-05-01T10:03:00Z"},
        {"id": 65, "event": "merged", "actor": BEN, "commit_id": MERGED, "created_at": "2024-05-03T10:00:00Z"},
        {"id": 66, "event": "subscribed", "actor": BEN, "created_at": "2024-05-01T10:00:00Z"},
    ],
    "threads": [
        {"id": "PRRT_1", "isResolved": True, "isOutdated": True, "comments": {"nodes": [{"databaseId": 41}]}},
        {"id": "PRRT_2", "isResolved": False, "isOutdated": False, "comments": {"nodes": [{"databaseId": 43}]}},
    ],
}  # fmt: skip


def write(folder, name, value):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def read(folder):
    return list(read_github(Source("forge", "github", folder, {"acme/ledger": "ledger-core"})))


@pytest.fixture
def one(tmp_path):
    write(tmp_path, "acme/ledger/pulls/12.json", BUNDLE)
    (found,) = read(tmp_path)
    return found


def part(reading, native):
    return next(each for each in reading.parts if each.native == native)


def test_the_item_itself(one):
    assert (one.key, one.state, one.repository) == (
        "github:acme/ledger#12",
        "merged",
        "ledger-core",
    )
    assert one.opened == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert one.closed == datetime(2024, 5, 3, 10, tzinfo=UTC)
    assert one.detail == {
        "number": 12, "project": "acme/ledger", "base_branch": "main", "merged_commit": MERGED, "merged": True,
        "approved": True, "labels": ["area/rates", "bug"], "changed_files": 2,
    }  # fmt: skip
    assert not one.problems


def test_patchsets_are_the_heads_that_are_proved(one):
    found = [(each.number, each.head, each.kind, each.base) for each in one.patchsets]
    assert found == [
        (1, ONE, "initial", None),
        (2, TWO, "force_push", BASE),
        (3, LAST, "push", BASE),
    ]
    assert one.patchsets[1].time == datetime(2024, 5, 1, 14, tzinfo=UTC)
    assert one.patchsets[2].email == "ada@acme.example"


def test_parts_stand_in_order_of_time(one):
    natives = [each.native for each in one.parts]
    assert natives == [
        "title", "description", "event:62", "event:63", "event:64", "issue_comment:51", "inline:41", "inline:43", "inline:44",
        "review:31", "event:61", "inline:42", "inline:45", "review:32", "review:33", "event:65", "issue_comment:52",
    ]  # fmt: skip
    assert [each.state for each in one.parts if each.kind == "event"] == [
        "label", "ready_for_review", "requested", "force_push", "merged",
    ]  # fmt: skip


def test_comments_stand_on_their_lines_and_patchsets(one):
    places = {
        each.native: (each.start, each.end, each.side, each.patchset)
        for each in one.parts
        if each.kind == "inline"
    }
    assert places == {
        "inline:41": (11, 12, "new", 1), "inline:42": (12, 12, "new", 1), "inline:43": (11, 11, "old", 1),
        "inline:44": (12, 12, "new", 1), "inline:45": (None, None, None, 3),
    }  # fmt: skip


def test_threads_and_how_they_ended(one):
    found = {
        each.native: (each.thread, each.reply_to, each.state, each.detail.get("outdated"))
        for each in one.parts
        if each.kind == "inline"
    }
    assert found == {
        "inline:41": ("PRRT_1", None, "resolved", True), "inline:42": ("PRRT_1", "inline:41", "resolved", True),
        "inline:43": ("PRRT_2", None, "unresolved", False), "inline:44": ("inline:44", None, None, False),
        "inline:45": ("inline:45", None, None, None),
    }  # fmt: skip


def test_suggestions_can_be_cut_from_the_text(one):
    found = part(one, "inline:41")
    assert found.detail["suggestion"] == ["    cap = 4", "    floor = 1"]
    first, last = found.detail["suggestion_at"][0]
    assert found.text.split("\n")[first - 1 : last] == found.detail["suggestion"]
    assert found.detail["suggestion_for"] == [11, 12]


def test_who_is_deleted_or_a_bot(one):
    assert part(one, "inline:45").account is None
    assert part(one, "review:33").account is None
    assert (part(one, "issue_comment:51").account, part(one, "issue_comment:51").origin) == (
        "ci-checks[bot]",
        "bot",
    )
    assert part(one, "inline:41").origin is None


def test_links(one):
    assert {(each.kind, each.target) for each in one.links} == {
        ("fixes", "github:acme/ledger#4"), ("reverts", "github:acme/ledger#9"), ("merged_as", f"commit:ledger-core:{MERGED}"),
        ("contains", f"commit:ledger-core:{TWO}"), ("contains", f"commit:ledger-core:{LAST}"),
    }  # fmt: skip


def test_rows_fit_the_tables(one, tmp_path):
    source = Source("forge", "github", tmp_path)
    tables = tables_of(source, [one])
    assert tables.parts.num_rows == len(one.parts)
    assert len(set(tables.parts["native"].to_pylist())) == len(one.parts)


def test_a_timeline_alone_tells_what_was_said(tmp_path):
    timeline = [
        *(
            {**each, "event": "reviewed", "state": each["state"].lower()}
            for each in BUNDLE["reviews"][:2]
        ),
        {"event": "line-commented", "comments": BUNDLE["comments"][:2]},
        {**BUNDLE["issue_comments"][0], "event": "commented", "actor": BOT},
        {
            "event": "committed",
            "sha": LAST,
            "author": {"name": "Ada", "email": "ada@acme.example", "date": "2024-05-02T09:00:00Z"},
            "parents": [{"sha": BASE}],
        },
        {"id": 70, "event": "convert_to_draft", "actor": ADA, "created_at": "2024-05-01T10:02:00Z"},
    ]
    write(tmp_path, "a.json", {"pull": pull(), "timeline": timeline})
    (found,) = read(tmp_path)
    assert [each.native for each in found.parts][2:] == [
        "event:70", "issue_comment:51", "inline:41", "review:31", "inline:42", "review:32", "event:merged",
    ]  # fmt: skip
    assert [(each.head, each.base) for each in found.patchsets] == [(ONE, None), (LAST, BASE)]
    assert part(found, "event:70").state == "converted_to_draft"


def test_an_open_one_has_no_merged_commit(tmp_path):
    changes = {"state": "open", "merged_at": None, "closed_at": None, "draft": True, "user": None}
    write(tmp_path, "pulls.json", [pull(**changes)])
    (found,) = read(tmp_path)
    assert (found.state, found.closed, found.detail["merged_commit"], found.detail["draft"]) == (
        "open",
        None,
        None,
        True,
    )
    assert found.parts[0].account is None
    assert not [link for link in found.links if link.kind == "merged_as"]


def test_a_commit_that_is_still_listed_stands_before_later_ones():
    from byline.work.reviews.github_patchsets import patchsets_of

    found = patchsets_of(
        pull(),
        reviews=[review(1, BEN, "COMMENTED", LAST, "2024-05-02T10:00:00Z"), review(2, BEN, "COMMENTED", TWO, "2024-05-02T11:00:00Z")],
        comments=[], commits=BUNDLE["commits"], timeline=[],
    )  # fmt: skip
    assert [each.head for each in found] == [TWO, LAST]


def test_runs_prove_what_was_pushed(tmp_path):
    def run(number, oid, **more):
        made = {"head_sha": oid, "event": "pull_request", "head_branch": "rounding", "created_at": "2024-05-01T11:00:00Z",
                "repository": {"full_name": "acme/ledger"}, "head_repository": {"full_name": "acme/ledger"}, "pull_requests": []}  # fmt: skip
        write(
            tmp_path,
            f"acme/ledger/runs/{number}.json",
            {"run": {"id": number, **made, **more}, "jobs": []},
        )

    write(
        tmp_path,
        "acme/ledger/pulls/12.json",
        {"pull": pull(head={"ref": "rounding", "sha": LAST, "repo": {"full_name": "acme/ledger"}})},
    )
    run(1, ONE)
    run(2, TWO, pull_requests=[{"number": 12}], event="push", created_at="2024-05-01T12:00:00Z")
    run(3, OLD, created_at="2024-04-01T12:00:00Z")
    run(4, OLD, head_branch="other")
    run(5, OLD, pull_requests=[{"number": 13}])
    run(6, OLD, event="push")
    (found,) = read(tmp_path)
    assert [each.head for each in found.patchsets] == [ONE, TWO, LAST]


def test_a_forced_push_names_a_new_head_unless_it_was_seen_before():
    from byline.work.reviews.github_patchsets import patchsets_of

    push = {"event": "head_ref_force_pushed", "actor": BEN, "created_at": "2024-05-01T14:00:00Z"}
    early = [review(1, BEN, "COMMENTED", ONE, "2024-05-01T10:00:00Z")]
    for named, expected in (
        (TWO, [(ONE, "initial", None), (TWO, "force_push", "ben"), (LAST, "push", None)]),
        (ONE, [(ONE, "initial", None), (LAST, "push", None)]),
    ):
        found = patchsets_of(
            pull(), reviews=early, comments=[], commits=[], timeline=[{**push, "commit_id": named}]
        )
        assert [(each.head, each.kind, each.account) for each in found] == expected


def test_loose_answers_are_joined_by_number(tmp_path):
    write(
        tmp_path,
        "pulls.jsonl",
        "\n".join(
            json.dumps(each)
            for each in [
                pull(12),
                pull(13, body=None),
                pull(12, title="older", updated_at="2024-05-02T00:00:00Z"),
            ]
        ),
    )
    write(tmp_path, "reviews.json", BUNDLE["reviews"])
    write(tmp_path, "comments.json", [BUNDLE["comments"][:2], BUNDLE["comments"][1:]])
    issue = {"issue_url": "https://api.github.com/repos/acme/ledger/issues/12"}
    write(tmp_path, "issue_comments.json", [{**each, **issue} for each in BUNDLE["issue_comments"]])
    write(tmp_path, "acme/ledger/pulls/12/commits.json", BUNDLE["commits"])
    write(tmp_path, "acme/ledger/issues/12/timeline.json", BUNDLE["timeline"])
    write(
        tmp_path,
        "orphans.json",
        [
            {
                **BUNDLE["comments"][0],
                "pull_request_url": "https://api.github.com/repos/acme/ledger/pulls/99",
            }
        ],
    )
    first, second, orphan = read(tmp_path)
    assert (first.key, first.title, second.key) == (
        "github:acme/ledger#12",
        "Round half to even",
        "github:acme/ledger#13",
    )
    assert [each.head for each in first.patchsets] == [ONE, TWO, LAST]
    assert len([each for each in first.parts if each.kind == "inline"]) == 5
    assert len([each for each in first.parts if each.kind == "comment"]) == 2
    assert [each.reason for each in orphan.problems] == ["no_pull_request"]


def test_what_other_readers_take_is_no_problem(tmp_path):
    write(
        tmp_path,
        "acme/ledger/issues/4.json",
        {"issue": {"number": 4}, "comments": [], "timeline": []},
    )
    write(tmp_path, "acme/ledger/runs/7.json", {"run": {"id": 7}, "jobs": []})
    write(tmp_path, "odd.json", {"odd": 1})
    (found,) = read(tmp_path)
    assert (found.key, found.problems[0].reason, found.problems[0].file) == (
        "",
        "not_recognised",
        "odd.json",
    )


def test_the_same_pull_request_twice_is_counted(tmp_path):
    write(tmp_path, "a.json", BUNDLE)
    write(tmp_path, "b.json", BUNDLE)
    first, second = read(tmp_path)
    assert first.key
    assert not second.key
    assert second.problems[0].reason == "duplicate_item"


def test_a_comment_id_with_two_texts_is_counted(tmp_path):
    twice = [
        BUNDLE["comments"][0],
        {**BUNDLE["comments"][0], "body": "another"},
        BUNDLE["comments"][0],
    ]
    write(tmp_path, "a.json", {**BUNDLE, "comments": twice})
    (found,) = read(tmp_path)
    assert [each.reason for each in found.problems] == ["duplicate_id"]
    assert len([each for each in found.parts if each.kind == "inline"]) == 1


def test_replies_in_a_circle_are_one_thread(tmp_path):
    circle = [
        comment(1, "a", ONE, None, in_reply_to_id=2),
        comment(2, "b", ONE, None, in_reply_to_id=1),
        comment(3, "c", ONE, None, in_reply_to_id=77),
    ]
    write(tmp_path, "a.json", {"pull": pull(), "comments": circle})
    (found,) = read(tmp_path)
    assert {each.native: each.thread for each in found.parts if each.kind == "inline"} == {
        "inline:1": "inline:1", "inline:2": "inline:1", "inline:3": "inline:77",
    }  # fmt: skip


GRAPHQL = {
    "data": {
        "repository": {
            "nameWithOwner": "acme/ledger",
            "pullRequest": {
                "number": 12, "title": "Round half to even", "body": "", "state": "MERGED", "createdAt": "2024-05-01T10:00:00Z",
                "mergedAt": "2024-05-03T10:00:00Z", "baseRefName": "main", "headRefOid": LAST, "mergeCommit": {"oid": MERGED},
                "author": {"login": "dependency-robot", "__typename": "Bot"}, "reviewDecision": "APPROVED", "isDraft": False,
                "labels": {"nodes": [{"name": "bug"}]}, "changedFiles": 3,
                "closingIssuesReferences": {"nodes": [{"number": 4, "repository": {"nameWithOwner": "acme/tracker"}}]},
                "reviews": {"nodes": [{"databaseId": 31, "state": "APPROVED", "body": "", "submittedAt": "2024-05-02T12:00:00Z", "commit": {"oid": LAST}, "author": {"login": "ben", "__typename": "User"}}]},
                "reviewThreads": {"nodes": [{
                    "id": "PRRT_1", "isResolved": True, "isOutdated": True, "path": "ledger/rates.py", "diffSide": "LEFT",
                    "comments": {"nodes": [{
                        "databaseId": 41, "body": "Why?", "originalLine": 11, "originalStartLine": None, "originalCommit": {"oid": ONE},
                        "createdAt": "2024-05-01T12:00:00Z", "author": None, "replyTo": None}]},
                }]},
                "comments": {"edges": [{"node": {"databaseId": 51, "body": "Hello", "createdAt": "2024-05-01T11:00:00Z", "author": {"login": "ben"}}}]},
                "commits": {"nodes": [{"commit": {"oid": LAST, "committedDate": "2024-05-01T13:00:00Z", "parents": {"nodes": [{"oid": BASE}]}, "author": {"name": "Ada", "email": "ada@acme.example", "user": {"login": "ada"}}}}]},
                "timelineItems": {"nodes": [{
                    "__typename": "HeadRefForcePushedEvent", "createdAt": "2024-05-01T14:00:00Z", "actor": {"login": "ada"},
                    "beforeCommit": {"oid": TWO}, "afterCommit": {"oid": LAST}}, {"__typename": "PullRequestCommit"}]},
            },
        }
    }
}  # fmt: skip


def test_graphql_says_the_same(tmp_path):
    write(tmp_path, "answer.json", GRAPHQL)
    (found,) = read(tmp_path)
    assert (found.key, found.state, found.detail["approved"], found.detail["merged_commit"]) == (
        "github:acme/ledger#12",
        "merged",
        True,
        MERGED,
    )
    assert [(each.head, each.kind) for each in found.patchsets] == [
        (ONE, "initial"),
        (TWO, "push"),
        (LAST, "force_push"),
    ]
    assert found.patchsets[-1].base == BASE
    inline = part(found, "inline:41")
    assert (
        inline.start,
        inline.side,
        inline.patchset,
        inline.thread,
        inline.state,
        inline.account,
    ) == (11, "old", 1, "PRRT_1", "resolved", None)
    assert found.parts[0].origin == "bot"
    assert [each.state for each in found.parts if each.kind == "event"] == ["force_push", "merged"]
    assert ("closes", "github:acme/tracker#4") in {(each.kind, each.target) for each in found.links}


@pytest.mark.parametrize(
    ("hunk", "expected"),
    [
        (HUNK, (12, "new")),
        ("@@ -10,4 +10,5 @@\n a\n-b", (11, "old")),
        (
            "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file",
            (1, "new"),
        ),
        ("@@ -0,0 +1,2 @@\n+a\n+b", (2, "new")),
        ("@@ -1,3 +1,3 @@\n a\n@@ -40,3 +44,3 @@\n x\n \n+y", (46, "new")),
        ("@@ -1,3 +1,3 @@", None),
        ("no hunk\n+a", None),
        ("", None),
    ],
)
def test_a_hunk_ends_with_the_line_that_is_meant(hunk, expected):
    assert last_line(hunk) == expected
