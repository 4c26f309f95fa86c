"""Repositories that lie about who wrote what, by ways that mislead plain git."""

from pathlib import Path

import pytest
from collecting import by_path, gather, rows
from hostility import HEADER, PERSON, head, refused

from simulators.repositories import (
    NOON,
    Repository,
    filled,
)


def blamed(path: Path, into: Path) -> tuple[str, str]:
    """Who wrote the one line of a.txt, by the tables."""
    done = gather(path, into)
    (origin,) = by_path(done)["a.txt"]["origins"]
    commit = next(
        row for row in rows(done, "commits", "commit") if row["commit"] == origin["commit"]
    )
    return origin["commit"], commit["author_name"]


def test_replace_refs_do_not_change_who_wrote_a_line(tmp_path):
    made = filled(tmp_path / "r", {b"a.txt": b"one\n"})
    victim = head(made)
    forged = made.commit({b"a.txt": b"one\n"}, name="Mallory", email="mallory@corp.example")
    made.git("replace", victim, forged)
    assert b"Mallory" in made.git("log", "--format=%an")
    assert blamed(made.path, tmp_path / "out") == (victim, "Ada")


def test_grafts_do_not_change_who_wrote_a_line(tmp_path):
    made = filled(tmp_path / "r", {b"a.txt": b"one\n"})
    victim = head(made)
    last = made.commit({b"a.txt": b"one\n", b"b": b""}, parents=[victim], name="Mallory")
    made.point(last)
    (made.directory / "info").mkdir(exist_ok=True)
    (made.directory / "info/grafts").write_text(f"{last}\n")
    assert b"Mallory" in made.git("blame", "--root", "main", "--", "a.txt")
    assert blamed(made.path, tmp_path / "out") == (victim, "Ada")


def test_a_committed_mailmap_is_only_a_file(tmp_path):
    made = filled(
        tmp_path / "r",
        {b"a.txt": b"one\n", b".mailmap": b"Mallory <mallory@x> <ada@corp.example>\n"},
    )
    made.git("reset", "-q", "--hard")
    assert b"Mallory" in made.git("blame", "a.txt")
    assert blamed(made.path, tmp_path / "out") == (head(made), "Ada")


def with_header(path: Path, header: bytes) -> tuple[Repository, str]:
    made = filled(path)
    oid = made.raw_commit(made.tree({b"a.txt": b"x\n"}), header, parents=[head(made)])
    made.point(oid)
    return made, oid


def marks(path: Path, into: Path) -> dict[str, str | None]:
    """Every commit with the message id that its authorship is not believed for."""
    found = rows(gather(path, into), "commits", "commit")
    return {row["commit"]: row["quarantine"] for row in found}


def test_a_commit_with_two_authors_is_nobodys(tmp_path):
    second = b"author Bob <bob@corp.example> 1700000000 +0000\n"
    made, oid = with_header(tmp_path / "r", HEADER.replace(b"committer", second + b"committer", 1))
    [parent] = made.git("rev-parse", f"{oid}^").decode().split()
    assert marks(made.path, tmp_path / "out") == {oid: "multipleAuthors", parent: None}


@pytest.mark.parametrize(
    ("line", "check"),
    [
        (b"Ada <ada@corp.example> <eve@x> 1700000000 +0000", "badDate"),
        (b"Ada <ada@corp.example <eve@x> 1700000000 +0000", "badEmail"),
        (b"Ada <ada@corp.example> Eve <eve@x> 1700000000 +0000", "badDate"),
        (b"Ada <ada@corp.example> 1700000000 +0000 <eve@x> 1 +0000", "badTimezone"),
    ],
)
def test_a_line_in_which_two_people_can_be_read_is_nobodys(tmp_path, line, check):
    header = HEADER.replace(PERSON.encode(), line, 1)
    made, oid = with_header(tmp_path / "r", header)
    done = gather(made.path, tmp_path / "out")
    assert check in {row["message"] for row in rows(done, "quarantine", "oid")}
    assert {row["commit"]: row["quarantine"] for row in rows(done, "commits", "commit")}[oid]


