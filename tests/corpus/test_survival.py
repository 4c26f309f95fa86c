"""How much of a commit is left after some days, on real repositories."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.corpus.survival import SURVIVAL, mainline, survival
from byline.work.git.blame import blame
from byline.work.git.command import GitError
from simulators.histories import build, histories
from simulators.repositories import NOON, Repository, repository

DAY = 86_400


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    return repository(tmp_path / "r", bare=True)


def shares(made: Repository, head: str, commit: str, **options) -> dict[int, float | str]:
    rows = survival(made.directory, head, [commit], **options).to_pylist()
    return {row["days"]: row["share"] if row["reason"] is None else row["reason"] for row in rows}


def lines(*words: str) -> bytes:
    return "".join(f"{word}\n" for word in words).encode()


def test_lines_die_as_others_replace_them(made: Repository) -> None:
    base = made.commit({b"a.py": lines("keep")})
    wrote = made.commit(
        {b"a.py": lines("keep", "one", "two", "three", "four")}, parents=[base], time=NOON
    )
    later = made.commit(
        {b"a.py": lines("keep", "one", "two", "other", "four")},
        parents=[wrote],
        time=NOON + 5 * DAY,
    )
    last = made.commit(
        {b"a.py": lines("keep", "one", "four")}, parents=[later], time=NOON + 20 * DAY
    )
    head = made.commit({b"a.py": lines("keep")}, parents=[last], time=NOON + 91 * DAY)
    assert shares(made, head, wrote) == {7: 0.75, 30: 0.5, 90: 0.5}
    assert shares(made, head, wrote, days=[1, 91]) == {1: 1.0, 91: 0.0}
    assert shares(made, last, wrote) == {7: 0.75, 30: "too_recent", 90: "too_recent"}


def test_the_clock_starts_when_a_branch_lands(made: Repository) -> None:
    base = made.commit({b"a.py": lines("a")})
    side = made.commit({b"a.py": lines("a"), b"b.py": lines("x", "y")}, parents=[base], time=NOON)
    main = made.commit({b"a.py": lines("a", "b")}, parents=[base], time=NOON + 40 * DAY)
    whole = {b"a.py": lines("a", "b"), b"b.py": lines("x", "y")}
    merge = made.commit(whole, parents=[main, side], time=NOON + 50 * DAY)
    cut = made.commit({**whole, b"b.py": lines("x")}, parents=[merge], time=NOON + 60 * DAY)
    head = made.commit({b"a.py": lines("a")}, parents=[cut], time=NOON + 200 * DAY)
    assert mainline(made.directory, head).commits == [base, main, merge, cut, head]
    assert shares(made, head, side) == {7: 1.0, 30: 0.5, 90: 0.5}
    assert shares(made, head, merge) == {7: "merge", 30: "merge", 90: "merge"}
    assert shares(made, main, side)[7] == "not_landed"


def test_a_renamed_file_is_followed_and_a_deleted_one_is_gone(made: Repository) -> None:
    text = lines(*(f"line {number}" for number in range(20)))
    wrote = made.commit({b"old.py": text, b"gone.py": lines("a", "b", "c", "d", "e")}, time=NOON)
    moved = made.commit({b"dir/new name.py": text}, parents=[wrote], time=NOON + DAY)
    edited = made.commit(
        {b"dir/new name.py": text.replace(b"line 3\n", b"3\n")},
        parents=[moved],
        time=NOON + 10 * DAY,
    )
    head = made.commit({b"x": b"x\n"}, parents=[edited], time=NOON + 400 * DAY)
    assert shares(made, head, wrote) == {7: 0.8, 30: 19 / 25, 90: 19 / 25}


def test_what_is_not_looked_at_has_its_reason(made: Repository) -> None:
    base = made.commit({b"a.bin": b"\0\1\2", b"gone.py": b"x\n"})
    binary = made.commit({b"a.bin": b"\0\1\2\3", b"gone.py": b"x\n"}, parents=[base], time=NOON + 1)
    wide = made.commit({b"f%d" % n: b"x\n" for n in range(5)}, parents=[binary], time=NOON + 2)
    head = made.commit({b"f0": b"y\n"}, parents=[wide], time=NOON + 100 * DAY)
    assert shares(made, head, binary)[7] == "nothing_written"
    assert shares(made, head, wide, max_paths=4)[7] == "too_many_paths"
    assert shares(made, head, wide, max_bytes=1)[7] == "nothing_written"
    assert shares(made, head, "0" * 39 + "1")[7] == "unknown_commit"
    with pytest.raises(GitError):
        survival(made.directory, "f" * 40, [])
    assert survival(made.directory, head, []).schema == SURVIVAL


def test_names_of_paths_are_data(made: Repository) -> None:
    odd = {b":(glob)*": lines("a"), b"-n": lines("b"), b"a\tb": lines("c"), b"\xff": lines("d")}
    wrote = made.commit(odd, time=NOON)
    head = made.commit({**odd, b"-n": lines("z")}, parents=[wrote], time=NOON + 100 * DAY)
    assert shares(made, head, wrote) == {7: 1.0, 30: 1.0, 90: 1.0}
    assert shares(made, head, wrote, days=[100]) == {100: 0.75}


@settings(max_examples=12, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(histories(), st.integers(0, 1))
def test_shares_are_what_blame_of_whole_states_says(steps, days: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = repository(Path(folder) / "r", bare=True)
        ids = build(made, steps)
        head = ids[-1]
        line = mainline(made.directory, head)
        reached = made.git("rev-list", head).decode().split()
        assert sorted(line.place) == sorted(reached)
        for row in survival(made.directory, head, reached, days=[days]).to_pylist():
            if row["reason"] is not None:
                assert row["share"] is None
                continue
            state = line.after(row["commit"], days)
            wrote, left = (
                counted(made, row["commit"], row["commit"]),
                counted(made, row["commit"], state),
            )
            assert row["added"] == sum(lines for _, lines in wrote.values())
            if wrote.keys() <= left.keys():  # else a file was renamed or deleted
                expected = sum(
                    lines if left[path][0] == oid else min(lines, left[path][1])
                    for path, (oid, lines) in wrote.items() if lines
                )  # fmt: skip
                assert row["survived"] == expected
            assert row["share"] == row["survived"] / row["added"] <= 1


def counted(made: Repository, commit: str, state: str) -> dict[str, tuple[str, int]]:
    """By path of a state: its blob, and how many lines whole blame gives to a commit."""
    found = {}
    for row in made.git("ls-tree", "-r", "-z", state).decode().split("\0")[:-1]:
        about, _, path = row.partition("\t")
        told = blame(made.directory, state, path)
        found[path] = about.split()[2], sum(run.lines for run in told if run.commit == commit)
    return found
