"""GitLab merge requests: versions, positions, discussions, system notes, approvals, loose answers."""

import json
from datetime import UTC, datetime

import pytest

from byline.work.items import Source, tables_of
from byline.work.reviews.gitlab import read_gitlab

ONE, TWO, THREE, BASE, NEXT, MERGED, SQUASHED = (letter * 40 for letter in "123abcd")
ADA = {"id": 1, "username": "ada", "name": "Ada", "state": "active"}
BEN = {"id": 2, "username": "ben", "name": "Ben", "state": "active"}
BOT = {"id": 3, "username": "project_17_bot_1f2e", "name": "checks", "state": "active"}
GHOST = {"id": 4, "username": "ghost1", "name": "Ghost User"}

REQUEST = {
    "id": 900, "iid": 7, "project_id": 17, "title": "Draft: Berths by draught", "description": "Closes #4, #5 and tools/planner#6\n\nSee !3",
    "state": "merged", "created_at": "2024-05-01T10:00:00.000Z", "merged_at": "2024-05-03T12:00:00.000+02:00", "closed_at": None,
    "target_branch": "main", "source_branch": "draught", "author": ADA, "labels": ["planning", "bug"], "draft": False, "sha": THREE,
    "merge_commit_sha": MERGED, "squash_commit_sha": SQUASHED, "changes_count": "3", "references": {"full": "harbour/tools/berths!7"},
    "web_url": "https://gitlab.example/harbour/tools/berths/-/merge_requests/7", "diff_refs": {"base_sha": NEXT, "head_sha": THREE, "start_sha": NEXT},
}  # fmt: skip


def version(number, head, base, created, commits):
    rows = [
        {"id": oid, "short_id": oid[:8], "author_name": "Ada", "author_email": "ada@acme.example"}
        for oid in commits
    ]
    return {
        "id": number,
        "head_commit_sha": head,
        "base_commit_sha": base,
        "start_commit_sha": base,
        "created_at": created,
        "merge_request_id": 900,
        "commits": rows,
    }


def note(number, body, created, author=BEN, **more):
    return {"id": number, "type": None, "body": body, "author": author, "created_at": created, "updated_at": created, "system": False,
            "noteable_id": 900, "noteable_type": "MergeRequest", "noteable_iid": 7, "project_id": 17, "resolvable": False, **more}  # fmt: skip


def position(head, new=None, old=None, **more):
    return {"base_sha": BASE, "start_sha": BASE, "head_sha": head, "old_path": "old/plan.py", "new_path": "berths/plan.py",
            "position_type": "text", "old_line": old, "new_line": new, **more}  # fmt: skip


DISCUSSIONS = [
    {"id": "d1", "individual_note": False, "notes": [
        note(1, "Use metres:\n```suggestion:-1+0\n    draught = metres(x)\n```", "2024-05-01T11:00:00Z", type="DiffNote", resolvable=True, resolved=True,
             position=position(ONE, new=12, line_range={"start": {"type": "new", "new_line": 11}, "end": {"type": "new", "new_line": 12}}),
             suggestions=[{"id": 1, "from_line": 11, "to_line": 12, "applied": True}]),
        note(2, "Done", "2024-05-02T09:00:00Z", author=ADA, type="DiffNote", resolvable=True, resolved=True, position=position(ONE, new=12)),
    ]},
    {"id": "d2", "individual_note": False, "notes": [
        note(3, "Why was this there?", "2024-05-01T11:05:00Z", type="DiffNote", resolvable=True, resolved=False, position=position(TWO, old=30), original_position=position(ONE, old=31)),
    ]},
    {"id": "d3", "individual_note": True, "notes": [note(4, "Looks right to me overall.", "2024-05-02T10:00:00Z", author=GHOST)]},
    {"id": "d4", "individual_note": True, "notes": [note(5, "Pipeline passed", "2024-05-02T10:01:00Z", author=BOT)]},
    *({"id": f"s{number}", "individual_note": True, "notes": [note(number, body, f"2024-05-02T11:00:{number:02}Z", system=True)]} for number, body in (
        (10, "added 1 commit\n\n<ul><li>22222222</li></ul>"), (11, "approved this merge request"), (12, "unapproved this merge request"),
        (13, "requested review from @ben"), (14, "marked this merge request as **ready**"), (15, "mentioned in issue #4"), (16, "merged"),
        (17, "did something new"), (18, "approved this merge request"), (19, "changed title from **A** to **B**"), (20, "added ~12 label"),
    )),
]  # fmt: skip
BUNDLE = {
    "merge_request": REQUEST,
    "discussions": DISCUSSIONS,
    "versions": [
        version(33, THREE, NEXT, "2024-05-03T08:00:00Z", [THREE]),
        version(32, TWO, BASE, "2024-05-02T08:00:00Z", [TWO, ONE]),
        version(31, ONE, BASE, "2024-05-01T10:00:00Z", [ONE]),
    ],
    "commits": [{"id": THREE, "short_id": "3333", "author_email": "ada@acme.example"}],
    "approvals": {
        "approved": True,
        "approved_by": [{"user": BEN}, {"user": ADA, "approved_at": "2024-05-03T09:00:00Z"}],
    },
}