@pytest.mark.parametrize(
    ("header", "check"),
    [
        (HEADER.replace(b"author Ada", b"author A\0da", 1), "nulInHeader"),
        (HEADER + b"Co-authored-by: A <a@x>\n\0hidden", "nulInCommit"),
        (HEADER.replace(b"author", b"autor", 1), "missingAuthor"),
        (HEADER.split(b"\n", 1)[1], "missingAuthor"),
        (HEADER.split(b"\n", 1)[0] + b"\n\nx\n", "missingCommitter"),
        (b"parent zz\n" + HEADER, "badParentSha1"),
    ],
)
def test_a_commit_that_parsers_read_differently_is_nobodys_or_refused(tmp_path, header, check):
    made, oid = with_header(tmp_path / "r", header)
    if check in ("badParentSha1", "nulInHeader"):
        assert oid in str(refused(made.path, tmp_path / "out", check))
    else:
        assert marks(made.path, tmp_path / "out")[oid] == check


EPOCH = 0


@pytest.mark.parametrize(
    ("author", "name", "email", "time"),
    [
        (b"Ada 1700000000 +0000", "", "", EPOCH),
        (b"Ada <> 1700000000 +0000", "Ada", "", NOON),
        (b"<ada@x> 1700000000 +0000", "", "ada@x", NOON),
        (b"Ada <ada@x> 99999999999999999999999999 +0000", "Ada", "ada@x", EPOCH),
        (b"Ada <ada@x> 9223372036854775807 +0000", "Ada", "ada@x", EPOCH),
        (b"Ada <ada@x> -1700000000 +0000", "Ada", "ada@x", EPOCH),
        (b"Ada <ada@x> 1700000000 +99999", "Ada", "ada@x", NOON),
        (b"Ad\xe9 <ada@x> 1700000000 +0000", "Ad\ufffd", "ada@x", NOON),
        ("\u202eadA \x1b[31m <ada@x> 1700000000 +0000".encode(), "\u202eadA \x1b[31m", "ada@x", NOON),
        (b"$(touch /tmp/pwned) `id` <$(id)@x> 1700000000 +0000", "$(touch /tmp/pwned) `id`",
         "$(id)@x", NOON),
    ],
)  # fmt: skip
def test_odd_authors_and_dates_are_kept_as_data(tmp_path, author, name, email, time):
    header = b"author " + author + b"\ncommitter " + PERSON.encode() + b"\n\nodd\n"
    made, oid = with_header(tmp_path / "r", header)
    done = gather(made.path, tmp_path / "out")
    row = next(row for row in rows(done, "commits", "commit") if row["commit"] == oid)
    seen = (row["author_name"], row["author_email"], int(row["author_time"].timestamp()))
    assert seen == (name, email, time)
    assert by_path(done)["a.txt"]["origins"] == [{"start": 1, "lines": 1, "commit": oid}]


def test_a_message_cannot_smuggle_a_trailer_or_a_commit(tmp_path):
    message = (
        b"fix\n\n\x01" + b"1" * 40 + b"\n:100644 100644 aaa bbb M\nauthor Eve <e@x>\n\n"
        b"Reviewed-by: Bo <b@x>\xe2\x80\xa8Co-authored-by: Victim <v@x>\n"
    )
    made, oid = with_header(tmp_path / "r", HEADER.replace(b"change\n", message))
    done = gather(made.path, tmp_path / "out")
    found = rows(done, "commits", "commit")
    assert len(found) == 2
    row = next(row for row in found if row["commit"] == oid)
    assert [trailer["key"] for trailer in row["trailers"]] == ["Reviewed-by"]
    assert row["message"] == message.decode().rstrip("\n")
    assert [change["path"] for change in row["changes"]] == ["a.txt"]
