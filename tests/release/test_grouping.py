"""Work-item groups over sources and repositories, and the buckets that hold them whole."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from byline.corpus.groups import commit_node, reverted
from byline.engine.executor import LocalExecutor
from byline.release import grouping
from byline.release.grouping import Grouped, group_work
from byline.release.sources import SourceTables, read_in_chunks
from byline.work.git.resolution import RELATIONS
from byline.work.items import Link, Part, Reading, Source

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def issue(number: int, *links: int, title: str = "", days: int = 0) -> Reading:
    return Reading(
        kind="issue", key=f"github:a/b#{number}", file=f"{number}.json", title=title,
        opened=NOON + dt.timedelta(days=days),
        parts=(Part("title", "title", title or f"Title {number}"),),
        links=tuple(Link("closes", f"github:a/b#{one}", "body") for one in links),
    )  # fmt: skip


def tables(folder: Path, name: str, readings: Sequence[Reading]) -> SourceTables:
    source = Source(name=name, system="github", path=Path())
    return read_in_chunks(source, lambda: iter(readings), key="k" * 20, tables=folder)


def grouped(folder: Path, *sources: SourceTables) -> Grouped:
    with LocalExecutor(1) as executor:
        return group_work(sources, [], tables=folder, executor=executor)


def groups(found: Grouped) -> dict[str, str]:
    keys: dict[str, str] = {}
    held: dict[str, str] = {}
    for bucket in found.buckets:
        keys |= {row["item"]: row["key"] for row in bucket.items.read().to_pylist()}
        held |= {row["item"]: row["group"] for row in bucket.groups.read().to_pylist()}
    assert keys.keys() == held.keys()
    return {keys[item].rpartition("#")[2]: group for item, group in held.items()}


def test_linked_items_are_one_group_across_sources(tmp_path: Path):
    found = groups(
        grouped(
            tmp_path,
            tables(tmp_path, "one", [issue(1, 2), issue(4)]),
            tables(tmp_path, "two", [issue(2, 3), issue(3)]),
        )
    )
    assert found["1"] == found["2"] == found["3"]
    assert found["4"] != found["1"]


def test_every_item_is_in_one_bucket_with_the_whole_of_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(grouping, "ITEMS_EACH", 8)
    readings = [issue(at, *([at + 1] if at % 5 else [])) for at in range(1, 101)]
    found = grouped(tmp_path, tables(tmp_path, "one", readings))
    assert len(found.buckets) > 4
    at = [{row["item"]: row["group"] for row in bucket.groups.read().to_pylist()}
          for bucket in found.buckets]  # fmt: skip
    assert sum(len(one) for one in at) == 100
    homes = [set(one.values()) for one in at]
    assert sum(len(home) for home in homes) == len(set().union(*homes)) == 20
    for bucket, one in zip(found.buckets, at, strict=True):
        assert set(bucket.items.read()["item"].to_pylist()) == set(one)
        assert set(bucket.parts.read()["item"].to_pylist()) == set(one)


def test_an_item_of_two_sources_is_that_of_the_first(tmp_path: Path):
    found = grouped(
        tmp_path,
        tables(tmp_path, "one", [issue(1, title="The first telling of it")]),
        tables(tmp_path, "two", [issue(1, title="The second"), issue(2)]),
    )
    titles = [row["title"] for bucket in found.buckets for row in bucket.items.read().to_pylist()]
    texts = [row["text"] for bucket in found.buckets for row in bucket.parts.read().to_pylist()]
    assert sorted(titles) == ["", "The first telling of it"]
    assert sorted(texts) == ["The first telling of it", "Title 2"]


def test_a_group_has_the_latest_time_in_it(tmp_path: Path):
    found = grouped(tmp_path, tables(tmp_path, "one", [issue(1, 2), issue(2, days=9), issue(3)]))
    times = {
        row["group"]: row["time"]
        for bucket in found.buckets
        for row in bucket.groups.read().to_pylist()
    }
    assert sorted(times.values()) == [NOON, NOON + dt.timedelta(days=9)]


def test_nothing_new_is_found_there_and_nothing_at_all_makes_no_bucket(tmp_path: Path):
    sources = tables(tmp_path, "one", [issue(1, 2), issue(2)])
    first, again = grouped(tmp_path, sources), grouped(tmp_path, sources)
    assert [one.groups.path for one in first.buckets] == [one.groups.path for one in again.buckets]
    assert grouped(tmp_path / "empty").buckets == []


def test_the_first_revert_counts_and_what_is_unknown_counts_nothing():
    def told(by: str, of: str | None, kind: str = "reverts") -> dict[str, str | None]:
        return {"repository": "r", "commit": by, "kind": kind, "target": of or "?",
                "evidence": "message", "related": of, "resolution": None}  # fmt: skip

    rows = [told("c", "a"), told("b", "a"), told("d", None), told("e", "x"),
            told("b", "d", "fixes")]  # fmt: skip
    written = {commit_node("r", name): NOON + dt.timedelta(days=at)
               for at, name in enumerate("abcde")}  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=RELATIONS)
    assert reverted(table, written) == {commit_node("r", "a"): 1.0}