def write(folder, name, value):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def read(folder):
    return list(read_gitlab(Source("forge", "gitlab", folder, {"harbour/tools/berths": "berths"})))


@pytest.fixture
def one(tmp_path):
    write(tmp_path, "harbour/tools/berths/merge_requests/7.json", BUNDLE)
    (found,) = read(tmp_path)
    return found


def part(reading, native):
    return next(each for each in reading.parts if each.native == native)


def test_the_item_itself(one):
    assert (one.key, one.state, one.repository) == (
        "gitlab:harbour/tools/berths!7",
        "merged",
        "berths",
    )
    assert one.closed == datetime(2024, 5, 3, 10, tzinfo=UTC)
    assert one.detail == {
        "number": 7, "project": "harbour/tools/berths", "base_branch": "main", "merged_commit": MERGED, "merged": True, "approved": True,
        "labels": ["bug", "planning"], "changed_files": 3,
    }  # fmt: skip
    assert not one.problems


def test_versions_are_the_patchsets(one):
    found = [(each.number, each.head, each.base, each.kind, each.email) for each in one.patchsets]
    assert found == [
        (1, ONE, BASE, "initial", "ada@acme.example"), (2, TWO, BASE, "push", "ada@acme.example"), (3, THREE, NEXT, "rebase", "ada@acme.example"),
    ]  # fmt: skip


def test_a_version_that_drops_its_commits_was_forced(tmp_path):
    write(
        tmp_path,
        "a.json",
        {
            **BUNDLE,
            "versions": [
                version(1, ONE, BASE, None, [ONE]),
                version(2, TWO, BASE, None, [TWO]),
                version(3, THREE, NEXT, None, []),
            ],
        },
    )
    assert [each.kind for each in read(tmp_path)[0].patchsets] == ["initial", "force_push", None]


def test_without_versions_the_head_is_known(tmp_path):
    write(tmp_path, "a.json", {**BUNDLE, "versions": []})
    (found,) = read(tmp_path)
    assert [(each.head, each.base) for each in found.patchsets] == [(THREE, NEXT)]
    assert found.detail["versions"] == "unknown"


def test_positions_threads_and_resolution(one):
    found = {each.native: (each.kind, each.path, each.start, each.end, each.side, each.patchset, each.thread, each.reply_to, each.state)
             for each in one.parts if each.native in ("note:1", "note:2", "note:3", "note:4")}  # fmt: skip
    assert found == {
        "note:1": ("inline", "berths/plan.py", 11, 12, "new", 1, "d1", None, "resolved"),
        "note:2": ("inline", "berths/plan.py", 12, 12, "new", 1, "d1", "note:1", "resolved"),
        "note:3": ("inline", "old/plan.py", 31, 31, "old", 1, "d2", None, "unresolved"),
        "note:4": ("comment", None, None, None, None, None, None, None, None),
    }
    assert part(one, "note:1").detail["suggestion"] == ["    draught = metres(x)"]
    assert part(one, "note:1").detail["suggestion_for"] == [11, 12]
    assert part(one, "note:1").detail["applied"] is True


def test_offsets_of_a_suggestion_without_the_servers_word(tmp_path):
    plain = note(
        1, "```suggestion:-1+2\nx\n```", None, type="DiffNote", position=position(ONE, new=12)
    )
    write(tmp_path, "a.json", {**BUNDLE, "discussions": [{"id": "d", "notes": [plain]}]})
    assert part(read(tmp_path)[0], "note:1").detail["suggestion_for"] == [11, 14]


