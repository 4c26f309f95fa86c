"""Ranges of commits become changes whose every line has the author that `git blame` names."""

import dataclasses

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from byline.work.git import ranges_origins, texts
from byline.work.git.blame import blame
from byline.work.git.ranges import collect_ranges
from byline.work.identifiers import line_list
from byline.work.items import CHANGES, RANGES
from byline.work.schema import COMMITS
from simulators.histories import build, histories
from simulators.repositories import LINK, Entry, repository

SOME = settings(
    max_examples=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
BODY = [b"line %d\n" % number for number in range(60)]


def asked(*rows, purpose="interdiff"):
    """A table of ranges from (old, new) pairs, or whole rows."""
    plain = [
        row if isinstance(row, dict) else {"old_commit": row[0], "new_commit": row[1]}
        for row in rows
    ]
    base = {"work_item": "review_1", "purpose": purpose, "from_patchset": None,
            "to_patchset": 2, "paths": None}  # fmt: skip
    return pa.Table.from_pylist([{**base, **row} for row in plain], schema=RANGES)


def collected(made, *rows, purpose="interdiff", **options):
    changes, commits = collect_ranges(made.directory, "r", asked(*rows, purpose=purpose), **options)
    assert changes.schema == CHANGES
    assert commits.schema == COMMITS
    return changes.to_pylist(), {row["commit"]: row for row in commits.to_pylist()}


def by_line(origins):
    return {run["start"] + at: run["commit"] for run in origins for at in range(run["lines"])}


def check(made, row):
    """What is told of each line is what blame says, and enough lines are told."""
    for side, commit, path in (
        ("before", row["parent"], row["old_path"] or row["path"]),
        ("after", row["commit"], row["path"]),
    ):
        told = by_line(row[f"{side}_origins"])
        if told:
            expected = by_line(one._asdict() for one in blame(made.directory, commit, path))
            assert told == {line: expected[line] for line in told}
    before, after = line_list(row["before"]), line_list(row["after"])
    kept = iter(before)
    new = set(by_line(row["after_origins"]))
    old = [line for at, line in enumerate(after, 1) if at not in new]
    assert all(line in kept for line in old), "a line that nobody is told for is an old one"


def body(*changed, start=0):
    lines = list(BODY)
    for at, text in changed:
        lines[at] = text
    return b"".join(lines[start:])


def test_a_patchset_is_compared_to_where_it_left_the_collected_line(tmp_path):
    made = repository(tmp_path / "r")
    root = made.commit({b"a.py": body()}, name="Ada")
    main = made.commit({b"a.py": body((50, b"main\n"))}, parents=[root], name="Bob")
    head = made.commit({b"a.py": body((3, b"work\n"))}, parents=[root], name="Cleo")
    made.point(main)
    made.point(head, name="refs/pull/1/head")
    for old in ("", main):
        rows, commits = collected(made, (old, head), purpose="patchset")
        [row] = rows
        assert (row["parent"], row["commit"], row["status"]) == (root, head, "M")
        assert by_line(row["after_origins"]) == {4: head}
        assert by_line(row["before_origins"])[4] == root
        assert commits.keys() == {root, head}
        assert commits[head]["author_name"] == "Cleo"
        check(made, row)


def test_a_merged_review_is_compared_to_the_line_it_entered(tmp_path):
    made = repository(tmp_path / "r")
    root = made.commit({b"a.py": body()})
    first = made.commit({b"a.py": body((3, b"one\n"))}, parents=[root])
    head = made.commit({b"a.py": body((3, b"two\n"))}, parents=[first])
    side = made.commit({b"a.py": body((50, b"main\n"))}, parents=[root])
    merge = made.commit({b"a.py": body((3, b"two\n"), (50, b"main\n"))}, parents=[side, head])
    later = made.commit({b"a.py": body((3, b"three\n"))}, parents=[merge])
    made.point(later)
    for new, base in ((head, root), (merge, side), (later, merge)):
        [row], _ = collected(made, ("", new), purpose="merged")
        assert row["parent"] == base, new
        check(made, row)


def test_a_rebase_keeps_the_authors_of_the_lines_it_moved_onto(tmp_path):
    made = repository(tmp_path / "r")
    root = made.commit({b"a.py": body()})
    one = made.commit({b"a.py": body((3, b"work\n"))}, parents=[root], name="Cleo")
    main = made.commit({b"a.py": body((50, b"main\n"))}, parents=[root], name="Bob")
    two = made.commit({b"a.py": body((3, b"better\n"), (50, b"main\n"))}, parents=[main])
    made.point(main)
    made.point(two, name="refs/changes/01/1/2")
    [row], commits = collected(made, (one, two))
    assert by_line(row["after_origins"]) == {4: two, 51: main}
    assert commits[main]["author_name"] == "Bob"
    check(made, row)


def test_added_deleted_and_renamed_files(tmp_path):
    made = repository(tmp_path / "r")
    old = made.commit({b"gone.py": body(), b"name.py": body(start=1), b"same": b"x\n"})
    new = made.commit(
        {b"new.py": b"fresh\n", b"other.py": body((9, b"renamed\n"), start=1), b"same": b"x\n"},
        parents=[old],
    )
    made.point(new)
    rows, _ = collected(made, (old, new))
    found = {row["path"]: row for row in rows}
    assert {path: row["status"] for path, row in found.items()} == {
        "gone.py": "D", "new.py": "A", "other.py": "R",
    }  # fmt: skip
    assert found["other.py"]["old_path"] == "name.py"
    assert (found["new.py"]["before"], found["gone.py"]["after"]) == ("", "")
    assert set(by_line(found["gone.py"]["before_origins"])) == set(range(1, 61))
    for row in rows:
        check(made, row)
    only, _ = collected(made, {"old_commit": old, "new_commit": new, "paths": ["name.py"]})
    assert [row["path"] for row in only] == ["other.py"]


def test_a_root_is_compared_to_nothing(tmp_path):
    for hashing in ("sha1", "sha256"):
        made = repository(tmp_path / hashing, hashing=hashing)
        root = made.commit({b"a.py": b"x = 1\n"})
        made.point(root)
        [row], _ = collected(made, ("", root), purpose="merged")
        assert (row["status"], row["before"], row["parent"]) == ("A", "", "")
        assert by_line(row["after_origins"]) == {1: root}


def test_shown_files_are_whole_and_asked_at_one_commit(tmp_path):
    made = repository(tmp_path / "r")
    root = made.commit({b"a.py": b"".join(b"%d\n" % n for n in range(500)), b"d/b.py": b"b\n"})
    made.point(root)
    rows, _ = collected(
        made, {"old_commit": root, "new_commit": root, "paths": ["a.py", "d", "no.py", "d/b.py"]},
        purpose="shown",
    )  # fmt: skip
    found = {row["path"]: row for row in rows}
    assert {path: row["skip"] for path, row in found.items()} == {
        "a.py": None, "d": "missing_path", "no.py": "missing_path", "d/b.py": None,
    }  # fmt: skip
    assert found["a.py"]["before"] == found["a.py"]["after"]
    assert set(by_line(found["a.py"]["before_origins"])) == set(range(1, 501))
    assert {row["status"] for row in rows} == {"S"}


def test_what_is_not_there_is_a_row_that_says_so(tmp_path):
    made = repository(tmp_path / "r")
    root = made.commit({b"a.py": b"x\n"})
    blob = made.object("blob", b"no commit\n")
    many = made.commit({b"a.py": b"x\n", **{b"f%d" % n: b"y\n" for n in range(20)}}, parents=[root])
    made.point(many)
    bad = ("0" * 40, blob, "HEAD", "--output=x", "", root[:12], "\n", "é" * 40)
    rows, commits = collected(
        made, *((root, one) for one in bad), *((one, root) for one in bad if one),
        (root, root), (root, many),
    )  # fmt: skip
    reasons = [row["skip"] for row in rows]
    assert reasons == ["missing_object"] * (2 * len(bad) - 1) + ["no_difference", "too_many_files"]
    assert {row["path"] for row in rows} == {""}
    assert all(row["before"] is None for row in rows)
    assert commits.keys() <= {root, many}
    assert len({row["item"] for row in rows}) == len(rows)


def test_hostile_names_and_odd_files_are_skipped_one_by_one(tmp_path):
    made = repository(tmp_path / "r")
    old = made.commit({b"a.py": b"x\n"})
    tree = made.raw_tree(
        sorted(
            [
                (b"100644", b"a.py", made.object("blob", b"y\n")),
                (b"100644", b"big", made.object("blob", b"z\n" * 600)),
                (b"100644", b"bin", made.object("blob", b"\0\1")),
                (b"100644", b"latin-\xe9.py", made.object("blob", b"e\n")),
                (b"100644", b":(top)x\n:100644", made.object("blob", b"n\n")),
                (b"100644", b"..", made.object("blob", b"up\n")),
                (b"100644", b"g\xe2\x80\x8cit", made.object("blob", b"fine\n")),
                (b"100644", b"l1", made.object("blob", b"\xff\xfe\n")),
            ],
            key=lambda row: row[1],
        )
    )
    header = b"author A <a@b.c> 1700000000 +0000\ncommitter A <a@b.c> 1700000000 +0000\n\nx\n"
    new = made.raw_commit(tree, header, parents=[old])
    linked = made.commit({b"a.py": Entry(LINK, b"/etc/passwd")}, parents=[old])
    made.point(new)
    made.point(linked, name="refs/heads/other")
    rows, _ = collected(made, (old, new), (old, linked), max_bytes=1000)
    assert {row["path"]: row["skip"] for row in rows if row["commit"] == new} == {
        "a.py": None, "big": "too_large", "bin": "binary", "latin-\\xe9.py": "path_not_utf8",
        ":(top)x\n:100644": None, "..": "quarantined", "g\u200cit": None, "l1": "not_utf8",
    }  # fmt: skip
    assert [row["skip"] for row in rows if row["commit"] == linked] == ["not_regular_file"]
    for row in rows:
        if row["skip"] is None:
            check(made, row)


@pytest.mark.parametrize("few", [0, 10_000])
def test_any_two_commits_of_any_history(tmp_path_factory, monkeypatch, few):
    """One walk over many tips, and blame file by file, say what blame says of the whole file."""
    if few == 0 and not texts.available():
        pytest.skip("the library was not compiled: there is no C compiler")
    monkeypatch.setattr(ranges_origins, "FEW", few)

    @SOME
    @given(histories(most=6))
    def run(steps):
        made = repository(tmp_path_factory.mktemp("r") / "x")
        oids = build(made, steps)
        made.point(oids[-1])
        for number, oid in enumerate(oids):  # hidden refs: no head reaches all
            made.point(oid, name=f"refs/pull/{number}/head")
        pairs = [(old, new) for old in oids for new in oids if old != new][:20]
        rows, commits = collected(made, *pairs)
        for row in rows:
            if row["skip"] is None:
                check(made, row)
            named = {one["commit"] for one in (*row["before_origins"], *row["after_origins"])}
            assert named <= commits.keys()

    run()


def test_following_moves_is_as_blame_follows_them(tmp_path):
    made = repository(tmp_path / "r")
    text = b"".join(b"a line long enough to be recognised, number %d\n" % n for n in range(40))
    root = made.commit({b"a.py": text}, name="Ada")
    lines = text.splitlines(keepends=True)
    moved = made.commit({b"a.py": b"".join(lines[10:] + lines[:10])}, parents=[root], name="Bob")
    made.point(moved)
    following = dataclasses.replace(ranges_origins.Following(), text="moves")
    [plain], _ = collected(made, (root, moved))
    [far], _ = collected(made, (root, moved), following=following)
    assert set(by_line(plain["after_origins"]).values()) == {moved}
    assert set(by_line(far["after_origins"]).values()) == {root}
