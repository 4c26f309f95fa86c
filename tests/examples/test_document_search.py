"""Searching texts by key gives what the index of files gives, whatever the keys are."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.examples.bm25 import index, ranked
from byline.examples.document_search import search

TEXTS = st.lists(
    st.lists(
        st.sampled_from(["tide", "berth", "pilot", "lock", "draught", "crane"]), max_size=8
    ).map(" ".join),
    max_size=12,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    TEXTS,
    st.lists(st.sampled_from(["tide", "lock", "crane", "mast"]), max_size=4),
    st.integers(0, 14),
)
def test_the_best_in_order(texts, query, most):
    known = {f"k{number:02d}": text for number, text in enumerate(texts)}
    found = search(known).ranked(" ".join(query), most=most)
    names = [f"zq{chr(97 + number)}" for number in range(len(texts))]
    files = pa.table({"path": pa.array(names, pa.string()), "text": pa.array(texts, pa.string())})
    expected = [f"k{ord(path[-1]) - 97:02d}" for path, _ in ranked(index(files), " ".join(query))]
    assert found == expected[:most]


def test_a_key_is_no_word_of_its_text():
    assert search({"tide": "lock", "berth": "tide"}).ranked("tide", most=5) == ["berth"]
    assert search({}).ranked("tide", most=5) == []