def test_system_notes_are_events_or_reviews(one):
    found = {
        each.native: (each.kind, each.state, each.origin)
        for each in one.parts
        if each.native in {f"note:{number}" for number in range(10, 21)}
    }
    assert found == {
        "note:10": ("event", "push", "tool"), "note:11": ("review", "approved", None), "note:12": ("review", "dismissed", None),
        "note:13": ("event", "requested", "tool"), "note:14": ("event", "ready_for_review", "tool"), "note:16": ("event", "merged", "tool"),
        "note:17": ("event", "system", "tool"), "note:18": ("review", "approved", None), "note:19": ("event", "renamed", "tool"),
        "note:20": ("event", "label", "tool"),
    }  # fmt: skip


def test_approvals_that_no_note_tells_of(one):
    found = [
        (each.native, each.account) for each in one.parts if each.native.startswith("approval")
    ]
    assert found == [("approval:ada", "ada")]


def test_without_approvals_the_notes_count(tmp_path):
    write(tmp_path, "a.json", {**BUNDLE, "approvals": {}})
    assert read(tmp_path)[0].detail["approved"] is True
    without = [each for each in DISCUSSIONS if each["id"] != "s18"]
    write(tmp_path, "a.json", {**BUNDLE, "approvals": None, "discussions": without})
    assert read(tmp_path)[0].detail["approved"] is False


def test_bots_and_deleted_users(one):
    assert part(one, "note:5").origin == "bot"
    assert part(one, "note:4").account is None


def test_links(one):
    assert {(each.kind, each.target) for each in one.links} == {
        ("closes", "gitlab:harbour/tools/berths#4"), ("closes", "gitlab:harbour/tools/berths#5"), ("closes", "gitlab:tools/planner#6"),
        ("mentions", "gitlab:harbour/tools/berths!3"), ("merged_as", f"commit:berths:{MERGED}"), ("contains", f"commit:berths:{SQUASHED}"),
        ("contains", f"commit:berths:{ONE}"), ("contains", f"commit:berths:{TWO}"), ("contains", f"commit:berths:{THREE}"),
    }  # fmt: skip


def test_rows_fit_the_tables(one, tmp_path):
    assert tables_of(Source("forge", "gitlab", tmp_path), [one]).parts.num_rows == len(one.parts)


def test_loose_answers_are_joined(tmp_path):
    write(
        tmp_path,
        "requests.json",
        [
            REQUEST,
            {**REQUEST, "id": 901, "iid": 8, "references": {"full": "harbour/tools/berths!8"}},
        ],
    )
    write(tmp_path, "discussions.json", DISCUSSIONS[:3])
    write(
        tmp_path,
        "notes.json",
        [
            note(90, "loose", "2024-05-02T10:00:00Z"),
            note(91, "an issue's", None, noteable_type="Issue"),
        ],
    )
    write(tmp_path, "versions.json", BUNDLE["versions"])
    write(tmp_path, "harbour/tools/berths/merge_requests/7/commits.json", BUNDLE["commits"])
    write(tmp_path, "orphan.json", [note(1, "x", None, noteable_iid=99)])
    write(tmp_path, "issues.json", [{"iid": 3, "issue_type": "issue", "title": "x"}])
    write(tmp_path, "odd.json", {"odd": 1})
    found = read(tmp_path)
    assert [each.problems[0].reason for each in found if each.problems] == [
        "not_recognised",
        "no_merge_request",
    ]
    seven, eight = (each for each in found if each.key)
    assert (seven.key, eight.key) == (
        "gitlab:harbour/tools/berths!7",
        "gitlab:harbour/tools/berths!8",
    )
    assert [each.head for each in seven.patchsets] == [ONE, TWO, THREE]
    assert {each.native for each in seven.parts} == {
        "title",
        "description",
        "note:1",
        "note:2",
        "note:3",
        "note:4",
        "note:90",
    }


def test_the_same_request_twice_is_counted(tmp_path):
    write(tmp_path, "a.json", BUNDLE)
    write(tmp_path, "b.json", BUNDLE)
    assert [each.problems[0].reason if each.problems else "" for each in read(tmp_path)] == [
        "",
        "duplicate_item",
    ]


def test_versions_without_a_head_are_counted(tmp_path):
    write(
        tmp_path,
        "a.json",
        {**BUNDLE, "versions": [*BUNDLE["versions"], {"id": 34, "head_commit_sha": None}]},
    )
    (found,) = read(tmp_path)
    assert [each.reason for each in found.problems] == ["no_head"]
    assert len(found.patchsets) == 3
