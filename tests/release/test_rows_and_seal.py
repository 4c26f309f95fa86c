"""Rows, duplicates and seals."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.engine.stage import Partition
from byline.release.duplicates import select
from byline.release.rows import leaf, row_digest
from byline.release.shards import shard_of
from byline.release.stages import SIGNATURES, sign
from byline.workspace.files import write_table


def test_a_row_digest_covers_every_value():
    row = {
        "id": "ex_1", "weight": 1.0, "text": "é", "people": [{"share": 0.5}], "messages": None,
        "time": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }  # fmt: skip
    assert leaf(row).key == b"ex_1"
    changed = [
        {**row, "weight": 1.5}, {**row, "text": "e"}, {**row, "people": [{"share": 0.25}]},
        {**row, "messages": []}, {**row, "time": dt.datetime(2026, 1, 2, tzinfo=dt.UTC)},
    ]  # fmt: skip
    assert len({row_digest(one) for one in [row, *changed]}) == 6


def test_a_time_in_another_zone_is_the_same_time():
    zone = dt.timezone(dt.timedelta(hours=2))
    here = {"id": "ex_1", "time": dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)}
    there = {"id": "ex_1", "time": dt.datetime(2026, 1, 1, 14, tzinfo=zone)}
    assert row_digest(here) == row_digest(there)


@settings(max_examples=100, derandomize=True)
@given(st.lists(st.integers(0, 16**32 - 1), min_size=2, max_size=20), st.integers(1, 9))
def test_shards_are_in_order_of_id(numbers, count):
    ids = sorted(f"ex_{number:032x}" for number in numbers)
    shards = [shard_of(identity, count) for identity in ids]
    assert shards == sorted(shards)
    assert 0 <= shards[0] <= shards[-1] < count


def _candidates(rows, tmp_path, name="a"):
    table = pa.table(
        {
            "id": [row[0] for row in rows],
            "recipe": [row[1] for row in rows],
            "split": [row[2] for row in rows],
            "split_keys": [{"time": row[3]} for row in rows],
            "target": [row[4] for row in rows],
        }
    )
    path = tmp_path / f"{name}.parquet"
    write_table(path, sign(table).cast(SIGNATURES))
    return Partition(name, path, name)


WORDS = " ".join(f"word{n}" for n in range(120))
EARLY, LATE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def test_of_duplicates_the_earliest_stays_whatever_the_order(tmp_path):
    rows = [
        ("ex_3", "completion", "test", LATE, WORDS + " "),
        ("ex_1", "completion", "train", EARLY, WORDS),
        ("ex_2", "completion", "train", EARLY + dt.timedelta(1), WORDS + " tail"),
        ("ex_4", "commit_edit", "train", LATE, WORDS),
        ("ex_5", "completion", "train", LATE, "something else entirely, of other words at all"),
        ("ex_6", "commit_edit", "left_out", LATE, ""),
    ]
    one = select([_candidates(rows, tmp_path)])
    two = select(
        [_candidates(rows[::-1][:3], tmp_path, "b"), _candidates(rows[::-1][3:], tmp_path, "c")]
    )
    assert one == two
    assert one.split == {"ex_1": "train", "ex_4": "train", "ex_5": "train"}
    assert one.dropped == {"ex_3": "duplicate_exact", "ex_2": "duplicate_near"}


def test_no_candidates_are_no_release(tmp_path):
    assert select([]).split == {}
    empty = _candidates([("ex_6", "commit_edit", "left_out", LATE, "")], tmp_path)
    assert select([empty]).split == {}


@pytest.mark.parametrize("count", [1, 3])
def test_shard_of_spreads(count):
    found = {shard_of(f"ex_{n * 0x11111111:08x}{'0' * 24}", count) for n in range(15)}
    assert found == set(range(count))
