"""JSON intake: bounded, ordered, and every unreadable thing counted with its reason."""

import json
import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import InputError
from byline.work import export_json
from byline.work.exports import Document, documents, integer, objects, text_of, when
from byline.work.items import Problem, Source


def read(path, *, max_bytes=1 << 20, function=documents):
    return list(function(Source("s", "x", path, max_bytes=max_bytes)))


def outcome(tmp_path, data, name="a.json", **options):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    found = read(path, **options)
    return [one.value if isinstance(one, Document) else one.reason for one in found]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        (")]}'\n" + '{"a": 1}', [{"a": 1}]),
        (")]}'\n[1, 2]", [1, 2]),
        ("[]", []),
        ('[{"a": 1}] [{"b": 2}]', [{"a": 1}, {"b": 2}]),
        ('{"a": 1}\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        ('\ufeff{"a": NaN, "b": 1e999, "c": -Infinity}', [{"a": None, "b": None, "c": None}]),
        ('{"a": "\ud83d\ude00"}'.encode("utf-16", "surrogatepass"), [{"a": "\U0001f600"}]),
        (r'{"a\u0000": "\ud800x"}', [{"a�": "�x"}]),
        ("", ["truncated"]),
        ('{"a": 1', ["truncated"]),
        ('{"a": "x', ["truncated"]),
        ('{"a": x}', ["malformed"]),
        ('[{"a": 1}, {"b": 2', [{"a": 1}, "truncated"]),
        ('[{"a": 1} {"b": 2}]', [{"a": 1}, "malformed"]),
        ('[{"a": 1},]', [{"a": 1}, "malformed"]),
        ('[{"a": 1, "a": 2}, {"b": 2}]', ["duplicate_keys", {"b": 2}]),
        (b'{"a": "\xff"}', ["not_utf8"]),
        ("[" * 100_000, ["too_deep"]),
        ('{"a":' * 200 + "1" + "}" * 200, ["too_deep"]),
        ('{"a": ' + "9" * 5000 + "}", ["malformed"]),
    ],
)
def test_a_file_ends_in_values_or_reasons(tmp_path, data, expected):
    assert outcome(tmp_path, data) == expected


def test_a_bad_line_costs_that_line_only(tmp_path):
    lines = [
        '{"a": 1}',
        '{"a": ',
        "",
        '{"a": 1, "a": 2}',
        "[" * 5000,
        '"' + "x" * 400_000 + '"',
        "7",
    ]
    found = outcome(tmp_path, "\n".join(lines), "a.jsonl", max_bytes=200_000)
    assert found == [{"a": 1}, "malformed", "duplicate_keys", "too_deep", "too_large", 7]


def test_values_longer_than_the_limit_are_left_out(tmp_path):
    assert outcome(tmp_path, json.dumps({"a": "x" * 900_000}), max_bytes=100_000) == ["too_large"]
    found = outcome(tmp_path, json.dumps([1, {"a": "x" * 900_000}]), max_bytes=100_000)
    assert found == [1, "too_large"]


def test_arrays_longer_than_the_limit_are_read_by_element(tmp_path):
    value = [{"number": number, "body": "é" * 500} for number in range(1000)]
    assert outcome(tmp_path, json.dumps(value, ensure_ascii=False), max_bytes=10_000) == value


def test_a_value_of_very_many_values_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(export_json, "MAX_VALUES", 10_000)
    assert outcome(tmp_path, '{"a": [' + "[]," * 600_000 + "1]}", max_bytes=1 << 22) == [
        "too_large"
    ]


def test_folders_are_read_by_name_and_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"secret": 1}')
    export = tmp_path / "export"
    (export / "b").mkdir(parents=True)
    for name in ("b/2.json", "b/1.json", "a.json", "c.txt"):
        (export / name).write_text(json.dumps({"name": name}))
    (export / "z.json").symlink_to(secret)
    (export / "loop").symlink_to(export)
    os.mkfifo(export / "pipe.json")
    found = read(export)
    assert [one.file for one in found] == [
        "a.json",
        "b/1.json",
        "b/2.json",
        "loop",
        "pipe.json",
        "z.json",
    ]
    reasons = [one.reason for one in found if isinstance(one, Problem)]
    assert reasons == ["symlink", "not_a_file", "symlink"]
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none")


def test_objects_takes_pages_apart(tmp_path):
    path = tmp_path / "pages.json"
    path.write_text('[[{"a": 1}, 2], [{"a": 3}]]')
    found = read(path, function=objects)
    assert [(one.place, getattr(one, "value", None)) for one in found] == [
        ("[0][0]", {"a": 1}),
        ("[0][1]", None),
        ("[1][0]", {"a": 3}),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
)


@given(value=JSON, ascii_only=st.booleans())
def test_what_was_written_is_read(tmp_path_factory, value, ascii_only):
    path = tmp_path_factory.mktemp("json") / "a.json"
    text = json.dumps({"a": value}, ensure_ascii=ascii_only)
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    assert read(path)[0].value == {"a": export_json._clean(value)}


@given(data=st.binary(max_size=300) | st.text('[]{}",:1\\u0né\n ', max_size=120).map(str.encode))
def test_any_bytes_end(tmp_path_factory, data):
    for name in ("a.json", "a.jsonl"):
        path = tmp_path_factory.mktemp("bytes") / name
        path.write_bytes(data)
        for one in read(path, max_bytes=100):
            assert isinstance(one, Document) or (one.reason and one.explanation)


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T10:00:00Z", "2024-05-01T12:00:00.123+0200", "2024-05-01 10:00:00.000000000",
        "2024-05-01 10:00:00 UTC", "2024-05-01T05:00-05:00", 1714557600, 1714557600000, "1714557600",
    ],
)  # fmt: skip
def test_times_in_every_spelling(text):
    assert when(text) == datetime(2024, 5, 1, 10, tzinfo=UTC)


@given(st.text() | st.floats() | st.integers() | st.none() | st.lists(st.text()) | st.booleans())
def test_no_value_breaks_the_readers_of_values(value):
    found = when(value)
    assert found is None or (found.utcoffset().total_seconds() == 0 and found.microsecond == 0)
    assert integer(value) is None or -(1 << 63) <= integer(value) < 1 << 63
    text_of(value).encode("utf-8")


def test_times_that_are_none():
    for text in (
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2024-13-01",
        "",
        "soon",
        -5,
        0,
    ):
        assert when(text) is None
    assert when("2024-05-01T10:00:60Z") == datetime(2024, 5, 1, 10, 0, 59, tzinfo=UTC)
