"""Phabricator revisions: diffs, transactions, inline comments, and the PHIDs that join them."""

import json
from datetime import UTC, datetime

import pytest

from byline.work.items import Source, tables_of
from byline.work.reviews.phabricator import read_phabricator

ONE, TWO, BASE, MERGED = (letter * 40 for letter in "12ab")
ADA, BEN = "PHID-USER-ada0", "PHID-USER-ben0"
START = 1714557600  # 2024-05-01 10:00 UTC


def answer(*rows):
    return {
        "result": {"data": list(rows), "cursor": {"limit": 100, "after": None}},
        "error_code": None,
        "error_info": None,
    }


REVISION = {
    "id": 12, "type": "DREV", "phid": "PHID-DREV-12",
    "fields": {"title": "Tides by station", "uri": "https://phab.example/D12", "authorPHID": ADA, "status": {"value": "published", "closed": True},
               "repositoryPHID": "PHID-REPO-1", "diffPHID": "PHID-DIFF-2", "summary": "Fixes T4. Depends on D11. Ref T9", "testPlan": "unit tests",
               "isDraft": False, "dateCreated": START, "dateModified": START + 9000},
    "attachments": {"reviewers": {"reviewers": [{"reviewerPHID": BEN, "status": "accepted"}]}},
}  # fmt: skip


def diff(number, oid, parent, time):
    commits = (
        [{"identifier": oid, "parents": [parent], "author": {"name": "Ada"}, "message": "x"}]
        if oid
        else []
    )
    return {"id": number, "type": "DIFF", "phid": f"PHID-DIFF-{number}",
            "fields": {"revisionPHID": "PHID-DREV-12", "authorPHID": ADA, "refs": [{"type": "onto", "name": "main"}, {"type": "base", "identifier": BASE}], "dateCreated": time},
            "attachments": {"commits": {"commits": commits}}}  # fmt: skip


def transaction(number, kind, time, author=BEN, text=None, **fields):
    said = (
        [{"id": number, "phid": f"PHID-XCMT-{number}", "version": 1, "content": {"raw": text}}]
        if text
        else []
    )
    return {"id": number, "phid": f"PHID-XACT-DREV-{number}", "type": kind, "authorPHID": author, "objectPHID": "PHID-DREV-12",
            "dateCreated": START + time, "comments": said, "fields": fields}  # fmt: skip


INLINE = {"diff": {"id": 1, "phid": "PHID-DIFF-1"}, "path": "tide.py", "line": 12, "length": 2}
TRANSACTIONS = [
    transaction(9, "close", 9000, ADA, commitPHIDs=["PHID-CMIT-1"]),
    transaction(8, "accept", 8000, text="Thanks"),
    transaction(7, "update", 5000, ADA),
    transaction(
        6,
        "inline",
        4500,
        ADA,
        "Done",
        **{**INLINE, "replyToCommentPHID": "PHID-XCMT-2"},
        isDone=False,
    ),
    transaction(5, "comment", 4000, "PHID-HRUL-1", "Queued"),
    transaction(3, "request-changes", 3000, text="Please see the inlines"),
    transaction(2, "inline", 2900, text="Use the datum.", **INLINE, isDone=True, isNewFile=True),
    {
        **transaction(4, "inline", 2950, text="gone", **INLINE),
        "comments": [
            {
                "id": 4,
                "phid": "PHID-XCMT-4",
                "version": 2,
                "removed": True,
                "content": {"raw": "gone"},
            }
        ],
    },
    transaction(1, "subscribers", 10),
    transaction(0, "create", 0, ADA),
]
USERS = answer(
    {
        "id": 1,
        "type": "USER",
        "phid": ADA,
        "fields": {"username": "ada", "realName": "Ada", "roles": ["verified"]},
    },
)


def write(folder, name, value):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def export(folder):
    write(folder, "revisions.json", answer(REVISION))
    write(
        folder,
        "diffs.json",
        answer(
            diff(2, TWO, BASE, START + 5000),
            diff(1, ONE, BASE, START),
        ),
    )
    write(folder, "transactions/PHID-DREV-12.json", answer(*TRANSACTIONS))
    write(folder, "users.json", USERS)
    write(
        folder,
        "repositories.json",
        answer(
            {
                "id": 1,
                "phid": "PHID-REPO-1",
                "fields": {"name": "Pilotage (main)", "callsign": "PIL", "shortName": None},
            }
        ),
    )
    write(
        folder,
        "commits.json",
        answer(
            {
                "id": 1,
                "phid": "PHID-CMIT-1",
                "fields": {"identifier": MERGED, "repositoryPHID": "PHID-REPO-1"},
            }
        ),
    )


