"""Commits as structure: trailers, kinds, times, encodings and renames, as git itself has them."""

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.errors import HostileInputError
from byline.work.git.commits import read_history
from byline.work.schema import COMMITS
from simulators.histories import build, histories
from simulators.repositories import FILE, MODULE, NOON, Entry, Repository, filled, repository

RANDOM = settings(
    max_examples=15, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
PERSON = b"Ada <ada@corp.example> 1700000000 +0000"
PAGE = b"".join(b"line %d of a page\n" % number for number in range(40))


def table(made: Repository, *tips: str, **options: Any) -> pa.Table:
    settings_of = {"since": None, "max_paths": 10_000, "buckets": 3, **options}
    batches = []
    for tip in tips:
        growth = read_history(made.directory, tip, repository="r", **settings_of)
        batches += [batch for bucket in growth.batches.values() for batch in bucket]
    found = pa.Table.from_batches(batches, schema=COMMITS)
    found.validate(full=True)
    return found


def read(made: Repository, *tips: str, **options: Any) -> dict[str, dict[str, Any]]:
    return {row["commit"]: row for row in table(made, *tips, **options).to_pylist()}


def raw(made: Repository, header: bytes) -> str:
    return made.raw_commit(made.tree({b"a": b"a\n"}), header)


def message(made: Repository, text: bytes) -> dict[str, Any]:
    oid = raw(made, b"author " + PERSON + b"\ncommitter " + PERSON + b"\n\n" + text)
    return read(made, oid)[oid]


def check_renames(made: Repository, row: dict[str, Any]) -> None:
    """Those of `git diff -M` against the first parent; each a D and an A of the changes."""
    parent = row["parents"][0] if row["parents"] else made.raw_tree([])
    words = made.git("diff", "-M", "--diff-filter=R", "--raw", "--no-abbrev", "-z", parent,
                     row["commit"]).decode().split("\0")[:-1]  # fmt: skip
    wanted = [
        (old, new, *head.split()[2:4], int(head.split()[4][1:]))
        for head, old, new in zip(words[::3], words[1::3], words[2::3], strict=True)
    ]
    kept = ("old_path", "new_path", "old_oid", "new_oid", "similarity")
    assert [tuple(one[name] for name in kept) for one in row["renames"]] == wanted
    changes = {(one["status"], one["path"]): one for one in row["changes"]}
    for one in row["renames"]:
        assert changes["D", one["old_path"]]["old_oid"] == one["old_oid"]
        assert changes["A", one["new_path"]]["new_oid"] == one["new_oid"]


@RANDOM
@given(histories(most=8), st.integers(1, 40), st.integers(1, 700))
def test_structure_is_that_of_git_however_the_output_is_cut(steps, rows, size):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("byline.work.git.history.ROWS", rows)
        patch.setattr("byline.work.git.history.READ", size)
        made = repository(Path(folder) / "r")
        oids = build(made, steps)
        found = read(made, oids[-1])
        assert set(found) == set(made.git("rev-list", oids[-1]).decode().split())
        kinds = {0: "root", 1: "ordinary", 2: "merge", 3: "octopus"}
        for row in found.values():
            assert row["kind"] == kinds[len(row["parents"])]
            assert row["message"] == made.git(
                "log", "-1", "--format=%B", row["commit"]
            ).decode().rstrip("\n")
            check_renames(made, row)


def test_renames_exact_and_similar_and_what_is_none(tmp_path):
    made = repository(tmp_path / "r")
    inner = made.commit({b"a": b"a"})
    first = made.commit(
        {
            b"same": PAGE,
            b"near": PAGE + b"1\n",
            b"other": b"x\n" * 50,
            b"m": Entry(MODULE, oid=inner),
        }
    )
    second = made.commit(
        {
            b"d/same": PAGE,
            b"near2": PAGE + b"2\n",
            b"new": b"y\n" * 50,
            b"n": Entry(MODULE, oid=inner),
        },
        parents=[first],
    )
    row = read(made, second)[second]
    check_renames(made, row)
    assert {(one["old_path"], one["new_path"]) for one in row["renames"]} >= {
        ("same", "d/same"), ("near", "near2"),
    }  # fmt: skip
    assert min(one["similarity"] for one in row["renames"]) < 100
    merge = made.commit({b"d/same": PAGE}, parents=[first, second])
    check_renames(made, read(made, merge)[merge])


def test_a_rename_whose_content_is_too_large_or_missing_is_found_when_exact(tmp_path, monkeypatch):
    monkeypatch.setattr("byline.work.git.renames.LARGEST", 100)
    made = repository(tmp_path / "r")
    first = made.commit({b"a": PAGE, b"b": PAGE + b"1\n"})
    second = made.commit({b"a2": PAGE, b"b2": PAGE + b"2\n"}, parents=[first])
    renames = read(made, second)[second]["renames"]
    assert [(one["old_path"], one["new_path"]) for one in renames] == [("a", "a2")]
    monkeypatch.undo()
    assert len(read(made, second)[second]["renames"]) == 2
    made.loose(made.object("blob", PAGE + b"2\n")).unlink()
    assert read(made, second)[second]["renames"] == renames


@pytest.mark.parametrize(
    ("text", "footer", "body"),
    [
        (b"x\n\nSigned-off-by: A <a@x>\nreviewed-BY: B <b@x>\n",
         [("Signed-off-by", "A <a@x>"), ("reviewed-BY", "B <b@x>")], []),
        (b"x\n\nTested-by: A\n  <a@x>\nAcked-by:B\n",
         [("Tested-by", "A <a@x>"), ("Acked-by", "B")], []),
        (b"x\n\nSigned-off-by: A <a@x>\n(cherry picked from commit " + b"a1" * 20
         + b")\nSigned-off-by: B <b@x>\n",
         [("Signed-off-by", "A <a@x>"), ("Signed-off-by", "B <b@x>")], []),
        (b"x\n\nBug: 1\nChange-Id: I" + b"ab" * 20 + b"\nReviewed-on: https://g.example/1\n",
         [("Bug", "1"), ("Change-Id", "I" + "ab" * 20), ("Reviewed-on", "https://g.example/1")], []),
        (b"squash\n\n* one\n\nCo-authored-by: A <a@x>\n\n* two\n\nCo-authored-by: B <b@x>\n",
         [("Co-authored-by", "B <b@x>")], [("Co-authored-by", "A <a@x>")]),
        (b"x\n\nSummary: y\n\nReviewed By: ada\n\nDifferential Revision: https://p.example/D1\n",
         [], [("Reviewed By", "ada"), ("Differential Revision", "https://p.example/D1")]),
        (b"x\n\nNote: this is prose\nover two lines, none of it a trailer\n", [], []),
        (b"Signed-off-by: title <t@x>\n", [], [("Signed-off-by", "title <t@x>")]),
    ],
)  # fmt: skip
def test_trailers_of_the_footer_as_git_has_them_and_those_above(tmp_path, text, footer, body):
    found = message(repository(tmp_path / "r"), text)["trailers"]
    by_place = {
        place: [(one["key"], one["value"]) for one in found if one["place"] == place]
        for place in ("footer", "body")
    }
    assert by_place == {"footer": footer, "body": body}


@pytest.mark.parametrize(
    ("time", "seconds", "recorded"),
    [
        (b"0 +0000", 0, None),
        (b"4102444800 +0000", 4102444800, None),  # 2100
        (b"253370764799 +0000", 253370764799, None),  # the last second of the year 9998
        (b"253370764800 +0100", 0, "253370764800 +0100"),
        (b"18446744073709551615 +0000", 0, "18446744073709551615 +0000"),
        (b"-86400 -0500", 0, "-86400 -0500"),
        (b"yesterday +0000", 0, "yesterday +0000"),
        (b"", 0, ""),
    ],
)
def test_a_time_that_is_none_is_kept_as_the_commit_has_it(tmp_path, time, seconds, recorded):
    made = repository(tmp_path / "r")
    person = b"Ada <ada@corp.example> "
    oid = raw(made, b"author " + person + time + b"\ncommitter " + person + time + b"\n\nx\n")
    row = read(made, oid)[oid]
    for name in ("author_time", "commit_time"):
        assert int(row[name].timestamp()) == seconds
        assert row[f"{name}_recorded"] == recorded
    if recorded is None:
        assert int(made.git("log", "-1", "--format=%at", oid)) == seconds


def test_another_encoding_becomes_utf_8_as_git_does_it(tmp_path):
    made = repository(tmp_path / "r")
    person = b"J\xfcrgen <j@corp.example> 1700000000 +0000"
    body = b"\n\nSch\xf6n\n\nHelped-by: G\xe4rtner <g@x>\n"
    oid = raw(
        made, b"author " + person + b"\ncommitter " + person + b"\nencoding ISO-8859-1" + body
    )
    row = read(made, oid)[oid]
    assert (row["author_name"], row["encoding"]) == ("Jürgen", "ISO-8859-1")
    assert row["message"] == "Schön\n\nHelped-by: Gärtner <g@x>"
    assert row["trailers"][0]["value"] == "Gärtner <g@x>"
    unknown = raw(
        made, b"author " + person + b"\ncommitter " + person + b"\nencoding klingon" + body
    )
    row = read(made, unknown)[unknown]
    assert (row["author_name"], row["encoding"]) == ("J�rgen", "klingon")
    assert message(made, b"x\n")["encoding"] is None


def test_names_and_messages_cannot_pose_as_records(tmp_path):
    made = repository(tmp_path / "r")
    marks = {b"\x01": b"1\n", b":100644 100644 a b M": b"2\n", b"\n:1": b"3\n", b"\xff": b"4\n"}
    first = made.commit(marks, message="\x01\n\n\x01:100644 \x01\n")
    second = made.commit({**marks, b"\x01": b"5\n"}, parents=[first], name="\x01", email="\x01")
    found = read(made, second)
    assert set(found) == {first, second}
    assert [one["path"] for one in found[second]["changes"]] == ["\x01"]
    assert {one["path"] for one in found[first]["changes"]} == {
        "\x01", ":100644 100644 a b M", "\n:1", "\\xff",
    }  # fmt: skip
    assert found[first]["message"] == "\x01\n\n\x01:100644 \x01"


@pytest.mark.parametrize("size", [7, 1 << 18])
def test_a_commit_of_too_many_paths_is_refused_before_it_is_held(tmp_path, monkeypatch, size):
    monkeypatch.setattr("byline.work.git.history.READ", size)
    made = filled(tmp_path / "r", {b"f%d" % number: b"" for number in range(30)})
    tip = made.git("rev-parse", "main").decode().strip()
    assert len(read(made, tip, max_paths=30)) == 1
    with pytest.raises(HostileInputError, match=f"{tip} changes more than 29"):
        read(made, tip, max_paths=29)


def test_relations_stand_in_the_row_and_depend_on_the_message_alone(tmp_path):
    made = repository(tmp_path / "r")
    row = message(made, b"PROJ-1: x (#2)\n\nFixes #3\n")
    assert [(one["kind"], one["target"]) for one in row["relations"]] == [
        ("review", "#2"), ("issue", "#3"), ("issue", "PROJ-1"),
    ]  # fmt: skip


def test_quarantine_and_refs_beside(tmp_path):
    made = filled(tmp_path / "r")
    tip = made.git("rev-parse", "main").decode().strip()
    aside = made.commit({b"a.txt": b"proposed\n"}, parents=[tip], time=NOON + 1)
    made.point(aside, name="refs/byline/reviews/pull/1/head")
    beside = read(made, tip, beside="refs/byline/reviews/", quarantine={aside: "badDate"})
    assert {oid: row["quarantine"] for oid, row in beside.items()} == {aside: "badDate"}
    assert set(read(made, tip)) == {tip}


def test_a_sha256_repository_and_one_without_changes(tmp_path):
    made = repository(tmp_path / "r", hashing="sha256")
    first = made.commit({b"a": PAGE})
    second = made.commit({b"b": PAGE}, parents=[first])
    third = made.commit({b"b": PAGE}, parents=[second])
    found = read(made, third)
    assert [len(found[oid]["changes"]) for oid in (first, second, third)] == [1, 2, 0]
    assert (found[second]["renames"][0]["similarity"], len(found[second]["parents"][0])) == (
        100,
        64,
    )
    assert found[first]["changes"][0]["new_mode"] == FILE.decode()
