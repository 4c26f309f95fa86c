"""A second collection does only what is new, and equals a collection from nothing."""

import tempfile
from pathlib import Path

from collecting import by_path, everything, gather, stamps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.work.git.history import is_ancestor
from simulators.histories import build, histories
from simulators.repositories import NOON, Repository, filled, repository

RANDOM = settings(
    max_examples=12, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def head(made: Repository) -> str:
    return made.git("rev-parse", "main").decode().strip()


@RANDOM
@given(histories(most=7), st.data())
def test_any_way_through_a_history_ends_where_a_fresh_collection_does(steps, data):
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        made = repository(place / "r")
        oids = build(made, steps)
        places = st.integers(0, len(oids) - 1)
        way = [data.draw(places), data.draw(places), len(oids) - 1]
        last = None
        for stop in way:
            made.point(oids[stop])
            done = gather(made.path, place / "grown")
            if last is not None:
                assert done.changed == (oids[stop] != last)
                assert done.rewritten == (
                    oids[stop] != last and not is_ancestor(made.directory, last, oids[stop])
                )
            last = oids[stop]
        fresh = gather(made.path, place / "fresh")
        assert everything(done) == everything(fresh)
        assert [p.digest for p in done.files] == [p.digest for p in fresh.files]
        assert parts(place / "grown") == parts(place / "fresh")


def parts(folder: Path) -> set[str]:
    """Every table file by bucket and content; its key says only when it was written."""
    files = (folder / "tables").rglob("*.parquet")
    return {"/".join((*file.parts[-3:-1], file.stem.split("-")[1])) for file in files}


def many(path: Path) -> tuple[Repository, dict[bytes, bytes]]:
    files = {b"src/f%02d.py" % number: b"x = %d\n" % number for number in range(24)}
    return filled(path, files), files


def test_one_new_commit_rewrites_only_the_buckets_that_it_touches(tmp_path):
    made, files = many(tmp_path / "r")
    gather(made.path, tmp_path / "out")
    before = stamps(tmp_path / "out/tables")
    made.point(made.commit({**files, b"src/f07.py": b"x = 7\ny = 7\n"}, parents=[head(made)]))
    done = gather(made.path, tmp_path / "out")
    after = stamps(tmp_path / "out/tables")
    written = {name for name in after if before.get(name) != after[name]}
    assert done.changed
    assert sorted(name.split("/")[2] for name in written) == [
        "commits",
        "edits",
        "files",
        "references",
        "signatures",
        "state.json",
    ]
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh"))


def test_nothing_new_touches_no_file(tmp_path):
    made, _ = many(tmp_path / "r")
    first = gather(made.path, tmp_path / "out")
    before = stamps(tmp_path / "out")
    second = gather(made.path, tmp_path / "out")
    assert stamps(tmp_path / "out") == before
    assert (first.changed, second.changed, second.rewritten) == (True, False, False)
    assert everything(first) == everything(second)


def test_merging_into_an_older_branch_asks_authorship_again(tmp_path):
    """The first parent leads past the collected commit: its lines may have other authors."""
    made = filled(tmp_path / "r", {b"a.txt": b"one\n"})
    base = head(made)
    changed = made.commit({b"a.txt": b"two\n"}, parents=[base], name="Bob", time=NOON + 1)
    reverted = made.commit({b"a.txt": b"one\n"}, parents=[changed], name="Cleo", time=NOON + 2)
    made.point(reverted)
    first = gather(made.path, tmp_path / "out")
    assert by_path(first)["a.txt"]["origins"][0]["commit"] == reverted
    older = made.commit({b"a.txt": b"one\n", b"b": b"b\n"}, parents=[base], time=NOON + 3)
    merge = {b"a.txt": b"one\n", b"b": b"b\n"}
    made.point(made.commit(merge, parents=[older, reverted], time=NOON + 4))
    done = gather(made.path, tmp_path / "out")
    assert by_path(done)["a.txt"]["origins"][0]["commit"] == base
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh"))


def test_a_cherry_pick_on_a_side_branch_then_merged_is_as_git_says(tmp_path):
    made = filled(tmp_path / "r", {b"a.txt": b"one\n"})
    base = head(made)
    main = made.commit({b"a.txt": b"one\nfix\n"}, parents=[base], name="Bob", time=NOON + 1)
    made.point(main)
    gather(made.path, tmp_path / "out")
    side = made.commit(
        {b"a.txt": b"one\nfix\n", b"s": b"\n"}, parents=[base], name="Cleo", time=NOON + 2
    )
    for parents in ([main, side], [side, main]):
        made.point(
            made.commit({b"a.txt": b"one\nfix\n", b"s": b"\n"}, parents=parents, time=NOON + 3)
        )
        done = gather(made.path, tmp_path / "out")
        assert by_path(done)["a.txt"]["origins"][1]["commit"] == parents[0]
        assert everything(done) == everything(gather(made.path, tmp_path / f"fresh{parents[0]}"))


def test_rewritten_history_is_noticed_and_leaves_nothing_behind(tmp_path):
    made, files = many(tmp_path / "r")
    first = head(made)
    made.point(made.commit({**files, b"secret": b"password\n"}, parents=[first]))
    gather(made.path, tmp_path / "out")
    made.point(made.commit({b"one": b"kept\n"}, name="Bob"))
    done = gather(made.path, tmp_path / "out")
    assert done.rewritten
    assert set(by_path(done)) == {"one"}
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh"))
    assert parts(tmp_path / "out") == parts(tmp_path / "fresh")


def test_switching_the_branch_and_back_is_right_each_time(tmp_path):
    made, files = many(tmp_path / "r")
    base = head(made)
    made.point(made.commit({**files, b"left": b"l\n"}, parents=[base]), name="refs/heads/left")
    made.point(made.commit({**files, b"right": b"r\n"}, parents=[base]), name="refs/heads/right")
    for number, branch in enumerate(("left", "right", "main", "left")):
        done = gather(made.path, tmp_path / "out", revision=branch)
        fresh = gather(made.path, tmp_path / f"fresh{number}", revision=branch)
        assert everything(done) == everything(fresh)


def test_dates_that_run_backwards_give_no_commit_twice(tmp_path):
    """`git log a ^b` may list commits of b again when dates mislead its walk."""
    made = filled(tmp_path / "r", {b"a.txt": b"0\n"})
    base = made.commit({b"a.txt": b"0\n"}, time=NOON + 1_000_000)
    old = base
    for number in range(12):
        old = made.commit({b"a.txt": b"%d\n" % number}, parents=[old], time=1000 - number)
    made.point(old)
    gather(made.path, tmp_path / "out")
    side = made.commit({b"a.txt": b"0\n", b"s": b"s\n"}, parents=[base], time=NOON + 2_000_000)
    merge = {b"a.txt": b"11\n", b"s": b"s\n"}
    made.point(made.commit(merge, parents=[old, side], time=NOON + 3_000_000))
    done = gather(made.path, tmp_path / "out")
    assert not done.rewritten
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh"))


def test_a_lost_table_is_made_again_whole(tmp_path):
    made, files = many(tmp_path / "r")
    wanted = everything(gather(made.path, tmp_path / "out"))
    for kind in ("commits", "files"):
        next((tmp_path / "out/tables/work/r" / kind).rglob("*.parquet")).unlink()
        assert everything(gather(made.path, tmp_path / "out")) == wanted
    next((tmp_path / "out/tables/work/r/commits").rglob("*.parquet")).unlink()
    made.point(made.commit({**files, b"new": b"n\n"}, parents=[head(made)]))
    done = gather(made.path, tmp_path / "out")
    assert everything(done) == everything(gather(made.path, tmp_path / "fresh"))
