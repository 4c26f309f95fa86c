import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import planted

from byline.errors import InputError
from byline.privacy.findings import find, find_in_text
from byline.privacy.names import KnownPerson, NameMatcher
from byline.privacy.redact import redact
from byline.privacy.schema import FINDINGS
from byline.privacy.spans import Finding

NAMES = NameMatcher([KnownPerson("p", ("Ann Marie Bauer",), ("ann@harbour.example",), ("abauer",))])
PLANTED = planted()
PERSONAL = (
    "call +49 30 901820 today",
    "IBAN DE89 3704 0044 0532 0130 00",
    "card 4111 1111 1111 1111",
    "host = 185.12.64.1",
    "written by Ann Marie Bauer",
    "bob.smith@corp.co.uk",
    "SSN 536-22-1234",
)
LINES = st.lists(
    st.one_of(
        st.sampled_from([line for line, _ in PLANTED.values()]),
        st.sampled_from(PERSONAL),
        st.text(st.characters(codec="utf-8"), max_size=30),
        st.sampled_from(["x = 1", "def f(a):", "    return 'ü☃'", ""]),
    ),
    max_size=8,
)


def finding(start, end, category="secret", kind="k"):
    return Finding(start, end, category, kind, "d", "1")


def test_placeholders_say_what_was_there():
    text = "a 185.12.64.1 b@corp.net c"
    assert redact(text, find_in_text(text)) == "a <IP_ADDRESS> <EMAIL> c"


def test_a_secret_over_lines_keeps_every_line_break():
    text = "a\r\nkey1\r\n\r\nkey2\nz"
    assert redact(text, [finding(3, 15)]) == "a\r\n<SECRET>\r\n\r\n<SECRET>\nz"


def test_a_private_key_is_replaced_line_by_line():
    block, _ = PLANTED["pem-rsa"]
    text = f"x = 1\n{block}\ny = 2\n"
    out = redact(text, find_in_text(text))
    assert out == "x = 1\n" + "<SECRET>\n" * 11 + "y = 2\n"


def test_overlapping_or_outside_findings_are_refused():
    with pytest.raises(InputError):
        redact("abcdef", [finding(0, 3), finding(2, 4)])
    with pytest.raises(InputError):
        redact("abc", [finding(1, 9)])


@settings(max_examples=80, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_redacting_leaves_lines_and_everything_else_and_no_secret(lines, ending):
    text = ending.join(lines)
    found = find_in_text(text, names=NAMES)
    out = redact(text, found)
    assert len(out.splitlines()) == len(text.splitlines())
    assert out.count("\n") == text.count("\n")

    assert [one for one in re.split(r"<[A-Z_]+>", out) if one.strip()] or found or out == text
    kept, done = [], 0
    for one in found:
        kept.append(text[done : one.start])
        done = one.end
    kept.append(text[done:])
    at = 0
    for piece in kept:
        at = out.index(piece, at) + len(piece)

    for one in found:
        value = text[one.start : one.end]
        if one.category == "secret" and len(value) >= 8:
            assert value not in out

    again = find_in_text(out, names=NAMES)
    assert [one for one in again if one.category == "secret"] == []


@pytest.mark.parametrize("kind", sorted(PLANTED))
def test_redacting_twice_changes_nothing(kind):
    text = PLANTED[kind][0] + "\n" + "\n".join(PERSONAL) + "\n"
    once = redact(text, find_in_text(text, names=NAMES))
    assert PLANTED[kind][1] not in once
    assert redact(once, find_in_text(once, names=NAMES)) == once


def test_the_table_of_findings_has_lines_and_code_points():
    text = "é\r\nx\n  bob@corp.net and " + PLANTED["github"][0]
    table = pa.table({"item": ["i1", "i2", "i3"], "message": [text, None, "nothing"]})
    rows = find(table, field="message")
    assert rows.schema == FINDINGS
    email, secret = rows.to_pylist()
    assert (email["item"], email["field"], email["kind"], email["line"]) == (
        "i1",
        "message",
        "email",
        3,
    )
    assert text[email["start"] : email["end"]] == "bob@corp.net"
    assert secret["category"] == "secret"
    assert text[secret["start"] : secret["end"]] == PLANTED["github"][1]


def test_a_secret_wins_over_personal_data_inside_it():
    _, value = PLANTED["password-words"]
    text = f"postgres://app:{value}x@db.corp.net/x"
    assert [one.category for one in find_in_text(text)] == ["secret"]


def test_a_table_without_the_column_is_refused():
    with pytest.raises(InputError, match="text"):
        find(pa.table({"item": ["a"]}))


def test_an_empty_table_gives_an_empty_table():
    assert (
        find(
            pa.table({"item": pa.array([], pa.string()), "text": pa.array([], pa.string())})
        ).num_rows
        == 0
    )
