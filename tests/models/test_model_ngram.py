"""The n-gram reference: a proper distribution that learns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.models.ngram import continue_greedily, count_ngrams, distribution, log_probabilities

STREAMS = st.lists(st.integers(0, 5), min_size=1, max_size=120)
HISTORIES = st.lists(st.integers(1, 5), max_size=7)


@settings(max_examples=80, deadline=None)
@given(stream=STREAMS, history=HISTORIES, order=st.integers(1, 5))
def test_probabilities_are_positive_and_sum_to_one_after_any_history(stream, history, order):
    model = count_ngrams(np.array(stream), vocabulary=6, end=0, order=order)
    chances = distribution(model, history)
    assert chances.sum() == pytest.approx(1)
    assert (chances > 0).all()


@settings(max_examples=60, deadline=None)
@given(stream=STREAMS, text=HISTORIES, order=st.integers(1, 5))
def test_scores_of_a_text_are_those_of_its_distributions(stream, text, order):
    model = count_ngrams(np.array(stream), vocabulary=6, end=0, order=order)
    expected = [np.log(distribution(model, text[:n])[token]) for n, token in enumerate(text)]
    assert log_probabilities(model, np.array(text, dtype=np.int32)) == pytest.approx(expected)


def test_unseen_history_means_the_shorter_one():
    model = count_ngrams(np.array([1, 2, 3, 0] * 30), vocabulary=6, end=0, order=3)
    assert distribution(model, [5, 5, 2]) == pytest.approx(distribution(model, [5, 2]))


def test_it_learns_and_goes_on():
    model = count_ngrams(np.array([1, 2, 3, 4, 0] * 50), vocabulary=6, end=0, order=5)
    assert continue_greedily(model, [1, 2], stops=frozenset({0}), limit=9) == [3, 4, 0]
    assert continue_greedily(model, [1], stops=frozenset({0}), limit=2) == [2, 3]
    assert log_probabilities(model, np.array([1, 2, 3, 4])).mean() > np.log(0.7)


def test_longer_orders_predict_held_out_text_better():
    draws = np.random.default_rng(7).integers(1, 5, size=2000)
    stream = np.stack([draws, draws % 4 + 1], axis=1).reshape(-1)
    losses = [
        -log_probabilities(
            count_ngrams(stream[:3000], vocabulary=6, end=0, order=order), stream[3000:]
        ).mean()
        for order in (1, 2, 3)
    ]
    assert losses[0] > losses[1] + 0.3
    assert losses[1] > losses[2] + 0.1