def read(folder):
    return list(read_phabricator(Source("forge", "phabricator", folder, {"PIL": "pilot"})))


@pytest.fixture
def one(tmp_path):
    export(tmp_path)
    (found,) = read(tmp_path)
    return found


def part(reading, native):
    return next(each for each in reading.parts if each.native == native)


def test_the_item_itself(one):
    assert (one.key, one.state, one.repository, one.title) == (
        "phabricator:D12",
        "merged",
        "pilot",
        "Tides by station",
    )
    assert one.opened == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert one.closed == datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    assert one.detail == {
        "number": 12,
        "project": "PIL",
        "base_branch": "main",
        "merged_commit": MERGED,
        "merged": True,
        "approved": True,
        "labels": [],
    }


def test_diffs_are_the_patchsets(one):
    found = [(each.number, each.head, each.base, each.kind, each.account) for each in one.patchsets]
    assert found == [(1, ONE, BASE, "initial", "ada"), (2, TWO, BASE, "push", "ada")]


def test_parts(one):
    found = [(each.native, each.kind, each.state, each.patchset) for each in one.parts]
    assert found == [
        ("title", "title", None, None), ("description", "description", None, None), ("test_plan", "description", None, None),
        ("PHID-XCMT-2", "inline", "resolved", 1), ("PHID-XCMT-3", "review", "changes_requested", 1), ("PHID-XCMT-5", "comment", None, None),
        ("PHID-XCMT-6", "inline", "resolved", 1), ("event:PHID-XACT-DREV-7", "event", "push", None), ("PHID-XCMT-8", "review", "approved", 2),
        ("event:PHID-XACT-DREV-9", "event", "closed", None),
    ]  # fmt: skip


def test_inline_comments_stand_on_lines_and_in_threads(one):
    first, reply = part(one, "PHID-XCMT-2"), part(one, "PHID-XCMT-6")
    assert (first.path, first.start, first.end, first.side, first.thread) == (
        "tide.py",
        12,
        14,
        "new",
        "PHID-XCMT-2",
    )
    assert (reply.thread, reply.reply_to, reply.side, reply.account) == (
        "PHID-XCMT-2",
        "PHID-XCMT-2",
        None,
        "ada",
    )
    assert first.account == BEN
    assert part(one, "PHID-XCMT-5").origin == "bot"


def test_links(one):
    assert {(each.kind, each.target) for each in one.links} == {
        ("fixes", "phabricator:T4"), ("follows", "phabricator:D11"), ("mentions", "phabricator:T9"), ("merged_as", f"commit:pilot:{MERGED}"),
        ("contains", f"commit:pilot:{ONE}"), ("contains", f"commit:pilot:{TWO}"),
    }  # fmt: skip


def test_rows_fit_the_tables(one, tmp_path):
    assert tables_of(Source("forge", "phabricator", tmp_path), [one]).parts.num_rows == len(
        one.parts
    )


def test_a_diff_without_its_commit_keeps_its_number(tmp_path):
    export(tmp_path)
    write(
        tmp_path, "diffs.json", answer(diff(1, None, None, START), diff(2, TWO, BASE, START + 5000))
    )
    (found,) = read(tmp_path)
    assert [(each.number, each.head) for each in found.patchsets] == [(2, TWO)]
    assert [each.reason for each in found.problems] == ["no_head"]
    assert part(found, "PHID-XCMT-2").patchset == 1


def test_bare_rows_failed_answers_and_strangers(tmp_path):
    write(tmp_path, "a.json", [REVISION, REVISION])
    write(
        tmp_path,
        "b.json",
        {
            "result": None,
            "error_code": "ERR-INVALID-AUTH",
            "error_info": "API token has the wrong format.",
        },
    )
    write(tmp_path, "c.json", {"odd": 1})
    reasons = [each.problems[0].reason if each.problems else each.key for each in read(tmp_path)]
    assert reasons == ["failed_answer", "not_recognised", "phabricator:D12", "duplicate_item"]
