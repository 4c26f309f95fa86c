import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.quality import measure, quality
from byline.corpus.schema import RULE

TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.text(st.characters(codec="utf-8"), max_size=60),
        st.text("ab1+/=\n\r é☃", max_size=200),
        st.sampled_from(["A" * 70, "Q" * 63, "\n" * 5, "a\r\nb", "x" * 64 + "\n"]),
    ),
    max_size=12,
)


def slow(text):
    text = text or ""
    lines = text.split("\n")
    if lines[-1] == "":
        lines = lines[:-1]
    lengths = [len(line.replace("\r", "")) for line in lines]
    alnum = sum(
        one in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" or ord(one) > 127
        for one in text
    )
    runs = [match.span() for match in re.finditer(r"[a-zA-Z0-9+/\n=]{64,}", text)]
    return (
        len(lines),
        len(text),
        max(lengths, default=0),
        sum(lengths) / len(lengths) if lengths else 0,
        alnum / len(text) if text else 0,
        max((end - start for start, end in runs), default=0),
    )


@settings(deadline=None)
@given(TEXTS, st.booleans())
def test_counts_equal_a_slow_count(texts, chunked):
    array = pa.array(texts, pa.string())
    if chunked:
        array = pa.chunked_array([array.slice(0, 3), array.slice(3)])
    got = measure(array)
    for at, text in enumerate(texts):
        lines, characters, longest, mean, alphanumeric, run = slow(text)
        assert got.lines[at] == lines
        assert got.characters[at] == characters
        assert got.longest[at] == longest
        assert got.mean[at] == pytest.approx(mean)
        assert got.alphanumeric[at] == pytest.approx(alphanumeric)
        assert got.encoded_run[at] >= run


def test_batches_do_not_change_counts(monkeypatch):
    texts = pa.array([f"line {n}\n" * (n % 7) + "é" * (n % 90) for n in range(200)])
    whole = measure(texts)
    monkeypatch.setattr("byline.corpus.quality.BATCH_BYTES", 64)
    parts = measure(texts)
    for name in whole.__dataclass_fields__:
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


def rules(text, kind="programming", language="Python"):
    [rows] = quality(pa.array([text], pa.string()), kinds=[kind], languages=[language]).to_pylist()
    return {row["rule"]: row for row in rows or []}


def test_a_plain_file_passes_every_rule():
    rows = rules("def f(a):\n    return a + 1\n" * 10)
    assert set(rows) == {
        "line.max",
        "line.mean",
        "alphanumeric.share",
        "encoded.run",
        "encoded.share",
        "lines.min",
    }
    assert all(row["keep"] for row in rows.values())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("x = 1\n" * 20 + "y" * 1001 + "\n", "line.max"),
        (("word " * 21 + "\n") * 20, "line.mean"),
        ("{} [] () ;\n" * 20, "alphanumeric.share"),
        ("x = 1\n" * 400 + "A" * 1025 + "\n", "encoded.run"),
        ("x = (1,)\n" * 10 + "k=" + "ab12" * 40, "encoded.share"),
        ("s = '" + "\\u00e9" * 200 + "'\n" + "x = 1\n" * 10, "encoded.run"),
        ("b = b'" + "\\x0f" * 400 + "'\n" + "x = 1\n" * 10, "encoded.run"),
        ("x = 1\n", "lines.min"),
    ],
)
def test_each_rule_can_fail(text, rule):
    row = rules(text)[rule]
    assert not row["keep"]
    assert row["value"] != row["limit"]


def test_data_has_its_own_limits():
    assert "lines.min" not in rules("a: 1\n", "data", "YAML")
    assert not rules("a: 1\n" * 513, "data", "YAML")["lines.max"]["keep"]
    assert rules("a: 1\n" * 512, "data", "YAML")["lines.max"]["keep"]


def test_null_text_has_no_rows_and_the_type_is_the_contract():
    found = quality(
        pa.array([None, "x\n"], pa.string()), kinds=["data", "data"], languages=[None, None]
    )
    assert found.type.value_type == RULE
    assert found.to_pylist()[0] == []
    assert len(found.to_pylist()[1]) == 6
