"""SWHIDs: what is written can be read, what is no SWHID is refused, SHA-256 has none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.errors import InputError
from byline.work.identifiers import Swhid, parse_swhid, span_swhid, swhid

OID = "94a9ed024d3859793618152ea559a168bbcbb5e2"
CORE = f"swh:1:cnt:{OID}"
oids = st.text("0123456789abcdef", min_size=40, max_size=40)
paths = st.binary(max_size=30).map(lambda raw: b"/" + raw.replace(b"\0", b""))
origins = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F).filter(str.isprintable), min_size=1
)


@st.composite
def identifiers(draw):
    def maybe(strategy):
        return draw(st.none() | strategy)

    def extent(first):
        pair = st.tuples(st.integers(first, 10**6), st.integers(0, 10**6))
        return pair.map(lambda one: (one[0], one[0] + one[1]))

    kind = draw(st.sampled_from(["cnt", "dir", "rev", "rel", "snp"]))
    anchors = st.tuples(st.sampled_from(["dir", "rev", "rel", "snp"]), oids)
    return Swhid(
        kind,
        draw(oids),
        origin=maybe(origins),
        visit=maybe(oids.map(lambda oid: f"swh:1:snp:{oid}")),
        anchor=maybe(anchors.map(lambda one: f"swh:1:{one[0]}:{one[1]}")),
        path=maybe(paths),
        lines=maybe(extent(1)) if kind == "cnt" else None,
        bytes=maybe(extent(0)) if kind == "cnt" else None,
    )


@settings(max_examples=200, derandomize=True, deadline=None)
@given(identifiers())
def test_what_is_written_is_read_and_has_one_spelling(one):
    text = str(one)
    assert parse_swhid(text) == one
    assert str(parse_swhid(text)) == text
    assert text.isprintable()
    assert " " not in text
    # A semicolon always separates: none is left inside a value.
    assert all(part.count("=") >= 1 for part in text.split(";")[1:])


def test_the_example_of_the_specification():
    text = (
        f"{CORE};origin=https://gitorious.org/ocamlp3l/ocamlp3l_cvs.git;"
        "visit=swh:1:snp:d7f1b9eb7ccb596c2622c4780febaa02549830f9;"
        "anchor=swh:1:rev:2db189928c94d62a3b4757b3eec68f0a4d4113f0;"
        "path=/Examples/SimpleFarm/simplefarm.ml;lines=9-15"
    )
    one = parse_swhid(text)
    assert (one.core, one.lines, one.path) == (CORE, (9, 15), b"/Examples/SimpleFarm/simplefarm.ml")
    assert str(one) == text
    shuffled = ";".join([CORE, *reversed(text.split(";")[1:])])
    assert str(parse_swhid(shuffled)) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "swh:1:cnt", f"swh:2:cnt:{OID}", f"swh:1:blob:{OID}", CORE.upper(), CORE[:-1],
        f"{CORE}0", f"{CORE};", f"{CORE};lines", f"{CORE};lines=0", f"{CORE};lines=5-4",
        f"{CORE};lines=1-", f"{CORE};lines=a", f"{CORE};lines=1;lines=2", f"{CORE};colour=red",
        f"{CORE};path=a/b", f"{CORE};path=/a%2", f"{CORE};path=/%zz", f"{CORE};anchor={CORE}",
        f"{CORE};anchor=swh:1:rev:{OID[:-1]}", f"{CORE};visit=swh:1:rev:{OID}",
        f"swh:1:rev:{OID};lines=3", f"swh:1:dir:{OID};bytes=3", f" {CORE}", f"{CORE}\n",
        f"{CORE};lines={'9' * 99}", f"{CORE};origin=a b", f"{CORE};lines=١",
    ],
)  # fmt: skip
def test_what_is_no_swhid_is_refused(text):
    with pytest.raises(InputError):
        parse_swhid(text)


def test_spans_of_contents():
    assert span_swhid(OID, path="a b/ü;%.py", revision=OID, lines=(9, 15)) == (
        f"{CORE};anchor=swh:1:rev:{OID};path=/a%20b/%C3%BC%3B%25.py;lines=9-15"
    )
    assert span_swhid(OID, lines=(4, 4)) == f"{CORE};lines=4"
    assert span_swhid(OID) == CORE == swhid("cnt", OID)


def test_sha256_objects_have_none():
    long = "a" * 64
    assert swhid("cnt", long) == ""
    assert span_swhid(long, path="a", lines=(1, 2)) == ""
    assert span_swhid(OID, revision=long) == ""
