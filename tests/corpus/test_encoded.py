"""Encoded blobs are found, with their lines; words and code are not taken for them."""

import base64
import hashlib
import itertools

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.encoded import encoded, encoded_lines, encoded_rules, encoded_runs
from byline.corpus.quality import quality

BYTES = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(60))  # 1,920 bytes
WRAPPED = base64.encodebytes(BYTES).decode()  # lines of 76
HEXED = BYTES.hex()
LISTED = ", ".join(f"0x{byte:02x}" for byte in BYTES).replace(", ", ",")
ESCAPED = "".join(f"\\u{byte:04x}" for byte in BYTES)


def failed(text: str) -> set[str]:
    return {rule["rule"] for rule in encoded_rules(text) if not rule["keep"]}


@pytest.mark.parametrize("blob", [WRAPPED, HEXED, LISTED, ESCAPED])
def test_a_blob_alone_breaks_both_rules(blob: str) -> None:
    assert failed(blob) == {"encoded.run", "encoded.share"}


@pytest.mark.parametrize("blob", [WRAPPED, HEXED, LISTED, ESCAPED])
def test_a_blob_in_a_long_comment_is_found_with_its_lines(blob: str) -> None:
    words = "The certificate does not load any more.\n" * 400
    text = f"{words}\n{blob}\n{words}"
    assert failed(text) == {"encoded.run"}
    first, count = encoded_lines(text)[0]
    lines = text.split("\n")
    assert lines[first - 1 : first - 1 + count] == blob.rstrip("\n").split("\n")
    assert len(encoded_lines(text)) == 1


def test_prose_code_digests_and_word_lists_are_no_blobs() -> None:
    for text in (
        "def rounded(amount):\n    return amount.quantize(MINOR)\n" * 100,
        "Fixes 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n" * 30,
        "apple\nbanana\ncherry\ndamson\nelder\nfig\ngrape\nhazel\niris\njuniper\nkale\n" * 100,
        "/usr/local/lib/python3/site-packages/ledger/rounding/minor/unit\n" * 40,
    ):
        assert failed(text) == set()


def test_a_column_has_rows_for_each_text_and_none_for_a_null() -> None:
    found = encoded(pa.array(["short", None, HEXED]))
    assert [len(row) for row in found.to_pylist()] == [2, 0, 2]


def test_what_the_file_rules_take_for_a_blob_is_one_here() -> None:
    for blob in (WRAPPED, HEXED, LISTED, ESCAPED):
        rules = quality(pa.array([blob]), kinds=["data"], languages=[None]).to_pylist()[0]
        assert {"encoded.run", "encoded.share"} <= {r["rule"] for r in rules if not r["keep"]}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.sampled_from([WRAPPED, HEXED[:200], "words of a person\n", "\n", "\u00e9\ud800"]))
)
def test_runs_are_in_order_apart_and_inside(parts: list[str]) -> None:
    text = "".join(parts)
    runs = encoded_runs(text)
    assert all(0 <= start < end <= len(text) for start, end in runs)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(runs))
    count = text.count("\n") + 1
    assert all(1 <= first <= first + n - 1 <= count for first, n in encoded_lines(text))
