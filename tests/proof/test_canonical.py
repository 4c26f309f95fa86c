import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.proof.canonical import MAX_DEPTH, canonical_json, parse_canonical, sha256_hex
from byline.proof.errors import NotCanonicalError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def test_known_form():
    value = {"b": [1, 2.5, None, True], "a": 'é\n"', "Z": {}}
    assert canonical_json(value) == '{"Z":{},"a":"é\\n\\"","b":[1,2.5,null,true]}'.encode()
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(VALUES)
def test_reads_back_and_is_stable(value):
    data = canonical_json(value)
    assert json.loads(data) == value
    assert canonical_json(parse_canonical(data)) == data


@given(st.dictionaries(TEXT, st.integers(), max_size=6), st.randoms())
def test_order_of_insertion_does_not_matter(value, random):
    items = list(value.items())
    random.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(value)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [float("-inf")],
        {1: "a"},
        {"a": {None: 1}},
        {"a": b"bytes"},
        {"a": {1, 2}},
        "\ud800",
        {"\udfff": 1},
        [10**5000],
        nested(MAX_DEPTH + 1),
    ],
)
def test_refuses_what_has_no_one_form(value):
    with pytest.raises(NotCanonicalError):
        canonical_json(value)


def test_refuses_a_value_that_holds_itself():
    value = []
    value.append(value)
    with pytest.raises(NotCanonicalError, match="nesting"):
        canonical_json(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b"1.0e0",
        b'"\\u0041"',
        b"NaN",
        b"\xff",
        b"",
        b"[1]\n",
        b"[" * 100_000,
    ],
)
def test_parse_accepts_the_canonical_form_only(data):
    with pytest.raises(NotCanonicalError):
        parse_canonical(data)
