"""Rows, duplicates and seals."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.errors import IntegrityError
from byline.release.duplicates import duplicates
from byline.release.rows import leaf, row_digest
from byline.release.shards import shard_of
from byline.release.stages import SIGNATURES, sign


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


def _signed(rows):
    count = len(rows)
    table = pa.table(
        {
            "id": pa.array([row[0] for row in rows], pa.string()),
            "recipe": pa.array([row[1] for row in rows], pa.string()),
            "split": pa.array([row[2] for row in rows], pa.string()),
            "split_keys": [{"time": row[3], "group": row[0], "repo": "r"} for row in rows],
            "people": pa.array([[{"contributor": "p"}] for _ in rows]),
            "labels": pa.array([[{"name": "task", "value": row[5]}] for row in rows]),
            "target": pa.array([row[4] for row in rows], pa.string()),
            "text": pa.array([row[4] for row in rows], pa.string()),
            "messages": pa.nulls(count),
            "chosen": pa.nulls(count),
        }
    )
    return sign(table).cast(SIGNATURES)


WORDS = " ".join(f"word{n}" for n in range(120))
EARLY, LATE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
ROWS = [
    ("ex_3", "completion", "test", LATE, WORDS + " ", "a"),
    ("ex_1", "completion", "train", EARLY, WORDS, "a"),
    ("ex_2", "completion", "train", EARLY + dt.timedelta(1), WORDS + " tail", "a"),
    ("ex_4", "commit_edit", "train", LATE, WORDS, "a"),
    ("ex_5", "completion", "train", LATE, "something else entirely, of other words at all", "a"),
    ("ex_7", "completion", "train", LATE, WORDS, "another task"),
]


def _kept(table):
    return {row["id"]: (row["kept_id"], row["kind"]) for row in table.to_pylist()}


def test_of_duplicates_the_earliest_stays_whatever_the_order():
    found = _kept(duplicates(_signed(ROWS)))
    assert found == {"ex_3": ("ex_1", "exact"), "ex_2": ("ex_1", "near")}
    assert _kept(duplicates(_signed(ROWS[::-1]))) == found


def test_what_earlier_runs_compared_changes_no_result(tmp_path):
    whole = _kept(duplicates(_signed(ROWS)))
    for size in range(1, len(ROWS)):
        duplicates(_signed(ROWS[:size]), store=tmp_path)
        assert _kept(duplicates(_signed(ROWS), store=tmp_path)) == whole
    # What is gone stands for nothing: of the rest, the earliest stays.
    rest = _signed([row for row in ROWS if row[0] != "ex_1"])
    assert _kept(duplicates(rest, store=tmp_path)) == {"ex_3": ("ex_2", "near")}
    other = [(*row[:5], "another task") for row in ROWS]
    assert len(_kept(duplicates(_signed(other), store=tmp_path))) == 3


def test_two_candidates_of_one_id_are_an_error():
    with pytest.raises(IntegrityError, match="two candidates have the id ex_1"):
        duplicates(_signed([ROWS[1], ROWS[1]]))


def test_no_candidates_have_no_duplicates():
    assert duplicates(SIGNATURES.empty_table()).num_rows == 0


@pytest.mark.parametrize("count", [1, 3])
def test_shard_of_spreads(count):
    found = {shard_of(f"ex_{n * 0x11111111:08x}{'0' * 24}", count) for n in range(15)}
    assert found == set(range(count))
