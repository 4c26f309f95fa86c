import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.duplicates import (
    PERMUTATIONS,
    SCHEME,
    clusters,
    duplicate_clusters,
    exact_keys,
    keep_earliest,
    signatures,
)
from byline.errors import InputError


def text(seed, words=300):
    dice = random.Random(seed)
    return " ".join(f"w{dice.randrange(5000)}" for _ in range(words))


def changed(source, share, seed=0):
    dice = random.Random(seed)
    words = source.split()
    for at in dice.sample(range(len(words)), int(len(words) * share)):
        words[at] = f"new{dice.randrange(10**6)}"
    return " ".join(words)


def jaccard(left, right):
    def shingles(one):
        words = one.split()
        return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}

    a, b = shingles(left), shingles(right)
    return len(a & b) / len(a | b)


def test_exact_keys_ignore_white_space_only():
    one, two, three, four, five = exact_keys(["a b\n", "ab", "a c", None, " \n"])
    assert one == two != three
    assert four is None
    assert five is None


def test_signatures_are_fixed_numbers():
    got = signatures(["one two three four five six", "a b", None])
    assert got.shape == (3, PERMUTATIONS)
    assert got.dtype == np.uint32
    assert (got[1:] == np.iinfo(np.uint32).max).all()
    assert np.array_equal(got[0], signatures(["x y z q r s", "one two  three\nfour five six"])[1])
    assert "rensa" in SCHEME


def test_agreement_estimates_jaccard():
    source = text(1, 800)
    for share in (0.01, 0.03, 0.08, 0.2):
        other = changed(source, share)
        left, right = signatures([source, other])
        assert abs((left == right).mean() - jaccard(source, other)) < 0.17


def test_near_duplicates_are_joined_and_others_are_not():
    source = text(1)
    texts = [source, changed(source, 0.01), text(2), text(3), changed(text(3), 0.5)]
    found = clusters(list("abcde"), signatures(texts))
    assert list(found) == ["a", "a", "c", "d", "e"]


def test_short_texts_are_joined_only_when_equal():
    ids = list("abcd")
    assert list(clusters(ids, signatures(["x y", "x y", "", "z"]))) == ids
    assert list(duplicate_clusters(ids, ["x y", "x  y", "", ""])) == ["a", "a", "c", "d"]


def test_exact_and_near_duplicates_chain():
    source = text(5)
    near = changed(source, 0.01)
    texts = [source, near, near.replace(" ", "\n"), "tiny", "tiny"]
    assert list(duplicate_clusters(["c", "b", "a", "y", "x"], texts)) == ["a", "a", "a", "x", "x"]


@settings(max_examples=25, deadline=None)
@given(st.randoms())
def test_the_order_of_rows_changes_nothing(dice):
    texts = {}
    for base in range(6):
        source = text(base, 120)
        for copy in range(dice.randrange(1, 5)):
            texts[f"{base}-{copy}"] = changed(source, 0.01 * copy, copy)
    ids = sorted(texts)
    expected = dict(zip(ids, clusters(ids, signatures([texts[one] for one in ids])), strict=True))
    dice.shuffle(ids)
    got = dict(zip(ids, clusters(ids, signatures([texts[one] for one in ids])), strict=True))
    assert got == expected
    for one, cluster in got.items():
        assert cluster <= one
        assert got[cluster] == cluster


def test_boilerplate_in_many_files_is_one_cluster():
    count = 3000
    rows = np.tile(signatures([text(9)]), (count, 1))
    rows[:, 100:] = np.random.default_rng(1).integers(0, 2**32, (count, 12), dtype=np.uint32)
    ids = [f"{n:05}" for n in range(count)]
    assert set(clusters(ids, rows)) == {"00000"}


def test_a_giant_bucket_of_unlike_rows_does_not_join_them():
    count = 3000
    rows = np.random.default_rng(1).integers(0, 2**32, (count, PERMUTATIONS), dtype=np.uint32)
    rows[:, :8] = 7
    ids = [f"{n:05}" for n in range(count)]
    assert list(clusters(ids, rows)) == ids


def test_equal_ids_are_one_row():
    rows = signatures([text(1), text(2), text(3)])
    assert list(clusters(["b", "b", "a"], rows)) == ["b", "b", "a"]


def test_shapes_are_checked():
    with pytest.raises(InputError):
        clusters(["a"], np.zeros((2, PERMUTATIONS), dtype=np.uint32))
    with pytest.raises(InputError):
        duplicate_clusters(["a"], [])
    assert len(clusters([], signatures([]))) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=20))
def test_one_row_of_each_cluster_is_kept_the_earliest(rows):
    ids = [f"i{n:02}" for n in range(len(rows))]
    times = [time for time, _ in rows]
    groups = [str(group) for _, group in rows]
    keep = keep_earliest(ids, groups, times)
    assert sum(keep) == len(set(groups))
    for group in set(groups):
        members = [
            (times[n], ids[n], bool(keep[n])) for n in range(len(rows)) if groups[n] == group
        ]
        assert min(members)[2]
