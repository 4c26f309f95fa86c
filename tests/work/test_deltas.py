"""Hunks of commits: with the old file they give the new one, and they are those of `git diff`."""

import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.work.git.command import GitError
from byline.work.git.deltas import DELTAS, deltas, listed
from byline.work.identifiers import line_list
from simulators.histories import build, histories
from simulators.repositories import EXECUTABLE, FILE, LINK, MODULE, Entry, Repository, repository

RANDOM = settings(
    max_examples=15, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
LARGE = 1 << 20
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def rows(made: Repository, commits: list[str], *, max_bytes: int = LARGE) -> list[dict[str, Any]]:
    found = []
    for batch in deltas(made.directory, commits, max_bytes=max_bytes):
        assert batch.schema == DELTAS
        batch.validate(full=True)
        found += batch.to_pylist()
    return found


def blob(made: Repository, oid: str) -> bytes:
    return b"" if set(oid) == {"0"} else made.git("cat-file", "blob", oid)


def lines(data: bytes) -> list[bytes]:
    return [line.encode("latin-1") for line in line_list(data.decode("latin-1"))]


def applied(old: bytes, hunks: list[dict[str, Any]]) -> bytes:
    before, after, at = lines(old), [], 0
    for hunk in hunks:
        start = hunk["old_start"] - (hunk["old_lines"] > 0)
        after += before[at:start]
        at = start + hunk["old_lines"]
        assert b"".join(before[start:at]) == hunk["removed"]
        assert len(lines(hunk["removed"])) == hunk["old_lines"]
        assert len(lines(hunk["added"])) == hunk["new_lines"]
        assert len(after) == hunk["new_start"] - (hunk["new_lines"] > 0)
        after += lines(hunk["added"])
    return b"".join(after + before[at:])


def places(made: Repository, parent: str, commit: str, path: str) -> list[tuple[int, ...]]:
    """The ``@@`` headers of `git diff -U0`, whose content lines all begin with a sign."""
    text = made.git("diff", "-U0", "--no-renames", parent, commit, "--", path)
    return [
        tuple(int(number) if number else 1 for number in found.groups())
        for line in text.split(b"\n")
        if (found := HEADER.match(line))
    ]


def check(made: Repository, commit: str, found: list[dict[str, Any]]) -> None:
    """Against plain git, file by file, with the first parent."""
    parents = made.git("log", "-1", "--format=%P", commit).decode().split()
    parent = parents[0] if parents else EMPTY
    made.object("tree", b"")
    names = made.git("diff", "--no-renames", "--name-status", "-z", parent, commit).split(b"\0")
    listed_names = list(zip(names[:-1:2], names[1::2], strict=True))
    assert [(row["status"].encode(), row["path"].encode()) for row in found] == listed_names
    for row in found:
        assert row["skip"] is None
        assert applied(blob(made, row["old_oid"]), row["hunks"]) == blob(made, row["new_oid"])
        kept = ("old_start", "old_lines", "new_start", "new_lines")
        if row["status"] != "T":
            assert [tuple(one[name] for name in kept) for one in row["hunks"]] == places(
                made, parent, commit, row["path"]
            )


@RANDOM
@given(histories(most=7))
def test_hunks_are_those_of_git_and_give_the_new_file(steps):
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        oids = build(made, steps)
        commits = list(dict.fromkeys(oids))
        by_commit: dict[str, list[dict[str, Any]]] = defaultdict(list)
        found = rows(made, commits)
        for row in found:
            by_commit[row["commit"]].append(row)
        assert list(by_commit) == [oid for oid in commits if oid in by_commit]
        for oid in commits:
            check(made, oid, by_commit[oid])


TRICKS = (
    b"diff --git a/x b/x\n", b"-- a/x\n", b"++ b/x\n", b"@@ -1 +1 @@\n", b"-@@ -1,9 +1,9 @@\n",
    b"\\ No newline at end of file\n", b"index 000..111 100644\n", b"\x01\n", b"\r\n", b"a\rb\n",
    b"Binary files a and b differ\n", b":100644 100644 a b M\n", b"\n", b"\xff\xfe\n", b"x\n",
)  # fmt: skip
TEXT = st.tuples(st.lists(st.sampled_from(TRICKS), max_size=9), st.sampled_from((b"", b"-", b"\\")))


@RANDOM
@given(st.lists(TEXT, min_size=2, max_size=4), st.booleans())
def test_no_content_can_look_like_a_header(texts, late_nul):
    """A NUL late in a file leaves it text for git; before its 8000th byte the file is binary."""
    head = b"y" * 9000 + b"\n" if late_nul else b""
    tail = b"a\0\x01\0b\0\n:100644\0" if late_nul else b""
    states = [head + b"".join(parts) + tail + end for parts, end in texts]
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        oids: list[str] = []
        for number, state in enumerate(states):
            files = {b"a.txt": state, b"b.txt": states[-1 - number], b"c": b"%d" % number}
            oids.append(made.commit(files, parents=oids[-1:]))
        by_commit: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows(made, oids):
            by_commit[row["commit"]].append(row)
        for oid in oids:
            check(made, oid, by_commit[oid])


def one_change(made: Repository, before: dict, after: dict, **options: int) -> dict[str, Any]:
    first = made.commit(before)
    second = made.commit(after, parents=[first])
    found = rows(made, [second], **options)
    return {row["path"]: row for row in found}


def test_files_that_are_not_text_say_so_and_have_no_hunks(tmp_path):
    made = repository(tmp_path / "r")
    inner = made.commit({b"a": b"a"})
    found = one_change(
        made,
        {b"bin": b"\0a\n", b"module": Entry(MODULE, oid=inner), b"text": b"1\n", b"big": b"1\n"},
        {b"bin": b"\0b\n", b"module": Entry(MODULE, oid=made.commit({b"a": b"b"})),
         b"text": b"2\n", b"big": b"2\n" * 600},
        max_bytes=1000,
    )  # fmt: skip
    assert {path: row["skip"] for path, row in found.items()} == {
        "big": "too_large", "bin": "binary", "module": "submodule", "text": None,
    }  # fmt: skip
    assert [bool(row["hunks"]) for row in found.values()] == [False, False, False, True]


def test_a_file_within_the_limit_whose_hunks_are_not_is_too_large(tmp_path):
    made = repository(tmp_path / "r")
    one, other = b"a%d\n", b"b%d\n"
    before = b"".join(one % number for number in range(150))
    after = b"".join(other % number for number in range(150))
    found = one_change(
        made, {b"a": before, b"z": b"1\n"}, {b"a": after, b"z": b"2\n"}, max_bytes=900
    )
    assert found["a"]["skip"] == "too_large"
    assert found["a"]["hunks"] == []
    assert found["z"]["hunks"][0]["added"] == b"2\n"


def test_a_huge_diff_is_passed_over_without_being_held(tmp_path, monkeypatch):
    monkeypatch.setattr("byline.work.git.patch_window.READ", 1000)
    monkeypatch.setattr("byline.work.git.patches.BEHIND", 0)
    made = repository(tmp_path / "r")
    long = b"".join(b"line %d\n" % number for number in range(700)) + b"no end"
    short = b"other\n" * 1000
    found = one_change(
        made, {b"a": long, b"b": b"", b"c": b"1"}, {b"a": short, b"b": long, b"c": b"2"},
        max_bytes=7000,
    )  # fmt: skip
    assert {path: row["skip"] for path, row in found.items()} == {
        "a": "too_large", "b": None, "c": None
    }  # fmt: skip
    assert found["b"]["hunks"][0]["added"] == long
    assert found["c"]["hunks"][0]["added"] == b"2"


def test_modes_links_and_kinds_of_files(tmp_path):
    made = repository(tmp_path / "r")
    found = one_change(
        made,
        {b"mode": b"same\n", b"both": b"1\n", b"turned": b"a\nb\n", b"link": Entry(LINK, b"a"),
         b"gone": b"", b"same": b"target"},
        {b"mode": Entry(EXECUTABLE, b"same\n"), b"both": Entry(EXECUTABLE, b"2\n"),
         b"turned": Entry(LINK, b"elsewhere"), b"link": Entry(FILE, b"a\nb"), b"new": b"",
         b"same": Entry(LINK, b"target")},
    )  # fmt: skip
    statuses = {path: row["status"] for path, row in found.items()}
    assert statuses == {
        "both": "M", "gone": "D", "link": "T", "mode": "M", "new": "A", "same": "T", "turned": "T",
    }  # fmt: skip
    assert (found["mode"]["hunks"], found["mode"]["new_mode"]) == ([], "100755")
    assert found["gone"]["hunks"] == found["new"]["hunks"] == []
    for row in found.values():
        assert applied(blob(made, row["old_oid"]), row["hunks"]) == blob(made, row["new_oid"])
    [turned] = found["turned"]["hunks"]
    assert (turned["removed"], turned["added"]) == (b"a\nb\n", b"elsewhere")


def test_names_that_would_break_a_header(tmp_path):
    made = repository(tmp_path / "r")
    names = [b"a\nb", b"\n:100644 x", b'q"uote', b"tab\there", b"\x01", b"d/ b/d", b"\xff\xfe",
             b"long/" + b"n\xc3\xb6" * 100, b"diff --git a"]  # fmt: skip
    found = one_change(made, dict.fromkeys(names, b"1\n"), dict.fromkeys(names, b"2\n"))
    exact = {name.decode() for name in names if name != b"\xff\xfe"}
    assert {path for path, row in found.items() if row["path_is_exact"]} == exact
    assert set(found) - exact == {"\\xff\\xfe"}
    assert all(row["hunks"][0]["added"] == b"2\n" for row in found.values())


def test_order_is_that_of_the_commits_whatever_the_shares(tmp_path, monkeypatch):
    monkeypatch.setattr("byline.work.git.deltas.SMALLEST_SHARE", 2)
    monkeypatch.setattr("byline.work.git.deltas.BATCH_HUNKS", 3)
    made = repository(tmp_path / "r")
    oids: list[str] = []
    for number in range(30):
        oids.append(
            made.commit({b"a": b"%d\n" % number, b"b": b"%d\n" % -number}, parents=oids[-1:])
        )
    made.point(oids[-1])
    commits = listed(made.directory, oids[-1])
    assert commits == oids[::-1]
    assert listed(made.directory, oids[-1], since=oids[-3]) == oids[:-3:-1]
    assert listed(made.directory, oids[-1], most=3) == oids[:-4:-1]
    found = rows(made, commits)
    assert [row["commit"] for row in found] == [oid for oid in commits for _ in range(2)]
    assert found == rows(made, commits)
    several = deltas(made.directory, commits, max_bytes=LARGE)
    assert next(several).num_rows > 0
    several.close()  # leaving early ends the threads: the test would hang


def test_merges_are_listed_only_when_asked_and_compared_with_their_first_parent(tmp_path):
    made = repository(tmp_path / "r")
    base = made.commit({b"a": b"1\n"})
    one = made.commit({b"a": b"1\n", b"b": b"1\n"}, parents=[base])
    other = made.commit({b"a": b"2\n"}, parents=[base])
    merge = made.commit({b"a": b"2\n", b"b": b"1\n"}, parents=[one, other])
    made.point(merge)
    assert set(listed(made.directory, merge)) == {base, one, other}
    assert listed(made.directory, merge, merges=True)[0] == merge
    [row] = rows(made, [merge])
    assert (row["path"], row["hunks"][0]["added"]) == ("a", b"2\n")


def test_a_sha256_repository_too(tmp_path):
    made = repository(tmp_path / "r", hashing="sha256")
    first = made.commit({b"a": b"1\n"})
    [row] = rows(made, [made.commit({b"a": b"2"}, parents=[first])])
    assert (row["hunks"][0]["removed"], row["hunks"][0]["added"]) == (b"1\n", b"2")
    assert len(row["old_oid"]) == 64


def test_a_missing_object_is_an_error_in_git_s_words(tmp_path):
    made = repository(tmp_path / "r")
    first = made.commit({b"a": b"1\n"})
    second = made.commit({b"a": b"2\n"}, parents=[first])
    made.loose(made.object("blob", b"2\n")).unlink()
    with pytest.raises(GitError):
        rows(made, [second, first])
    assert rows(made, [first])[0]["hunks"][0]["added"] == b"1\n"
