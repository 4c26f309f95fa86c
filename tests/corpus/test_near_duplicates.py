"""The store over many runs says what one run over everything would say."""

import datetime as dt
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.corpus.duplicates import (
    PERMUTATIONS,
    clusters,
    duplicate_clusters,
    exact_keys,
    keep_earliest,
)
from byline.corpus.near_duplicates import (
    EDGES,
    SEEN,
    Store,
    cluster_names,
    duplicates_of,
    empty_store,
    seen_of,
    signed,
    updated,
    without,
)
from byline.corpus.near_duplicates_files import read_store, write_store
from byline.errors import InputError, IntegrityError

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
QUIET = settings(max_examples=40, deadline=None, derandomize=True, database=None,
                 suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
WORDS = [f"word{number}" for number in range(60)]


def candidates(
    texts: dict[str, str], scope: str = "edit", days: dict[str, int] | None = None
) -> pa.Table:
    return pa.table(
        {
            "scope": [scope] * len(texts), "id": list(texts), "text": list(texts.values()),
            "time": pa.array([START + dt.timedelta(days=(days or {}).get(one, 0)) for one in texts],
                             pa.timestamp("s", tz="UTC")),
        }
    )  # fmt: skip


def text_of(seed: int, changed: int) -> str:
    chance = random.Random(seed)
    words = [chance.choice(WORDS) for _ in range(60)]
    for number in range(changed):
        words[(number * 17) % 60] = f"other{seed}{number}"
    return " ".join(words)


def in_runs(table: pa.Table, runs: list[int]) -> Store:
    store = empty_store()
    for run in sorted(set(runs)):
        rows = pa.array([place for place, one in enumerate(runs) if one == run])
        store = updated(store, signed(table.take(rows)))
    return store


def names_of(store: Store) -> dict[str, str]:
    return dict(zip(store.seen["id"].to_pylist(), cluster_names(store), strict=True))


@QUIET
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 3)), max_size=14),
    st.randoms(),
)
def test_runs_in_any_order_find_the_clusters_of_one_run(
    told: list[tuple[int, int, int]], chance: random.Random
) -> None:
    texts = {
        f"ex_{number:02}": text_of(seed, changed) for number, (seed, changed, _) in enumerate(told)
    }
    table = candidates(texts)
    store = in_runs(table, [run for *_, run in told])
    expected = duplicate_clusters(list(texts), list(texts.values()))
    assert names_of(store) == dict(zip(texts, expected.tolist(), strict=True))
    order = list(range(len(told)))
    chance.shuffle(order)
    again = in_runs(table.take(pa.array(order, pa.int64())), [chance.randrange(3) for _ in told])
    assert again.seen.equals(store.seen)
    assert again.edges.equals(store.edges)


SIGNATURE = st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 3))


def signatures_of(told: list[tuple[int, int, int]]) -> np.ndarray:
    """Signatures that share bands and differ in some permutations: large buckets too."""
    rows = []
    for family, spread, variant in told:
        row = np.full(PERMUTATIONS, family + 1, dtype=np.uint32)
        row[8 * spread :: 9] = variant + 10
        rows.append(row)
    return np.asarray(rows, dtype=np.uint32).reshape(-1, PERMUTATIONS)


@QUIET
@given(st.lists(SIGNATURE, min_size=1, max_size=90), st.randoms())
def test_large_buckets_have_the_same_leaders_whatever_came_first(
    told: list[tuple[int, int, int]], chance: random.Random
) -> None:
    ids = [f"ex_{number:03}" for number in range(len(told))]
    chance.shuffle(ids)
    hashes = signatures_of(told)
    times = pa.array([START] * len(ids), pa.timestamp("s", tz="UTC"))
    seen = seen_of(["edit"] * len(ids), ids, times, exact=[None] * len(ids), hashes=hashes)
    expected = dict(zip(ids, clusters(ids, hashes).tolist(), strict=True))
    store = empty_store()
    runs = [chance.randrange(4) for _ in ids]
    for run in range(4):
        rows = [place for place, one in enumerate(runs) if one == run]
        store = updated(store, seen.take(pa.array(rows, pa.int64())))
    assert names_of(store) == expected
    gone = {one for one in ids if chance.random() < 0.3}
    left = [place for place, one in enumerate(ids) if one not in gone]
    rest = without(store, gone)
    fewer = clusters([ids[place] for place in left], hashes[left])
    assert names_of(rest) == dict(zip([ids[place] for place in left], fewer.tolist(), strict=True))
    assert updated(rest, seen.filter(pa.array([one in gone for one in ids]))).edges.equals(
        store.edges
    )


def test_more_groups_than_leaders_in_one_bucket() -> None:
    """Only the first band is shared, by 60 rows of 20 groups: 16 leaders join 16 groups."""
    rows = np.zeros((60, PERMUTATIONS), dtype=np.uint32)
    for number in range(60):
        rows[number, 8:] = number % 20 + 1
        rows[number, 8::8] = 1000 + number
    ids = [f"ex_{number:03}" for number in range(60)]
    expected = dict(zip(ids, clusters(ids, rows).tolist(), strict=True))
    assert len(set(expected.values())) == 16 + 4 * 3
    times = pa.array([START] * 60, pa.timestamp("s", tz="UTC"))
    seen = seen_of(["edit"] * 60, ids, times, exact=[None] * 60, hashes=rows)
    store = empty_store()
    for part in ((40, 20), (0, 20), (20, 20)):
        store = updated(store, seen.slice(*part))
    assert names_of(store) == expected


