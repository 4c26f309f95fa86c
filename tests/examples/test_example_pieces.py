"""Pieces and their spans: nothing lost, nothing overlapping, shares that sum to one."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.examples import pieces as parts
from byline.examples.completion import fill_in_the_middle
from byline.examples.middle import choose_middle
from byline.examples.pieces import Piece

PIECES = st.lists(
    st.builds(
        lambda text, who, loss: Piece(
            text, contributor=who, origin="unknown" if who else "tool", loss=loss,
            people=(who,) if who else (), clauses=("c/1",) if who else (),
        ),
        st.text(max_size=12),
        st.sampled_from([None, "ann", "bo", "chi"]),
        st.sampled_from([0.0, 1.0]),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=200, derandomize=True, deadline=None)
@given(PIECES)
def test_spans_cover_the_text_without_gap_or_overlap(pieces):
    text, spans = parts.joined(pieces), parts.spans(pieces)
    place = 0
    for span in spans:
        assert span["start"] == place < span["end"]
        place = span["end"]
    assert place == len(text)
    for left, right in itertools.pairwise(spans):
        kinds = ("loss", "contributor", "origin")
        assert any(left[kind] != right[kind] for kind in kinds), "neighbours of one kind"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(PIECES)
def test_shares_sum_to_one_and_roles_follow_the_loss(pieces):
    found = parts.people(pieces)
    pieces = [piece for piece in pieces if piece.text]
    assert {one["contributor"] for one in found} == {p.contributor for p in pieces} - {None}
    if found:
        assert sum(one["share"] for one in found) == pytest.approx(1)
    for one in found:
        has_loss = any(p.loss > 0 for p in pieces if one["contributor"] in p.people)
        assert (one["role"] == "author") == has_loss


def test_co_authors_share_alike():
    [ann, bo] = parts.people([Piece("12345678", "ann", "mixed", 1.0, ("ann", "bo"), ("c/1",))])
    assert (ann["share"], bo["share"]) == (0.5, 0.5)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(PIECES, st.data())
def test_a_cut_is_what_slicing_the_text_gives(pieces, data):
    text = parts.joined(pieces)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert parts.joined(parts.cut(pieces, start, end)) == text[start:end]


@settings(max_examples=100, derandomize=True, deadline=None)
@given(PIECES, st.data(), st.booleans())
def test_fill_in_the_middle_only_moves_text(pieces, data, suffix_first):
    text = parts.joined(pieces)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    moved = fill_in_the_middle(pieces, (start, end), suffix_first=suffix_first)
    tokens = {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}
    body = "".join(piece.text for piece in moved if piece.text not in tokens)
    expected = (
        text[end:] + text[:start] + text[start:end]
        if suffix_first
        else text[:start] + text[end:] + text[start:end]
    )
    assert body == expected


CODE = "import os\n\n\ndef first(a):\n    if a:\n        return 1\n    return 2\n\n\n" + "".join(
    f"def number_{n}(x):\n    y = x + {n}\n    return y * {n}\n\n\n" for n in range(8)
)


def test_a_middle_is_a_choice_by_hash_inside_the_text():
    kinds = set()
    for number in range(200):
        identity = f"ex_{number}"
        found = choose_middle(CODE, identity, 17)
        assert found == choose_middle(CODE, identity, 17)
        if found is None:
            continue
        start, end = found
        assert 40 <= start < end <= len(CODE)
        assert CODE[start:end].strip()
        kinds.add(CODE[start:end].startswith("def ") and CODE[end - 1] == "\n")
    assert kinds == {True, False}, "blocks, and middles that are none"


def test_a_text_too_short_has_no_middle():
    assert choose_middle("x = 1\n", "ex_1", 17) is None
