"""Groups stay whole, training ends at the cut, and nothing held out trains."""

import datetime as dt
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.corpus.held_out import (
    KEYS,
    PLACED,
    HoldOutSettings,
    held_out_people,
    held_out_repositories,
    placed,
)
from byline.corpus.split import Cuts
from byline.errors import InputError

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CUTS = Cuts(START + dt.timedelta(days=50), START + dt.timedelta(days=75), "for the test")
QUIET = settings(max_examples=80, deadline=None, derandomize=True, database=None,
                 suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
ROW = st.tuples(
    st.integers(0, 7),
    st.integers(0, 8),
    st.integers(0, 100),
    st.sets(st.integers(0, 9), max_size=3),
)


def keys(rows: list[tuple[int, int, int, Any]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"id": f"ex_{number:03}", "group": f"g{group}", "repo": f"r{repo}",
             "time": START + dt.timedelta(days=day), "people": [f"p{who}" for who in sorted(people)]}
            for number, (group, repo, day, people) in enumerate(rows)
        ],
        schema=KEYS,
    )  # fmt: skip


@QUIET
@given(
    st.lists(ROW, max_size=40), st.sampled_from([0.0, 0.2, 0.5]), st.sets(st.integers(0, 9), max_size=2),
    st.integers(0, 5), st.randoms(),
)  # fmt: skip
def test_the_laws_of_the_split(
    rows: list[Any], share: float, named: set[int], seed: int, chance: random.Random
) -> None:
    wanted = HoldOutSettings(repositories=0.2, people=tuple(f"p{one}" for one in sorted(named)),
                             people_share=share, seed=seed)  # fmt: skip
    table = keys(rows)
    found = placed(table, CUTS, settings=wanted)
    assert found.schema == PLACED
    assert found["id"].to_pylist() == table["id"].to_pylist()
    by_group: dict[str, set[str]] = {}
    repositories = held_out_repositories(table["repo"].to_pylist(), wanted)
    people = held_out_people({f"p{one}" for one in range(10)}, wanted)
    for row, out in zip(table.to_pylist(), found.to_pylist(), strict=True):
        by_group.setdefault(row["group"], set()).add(out["split"])
        if out["split"] == "train":
            assert row["time"] < CUTS.valid_from
            assert row["repo"] not in repositories
            assert not people & set(row["people"])
        if out["split"] == "validation":
            assert row["time"] < CUTS.test_from
        if out["reason"] == "time" and row["time"] >= CUTS.test_from:
            assert out["split"] == "test"
    assert all(len(splits) == 1 for splits in by_group.values())
    order = list(range(len(rows)))
    chance.shuffle(order)
    shuffled = placed(table.take(pa.array(order, pa.int64())), CUTS, settings=wanted)
    assert shuffled.sort_by("id").equals(found.sort_by("id"))


def test_a_group_is_where_its_latest_member_is() -> None:
    found = placed(keys([(1, 0, 5, ()), (1, 0, 60, ()), (2, 0, 5, ()), (3, 0, 80, ())]), CUTS)
    assert found["split"].to_pylist() == ["validation", "validation", "train", "test"]
    assert set(found["reason"].to_pylist()) == {"time"}


def test_few_repositories_hold_none_out_and_never_all() -> None:
    none = HoldOutSettings()
    assert held_out_repositories(["a", "b", "c", "d"], none) == frozenset()
    assert len(held_out_repositories("abcde", none)) == 1
    assert len(held_out_repositories([f"r{n}" for n in range(100)], none)) == 5
    assert len(held_out_repositories("abcde", HoldOutSettings(repositories=1.0))) == 4
    assert held_out_repositories("abcde", HoldOutSettings(repositories=0.0)) == frozenset()


def test_a_group_over_two_repositories_goes_with_the_held_out_one() -> None:
    rows = [(repo, repo, 1, ()) for repo in range(5)]
    [held] = held_out_repositories([f"r{n}" for n in range(5)], HoldOutSettings())
    free = next(n for n in range(5) if f"r{n}" != held)
    found = placed(keys([*rows, (int(held[1:]), free, 1, ())]), CUTS)
    assert found.to_pylist()[-1]["reason"] == "repository_held_out"
    assert found["split"].to_pylist().count("test") == 2


def test_a_named_person_is_held_out_with_their_groups_and_not_named_in_the_result() -> None:
    found = placed(keys([(1, 0, 1, {3, 4}), (1, 0, 1, {5}), (2, 0, 1, {4})]), CUTS,
                   settings=HoldOutSettings(people=("p3",)))  # fmt: skip
    assert found["split"].to_pylist() == ["test", "test", "train"]
    assert found["reason"].to_pylist() == ["person_held_out", "person_held_out", "time"]
    assert "p3" not in str(found.to_pylist())


def test_a_persons_lot_depends_on_them_alone() -> None:
    wanted = HoldOutSettings(people_share=0.3)
    everyone = [f"p{n}" for n in range(200)]
    drawn = held_out_people(everyone, wanted)
    assert 0.2 < len(drawn) / 200 < 0.4
    assert held_out_people(everyone[:50], wanted) == drawn & set(everyone[:50])


def test_without_cuts_everything_trains_but_what_is_held_out() -> None:
    found = placed(keys([(1, 0, 99, {3}), (2, 0, 99, {4})]), Cuts(None, None, "short"),
                   settings=HoldOutSettings(people=("p3",)))  # fmt: skip
    assert found["split"].to_pylist() == ["test", "train"]
    assert placed(KEYS.empty_table(), CUTS).num_rows == 0


def test_what_has_no_time_belongs_to_no_split() -> None:
    table = keys([(1, 0, 1, ())])
    empty = pa.array([None], KEYS.field("time").type)
    with pytest.raises(InputError, match="no time"):
        placed(table.set_column(3, "time", empty), CUTS)
    with pytest.raises(InputError, match="no column"):
        placed(table.drop_columns(["people"]), CUTS)
