"""Hashes of runs of words: of many texts at once as of each alone, and as words say."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.words import batches, run_hashes, word_numbers

WORDS = st.text(alphabet="ab_1 -\n.é\u2028ß", max_size=40)
PLAIN = st.text(alphabet="abc_1 \n.(\x00\x1c", max_size=40)


@given(st.lists(WORDS | PLAIN, max_size=8), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_runs_are_equal_exactly_where_words_are(texts, words):
    runs = run_hashes(texts, words, {})
    named = {}
    for text, hashes in zip(texts, runs.each(), strict=True):
        found = re.findall(r"\w+", text)
        expected = [tuple(found[at : at + words]) for at in range(len(found) - words + 1)]
        assert len(hashes) == len(expected)
        for run, number in zip(expected, hashes.tolist(), strict=True):
            assert named.setdefault(run, number) == number
    assert len(set(named.values())) == len(named)


@given(st.lists(WORDS | PLAIN, max_size=8))
@settings(max_examples=100, deadline=None)
def test_texts_together_are_as_each_alone(texts):
    numbers, counts = word_numbers(texts, {})
    alone = [word_numbers([text], {})[0].tolist() for text in texts]
    assert counts.tolist() == [len(one) for one in alone]
    assert numbers.tolist() == [number for one in alone for number in one]


def test_batches_keep_every_text_in_order():
    texts = ["a" * (5 << 20), "", "b" * (5 << 20), "c"]
    assert [len(batch) for batch in batches(texts)] == [3, 1]
    assert list(batches([])) == []
