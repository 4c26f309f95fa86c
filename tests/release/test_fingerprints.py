"""Fingerprints of texts: the published form, alone and in tables."""

import hashlib
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.examples.schema import EXAMPLES
from byline.proof import verify
from byline.release import fingerprints as module
from byline.release.fingerprints import BASE, SHARED, fingerprints, row_fingerprints

TOKEN = re.compile(rb"[a-z0-9_\x80-\xff]+|[!-~]")
WORDS = st.lists(st.sampled_from(["a", "B", "count", "x_1", "Ä", "ß", "(", "==", " ", "\n", "\0"]),
                 max_size=150).map(" ".join)  # fmt: skip


def by_the_page(text: str) -> list[int]:
    """docs/proof-formats.md, step by step."""
    data = bytes(byte + 32 if 0x41 <= byte <= 0x5A else byte for byte in text.encode())
    token = [int.from_bytes(hashlib.sha256(one).digest()[:8], "big") for one in TOKEN.findall(data)]
    runs = [
        sum(token[at + j] * BASE ** (24 - j) for j in range(25)) % 2**64
        for at in range(len(token) - 24)
    ]
    if not runs:
        return []
    return sorted({min(runs[at : at + 10]) for at in range(max(1, len(runs) - 9))})


@settings(max_examples=150)
@given(WORDS)
def test_a_text_has_the_fingerprints_of_the_published_form(text):
    assert fingerprints(text).tolist() == by_the_page(text)


@settings(max_examples=60)
@given(WORDS)
def test_the_stand_alone_verifier_finds_the_same(text):
    assert fingerprints(text).tolist() == sorted(verify.fingerprints(text))


def test_the_form_does_not_drift():
    text = " ".join(f"word{number} = f(x, {number})" for number in range(20))
    found = fingerprints(text)
    digest = hashlib.sha256(found.astype(">u8").tobytes()).hexdigest()
    assert (len(found), digest[:16]) == (24, "1a49f2f65255f9db")


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=SHARED, max_size=60), WORDS, WORDS, WORDS, WORDS)
def test_texts_that_share_34_tokens_share_a_fingerprint(shared, before, after, other, last):
    middle = " ".join(f"s{one}" for one in shared)
    one = fingerprints(f"{before} {middle} {after}")
    two = fingerprints(f"{other}\n\n{middle.upper()}\t{last}")
    assert len(np.intersect1d(one, two))


def test_white_space_and_case_change_nothing():
    text = "def Total(items):\n    return sum(item.price for item in items if item.price > 0) + 1\n"
    assert (
        fingerprints(text * 3).tolist()
        == fingerprints((text * 3).replace(" ", "\t  ").replace("\n", "\r\n").upper()).tolist()
    )


def _row(**texts):
    return {name: texts.get(name) for name in ("text", "prompt", "completion", "messages",
                                               "chosen", "rejected")}  # fmt: skip


ROWS = st.one_of(
    WORDS.map(lambda text: _row(text=text)),
    st.tuples(WORDS, WORDS).map(lambda both: _row(prompt=both[0], completion=both[1])),
    st.tuples(WORDS, WORDS, WORDS).map(
        lambda three: _row(prompt=three[0], chosen=three[1], rejected=three[2])
    ),
    st.lists(WORDS, max_size=3).map(
        lambda some: _row(messages=[{"role": "user", "content": one} for one in some])
    ),
)


def _texts(row):
    if row["text"] is not None:
        return [row["text"]]
    if row["messages"] is not None:
        return [one["content"] for one in row["messages"]]
    answers = [row[name] for name in ("completion", "chosen", "rejected")]
    return [row["prompt"] + answer for answer in answers if answer is not None]


@settings(max_examples=60)
@given(st.lists(ROWS, max_size=8), st.sampled_from([1, 300, 1 << 20]))
def test_a_table_has_what_its_texts_have_one_by_one(rows, size):
    schema = pa.schema([EXAMPLES.field(name) for name in _row()])
    found = [set() for _ in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_BYTES", size)
        for numbers, owners in row_fingerprints(pa.Table.from_pylist(rows, schema=schema)):
            for number, owner in zip(numbers.tolist(), owners.tolist(), strict=True):
                assert number not in found[owner]
                found[owner].add(number)
    expected = [set().union(*(by_the_page(one) for one in _texts(row))) for row in rows]
    assert found == expected
