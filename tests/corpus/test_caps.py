"""Nobody's writing is more than the cap, the choice is by hash alone, and no person is named."""

import random
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.corpus.caps import CAPPED, WRITTEN, CapSettings, capped, written
from byline.errors import InputError
from byline.examples.candidate import CANDIDATES

QUIET = settings(max_examples=60, deadline=None, derandomize=True, database=None,
                 suppress_health_check=[HealthCheck.too_slow])  # fmt: skip


def table(rows: list[tuple[str, str, int]], recipe: str = "edit") -> pa.Table:
    return pa.table(
        {"id": [one for one, _, _ in rows], "recipe": [recipe] * len(rows),
         "person": [who for _, who, _ in rows], "characters": [size for *_, size in rows]},
        schema=WRITTEN,
    )  # fmt: skip


def shares(rows: pa.Table, gone: set[str]) -> dict[str, float]:
    sums: Counter[str] = Counter()
    for row in rows.to_pylist():
        if row["id"] not in gone:
            sums[row["person"]] += row["characters"]
    return {person: size / sums.total() for person, size in sums.items()}


def team(people: int, *, heavy: int) -> pa.Table:
    rows = [(f"ex_{n:04}", f"p{n % people:02}", 100) for n in range(people * 10)]
    return table(rows + [(f"ey_{n:04}", "p00", 100) for n in range(heavy)])


def test_a_person_over_a_tenth_is_brought_down_to_it_and_no_further() -> None:
    rows = team(30, heavy=200)
    gone = set(capped(rows)["id"].to_pylist())
    left = shares(rows, gone)
    assert 0.085 < max(left.values()) <= 0.1
    people = dict(zip(rows["id"].to_pylist(), rows["person"].to_pylist(), strict=True))
    assert {people[one] for one in gone} == {"p00"}


def test_nobody_over_means_nothing_goes() -> None:
    assert capped(team(30, heavy=0)).num_rows == 0
    assert capped(WRITTEN.empty_table()).equals(CAPPED.empty_table())


def test_few_people_keep_twice_an_equal_share() -> None:
    assert CapSettings().limit(20) == 0.1
    assert CapSettings().limit(5) == 0.4
    assert CapSettings().limit(2) == CapSettings().limit(1) == CapSettings().limit(0) == 1.0
    assert capped(team(2, heavy=100)).num_rows == 0
    rows = team(5, heavy=100)
    found = capped(rows)
    assert 0.35 < max(shares(rows, set(found["id"].to_pylist())).values()) <= 0.4
    assert set(found["limit"].to_pylist()) == {0.4}


def test_recipes_are_counted_each_for_itself() -> None:
    edits, messages = team(30, heavy=200), team(30, heavy=0)
    ids = pa.array([f"m{one}" for one in messages["id"].to_pylist()])
    messages = messages.set_column(0, WRITTEN.field("id"), ids)
    messages = messages.set_column(1, WRITTEN.field("recipe"), pa.array(["message"] * len(ids)))
    assert capped(pa.concat_tables([edits, messages])).equals(capped(edits))
    with pytest.raises(InputError, match="two recipes"):
        capped(pa.concat_tables([edits, team(30, heavy=0).set_column(
            1, WRITTEN.field("recipe"), pa.array(["message"] * 300))]))  # fmt: skip


def test_the_result_names_no_person() -> None:
    found = capped(team(30, heavy=200))
    assert found.schema == CAPPED
    assert set(found["reason"].to_pylist()) == {"cap_person"}
    assert "p00" not in str(found.to_pylist())


@QUIET
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 11), st.integers(1, 500)),
        max_size=120, unique_by=lambda one: one[:2],
    ),
    st.sampled_from([0.1, 0.2, 0.5]), st.randoms(),
)  # fmt: skip
def test_the_cap_holds_in_every_order(
    told: list[tuple[int, int, int]], share: float, chance: random.Random
) -> None:
    rows = table([(f"ex_{one:02}", f"p{who:02}", size) for one, who, size in told])
    wanted = CapSettings(share=share)
    found = capped(rows, settings=wanted)
    gone = set(found["id"].to_pylist())
    assert gone <= set(rows["id"].to_pylist())
    left = shares(rows, gone)
    limit = wanted.limit(len(set(rows["person"].to_pylist())))
    # Where so few people are left that one of them must be over, nothing more is taken away.
    assert not left or max(left.values()) <= limit + 1e-9 or len(left) * limit <= 1
    order = list(range(rows.num_rows))
    chance.shuffle(order)
    assert capped(rows.take(pa.array(order, pa.int64())), settings=wanted).equals(found)


def test_only_what_is_learned_in_training_counts() -> None:
    def span(start: int, end: int, loss: float, who: str | None) -> dict:
        return {"start": start, "end": end, "loss": loss, "contributor": who, "origin": "human"}

    spans = [span(0, 10, 0.0, "p1"), span(10, 14, 1.0, "p1"), span(14, 20, 1.0, None), span(20, 23, 0.5, "p1"),
             span(23, 30, 1.0, "p2")]  # fmt: skip
    candidates = pa.table(
        {"id": ["a", "b", "c"], "recipe": ["edit"] * 3, "split": ["train", "test", "train"],
         "spans": pa.array([spans, spans, []], CANDIDATES.field("spans").type)}
    )  # fmt: skip
    assert written(candidates).to_pylist() == [
        {"id": "a", "recipe": "edit", "person": "p1", "characters": 7},
        {"id": "a", "recipe": "edit", "person": "p2", "characters": 7},
    ]
    assert written(candidates.slice(0, 0)).num_rows == 0
