"""Weights and labels: experience on a path, and how much of a change is still there."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import at

from byline.examples.experience import Experience

DAY = 24 * 60


def test_whoever_knows_a_file_weighs_more_there_and_nowhere_else():
    acts = [("ann", "a.py", at(n * DAY)) for n in range(10)]
    known = Experience([*acts, ("ben", "a.py", at(DAY)), ("ben", "b.py", at(DAY))])
    now = at(20 * DAY)
    assert known.weight(["ann"], "a.py", now) == 1.5
    assert known.weight(["ann"], "b.py", now) == 0.5
    assert 0.5 < known.weight(["ben"], "a.py", now) < 1.5
    assert known.weight([], "a.py", now) == 1.0
    assert Experience([]).weight(["ann"], "a.py", now) == 1.0


def test_only_the_year_before_counts():
    acts = [("ann", "a.py", at(n * DAY)) for n in range(10)]
    known = Experience(acts)
    assert known.weight(["ann"], "a.py", at(0)) == 0.5
    assert known.weight(["ann"], "a.py", at(20 * DAY)) == 1.5
    assert known.weight(["ann"], "a.py", at(20 * DAY) + dt.timedelta(days=400)) == 0.5


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 900))),
    st.integers(0, 1000),
    st.randoms(use_true_random=False),
)
def test_weights_are_tenths_within_bounds_whatever_the_order(acts, when, chance):
    times = [(who, path, at(day * DAY)) for who, path, day in acts]
    shuffled = list(times)
    chance.shuffle(shuffled)
    for who in "ab":
        one = Experience(times).weight([who], "x", at(when * DAY))
        assert one == Experience(shuffled).weight([who], "x", at(when * DAY))
        assert 0.5 <= one <= 1.5
        assert one == pytest.approx(round(one, 1))