def test_the_kept_one_is_the_earliest_and_can_be_traced() -> None:
    texts = {
        "ex_a": text_of(1, 0),
        "ex_b": text_of(1, 1),
        "ex_c": text_of(1, 0) + "\n",
        "ex_d": text_of(2, 0),
    }
    days = {"ex_a": 3, "ex_b": 9, "ex_c": 1, "ex_d": 0}
    table = candidates(texts, days=days)
    store = in_runs(table, [0, 1, 2, 3])
    found = {row["id"]: row for row in duplicates_of(store).to_pylist()}
    assert {one: (row["kept_id"], row["kind"]) for one, row in found.items()} == {
        "ex_a": ("ex_c", "exact"), "ex_b": ("ex_c", "near"),
    }  # fmt: skip
    assert found["ex_a"]["similarity"] == 1.0
    assert 0.7 <= found["ex_b"]["similarity"] < 1.0
    assert duplicates_of(store, ["ex_b", "ex_d"])["id"].to_pylist() == ["ex_b"]
    keep = keep_earliest(
        list(texts),
        duplicate_clusters(list(texts), list(texts.values())).tolist(),
        [days[one] for one in texts],
    )
    assert set(found) == {one for one, kept in zip(texts, keep.tolist(), strict=True) if not kept}


def test_scopes_are_apart_and_short_texts_are_exact_only() -> None:
    text = text_of(1, 0)
    first = signed(candidates({"ex_a": text, "ex_s": "x = 1", "ex_t": "x =  1"}))
    second = signed(candidates({"ex_b": text, "ex_u": ""}, scope="message"))
    store = updated(updated(empty_store(), first), second)
    assert names_of(store) == {
        "ex_a": "ex_a",
        "ex_b": "ex_b",
        "ex_s": "ex_s",
        "ex_t": "ex_s",
        "ex_u": "ex_u",
    }
    assert exact_keys(["x = 1"])[0] in store.seen["exact"].to_pylist()


def test_a_withdrawn_one_leaves_no_trace_and_a_changed_one_is_replaced() -> None:
    texts = {"ex_a": text_of(1, 0), "ex_b": text_of(1, 1), "ex_c": text_of(3, 0)}
    store = updated(empty_store(), signed(candidates(texts)))
    rest = without(store, ["ex_a"])
    del texts["ex_a"]
    plain = updated(empty_store(), signed(candidates(texts)))
    assert rest.seen.equals(plain.seen)
    assert rest.edges.equals(plain.edges)
    changed = updated(store, signed(candidates({"ex_b": text_of(3, 1)})))
    assert names_of(changed) == {"ex_a": "ex_a", "ex_b": "ex_b", "ex_c": "ex_b"}
    assert updated(store, signed(candidates({"ex_b": text_of(1, 1)}))).edges.equals(store.edges)


def test_ids_must_be_one_candidates() -> None:
    once = signed(candidates({"ex_a": text_of(1, 0)}))
    with pytest.raises(IntegrityError, match="one id"):
        updated(empty_store(), pa.concat_tables([once, once]))
    other = signed(candidates({"ex_a": text_of(1, 0)}, scope="message"))
    with pytest.raises(IntegrityError, match="before"):
        updated(updated(empty_store(), once), other)
    with pytest.raises(InputError, match="no column"):
        signed(pa.table({"id": ["a"]}))


def test_a_store_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = in_runs(
        candidates({f"ex_{n}": text_of(n % 2, n % 3) for n in range(6)}), [0, 1, 0, 1, 2, 2]
    )
    assert read_store(tmp_path / "none") == empty_store()
    write_store(tmp_path, store)
    again = read_store(tmp_path)
    assert again.seen.equals(store.seen)
    assert again.edges.equals(store.edges)
    assert again.seen.schema == SEEN
    assert again.edges.schema == EDGES


def test_edges_of_another_state_are_made_anew_and_another_scheme_is_refused(tmp_path: Path) -> None:
    store = updated(
        empty_store(), signed(candidates({"ex_a": text_of(1, 0), "ex_b": text_of(1, 1)}))
    )
    write_store(
        tmp_path / "old", updated(empty_store(), signed(candidates({"ex_a": text_of(1, 0)})))
    )
    write_store(tmp_path / "new", store)
    (tmp_path / "new" / "edges.parquet").write_bytes(
        (tmp_path / "old" / "edges.parquet").read_bytes()
    )
    assert read_store(tmp_path / "new").edges.equals(store.edges)
    seen = pq.read_table(tmp_path / "new" / "seen.parquet").replace_schema_metadata(
        {b"scheme": b"other"}
    )
    pq.write_table(seen, tmp_path / "new" / "seen.parquet")
    with pytest.raises(InputError, match="another scheme"):
        read_store(tmp_path / "new")


def test_no_text_is_in_the_store(tmp_path: Path) -> None:
    write_store(
        tmp_path, updated(empty_store(), signed(candidates({"ex_a": "zebra quartz " * 20})))
    )
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"zebra" not in held
    assert "zebra" not in str(read_store(tmp_path).seen.to_pylist())
