"""What git is asked for a bucket's items: patchsets, differences, merges; once, and again if cut."""

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from byline.engine.executor import LocalExecutor
from byline.engine.stage import combined
from byline.release.changes import Changed, Mirrored, collect_changes
from byline.release.grouping import History, group_work
from byline.release.sources import read_in_chunks
from byline.work.git.collect import Collected, Limits, collect
from byline.work.git.lineage_asks import Following
from byline.work.items import Patchset, Reading, Source
from simulators.repositories import NOON, filled

FIRST = b"def price(item):\n    return item.cents / 100\n"
SECOND = b"def price(item):\n    return item.cents / 100.0\n"
THIRD = b'def price(item):\n    """In the currency\'s unit."""\n    return item.cents / 100.0\n'
TIME = dt.datetime.fromtimestamp(NOON, dt.UTC)
MISSING = "f" * 40


@dataclass(frozen=True)
class World:
    tables: Path
    mirrors: Path
    collected: Collected
    readings: Sequence[Reading]

    def changed(self) -> Changed:
        mirrored = Mirrored(
            name="shop", directory=self.mirrors / "shop.git", head=self.collected.commit,
            max_bytes=1 << 20, following=Following("copies", ignore_space=True),
            references=combined(self.collected.references),
        )  # fmt: skip
        with LocalExecutor(1) as executor:
            source = read_in_chunks(
                Source(name="forge", system="github", path=Path()), lambda: iter(self.readings),
                key="k" * 20, tables=self.tables,
            )  # fmt: skip
            history = History("shop", self.collected.commits, [("github", "acme/shop")])
            grouped = group_work([source], [history], tables=self.tables, executor=executor)
            [bucket] = grouped.buckets
            found = collect_changes(
                grouped.buckets, {"shop": mirrored}, {"shop": self.collected.commits},
                tables=self.tables, executor=executor, progress=lambda *_: None,
            )  # fmt: skip
        [one] = found[bucket.name]
        return one


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A review of two patchsets that was merged, and one whose commits nobody has."""
    made = filled(tmp_path / "shop", {b"shop.py": FIRST})
    base = made.git("rev-parse", "main").decode().strip()
    one = made.commit({b"shop.py": SECOND}, parents=[base], time=NOON + 60, email="bo@corp.example")
    two = made.commit({b"shop.py": THIRD}, parents=[one], time=NOON + 90, email="bo@corp.example")
    merged = made.commit(
        {b"shop.py": THIRD}, parents=[base], time=NOON + 99, message="Merge (#1)\n"
    )
    made.point(two, name="refs/pull/1/head")
    made.point(merged)
    with LocalExecutor(1) as executor:
        collected = collect(
            tmp_path / "shop", repository="shop", revision="HEAD",
            limits=Limits(max_file_bytes=1 << 20, max_paths=1000, max_commit_edits=100,
                          review_refs=True),
            mirrors=tmp_path / "mirrors", tables=tmp_path / "tables", executor=executor,
        )  # fmt: skip
    readings = [
        Reading(
            kind="review", key="github:acme/shop#1", file="1.json", repository="shop",
            state="merged", opened=TIME, detail={"merged_commit": merged},
            patchsets=(Patchset(1, one, base=base), Patchset(2, two, base=base)),
        ),
        Reading(
            kind="review", key="github:acme/shop#2", file="2.json", repository="shop",
            state="open", opened=TIME, patchsets=(Patchset(1, MISSING, base=base),),
        ),
    ]  # fmt: skip
    return World(tmp_path / "tables", tmp_path / "mirrors", collected, readings)


def by_purpose(changed: Changed) -> dict[tuple[str, int | None], dict[str, Any]]:
    rows = changed.changes.read().to_pylist()
    return {(row["purpose"], row["to_patchset"]): row for row in rows if row["skip"] is None}


def test_each_state_of_a_review_is_there_with_both_texts(world: World):
    found = by_purpose(world.changed())
    states = {name: (row["before"].encode(), row["after"].encode()) for name, row in found.items()}
    assert states == {
        ("patchset", 1): (FIRST, SECOND),
        ("patchset", 2): (FIRST, THIRD),
        ("interdiff", 2): (SECOND, THIRD),
        ("merged", None): (FIRST, THIRD),
    }
    assert {row["path"] for row in found.values()} == {"shop.py"}


def test_a_patchset_that_nobody_has_is_a_row_that_says_so(world: World):
    rows = world.changed().changes.read().to_pylist()
    skipped = [row for row in rows if row["skip"] is not None]
    assert len(skipped) == 1
    assert skipped[0]["skip"]
    assert skipped[0]["commit"] == MISSING


def test_the_commits_that_changes_speak_of_are_beside_them(world: World):
    changed = world.changed()
    commits = {row["commit"]: row for row in changed.commits.read().to_pylist()}
    spoken_of = {row["commit"] for row in by_purpose(changed).values()}
    assert spoken_of <= commits.keys()
    assert "bo@corp.example" in {row["author_email"] for row in commits.values()}


def test_what_is_there_is_not_asked_again_and_git_is_not_needed(world: World):
    first = world.changed()
    shutil.rmtree(world.mirrors)
    again = world.changed()
    assert again.changes == first.changes
    assert again.commits == first.commits


def test_what_was_cut_short_is_made_anew_and_is_the_same(world: World):
    first = world.changed()
    shutil.rmtree(first.commits.path.parent)
    again = world.changed()
    assert again.changes.digest == first.changes.digest
    assert again.commits.digest == first.commits.digest
