"""Authorship is git's own, line by line; edits hold together; differences replay."""

import tempfile
from itertools import pairwise
from pathlib import Path

from collecting import gather, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.work.diff import changed_blocks
from byline.work.git.windows import windows
from byline.work.identifiers import line_list
from simulators.histories import LINES, build, histories
from simulators.repositories import Repository, repository

FEW = settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def porcelain(
    made: Repository, commit: str, path: str, ranges: list[tuple[int, int]]
) -> dict[int, str]:
    """Git's own answer: the commit of each line asked about; moved and re-indented text too."""
    asked = [part for first, last in ranges for part in ("-L", f"{first},{last}")]
    output = made.git("blame", "-w", "-C", "--porcelain", "--root", *asked, commit, "--", path)
    found: dict[int, str] = {}
    heads = [line for line in output.split(b"\n") if not line.startswith(b"\t")]
    for line in heads:
        words = line.split(b" ")
        if len(words[0]) == 40 and len(words) in (3, 4) and words[1].isdigit():
            found[int(words[2])] = words[0].decode()
    return found


def spread(origins: list[dict]) -> list[str]:
    """Origins as one commit a line; they must begin at 1, touch, and not overlap."""
    lines: list[str] = []
    for origin in origins:
        assert origin["start"] == len(lines) + 1
        assert origin["lines"] > 0
        lines.extend([origin["commit"]] * origin["lines"])
    return lines


@FEW
@given(histories())
def test_origins_are_what_git_blame_says_and_cover_every_line(steps):
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r")
        oids = build(made, steps)
        made.point(oids[-1])
        done = gather(made.path, Path(folder) / "out")
        files = {row["path"]: row for row in rows(done, "files", "path")}
        expected = {path.decode(): text.decode() for path, text in steps[-1].files.items()}
        assert {path: row["text"] for path, row in files.items()} == expected
        for path, row in files.items():
            lines = spread(row["origins"])
            assert len(lines) == row["lines"] == len(line_list(row["text"]))
            told = porcelain(made, oids[-1], path, [(1, len(lines))]) if lines else {}
            assert dict(enumerate(lines, start=1)) == told
            commits = [origin["commit"] for origin in row["origins"]]
            assert all(one != two for one, two in pairwise(commits))
        check_edits(made, done)
        check_commits(made, done, oids[-1])


def check_edits(made: Repository, done) -> None:
    """Near each change, before is blamed as git does; and after is before with blocks replaced."""
    for row in rows(done, "edits", "item"):
        assert row["skip"] is None
        before, after = line_list(row["before"]), line_list(row["after"])
        asked = windows(row["before"], row["after"])
        blamed = porcelain(made, row["parent"], row["path"], asked) if asked else {}
        found = {
            number: origin["commit"]
            for origin in row["before_origins"]
            for number in range(origin["start"], origin["start"] + origin["lines"])
        }
        assert found == blamed
        own = {
            number
            for origin in row["after_origins"]
            for number in range(origin["start"] - 1, origin["start"] - 1 + origin["lines"])
        }
        assert {origin["commit"] for origin in row["after_origins"]} <= {row["commit"]}
        assert replayed(before, after) == after
        kept = [line for number, line in enumerate(after) if number not in own]
        assert subsequence(kept, before)
        for side, commit in (("before", row["parent"]), ("after", row["commit"])):
            oid = row["old_oid" if side == "before" else "new_oid"]
            if oid.strip("0"):
                assert made.git("show", f"{commit}:{row['path']}").decode() == row[side]
            else:
                assert row[side] == "", "a file that is not there is empty"
                assert not made.git("ls-tree", commit, "--", row["path"])


def check_commits(made: Repository, done, head: str) -> None:
    """Every commit is there once, as git lists it, with changes against its first parent."""
    listed = made.git("log", "--format=%H %P|%an|%ae|%at", head).decode().splitlines()
    seen = [
        f"{row['commit']} {' '.join(row['parents'])}|{row['author_name']}|{row['author_email']}|"
        f"{int(row['author_time'].timestamp())}"
        for row in rows(done, "commits", "commit")
    ]
    assert sorted(seen) == sorted(listed)
    for row in rows(done, "commits", "commit"):
        before = row["parents"][0] if row["parents"] else "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        made.object("tree", b"")
        names = made.git("diff", "--no-renames", "--name-status", "-z", before, row["commit"])
        words = names.decode().split("\0")[:-1]
        assert sorted((c["status"], c["path"]) for c in row["changes"]) == sorted(
            zip(words[::2], words[1::2], strict=True)
        )
    chosen = {row["commit"] for row in rows(done, "edits", "item")}
    assert len(chosen) + sum(done.left_out.values()) == len(seen)


def subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(line in rest for line in short)


def replayed(old: list[str], new: list[str]) -> list[str]:
    """`new`, made again from `old` and the blocks alone."""
    made: list[str] = []
    at = 0
    for block in changed_blocks(old, new):
        assert at <= block.old_start <= block.old_end <= len(old)
        made.extend(old[at : block.old_start])
        assert len(made) == block.new_start
        made.extend(new[block.new_start : block.new_end])
        at = block.old_end
    return [*made, *old[at:]]


TEXTS = st.lists(st.sampled_from([line.decode() for line in LINES] + ["end"]), max_size=12)


@MANY
@given(TEXTS, TEXTS)
def test_blocks_replay_and_are_apart_and_never_empty(old, new):
    assert replayed(old, new) == new
    blocks = changed_blocks(old, new)
    assert (blocks == []) == (old == new)
    for block in blocks:
        assert (block.old_start, block.new_start) != (block.old_end, block.new_end)
        assert old[block.old_start : block.old_end] != new[block.new_start : block.new_end]
    for earlier, later in pairwise(blocks):
        assert earlier.old_end < later.old_start
        assert earlier.new_end < later.new_start


@MANY
@given(TEXTS, st.integers(0, 12), st.lists(st.just("new\n"), min_size=1, max_size=3))
def test_an_insertion_is_one_block_of_the_new_lines(old, at, added):
    at = min(at, len(old))
    new = [*old[:at], *added, *old[at:]]
    (block,) = changed_blocks(old, new)
    assert block.old_start == block.old_end
    assert block.new_end - block.new_start == len(added)
    assert new[block.new_start : block.new_end] == added


@MANY
@given(st.text(max_size=40))
def test_lines_join_to_the_text_and_end_only_in_newlines(text):
    lines = line_list(text)
    assert "".join(lines) == text
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines[:-1])
    assert "" not in lines


def test_a_difference_too_long_to_align_is_one_block():
    old = [f"{number}\n" for number in range(20_002)]
    new = ["a\n", *old[1:10_000], "b\n", *old[10_001:-1], "c\n"]
    (block,) = changed_blocks(old, new)
    assert replayed(old, new) == new
    assert (block.old_start, block.old_end) == (0, 20_002)
