"""Whatever an export holds, a reader ends, raises nothing, and its rows fit the tables."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_review_gerrit import CHANGE, COMMENTS, QUERIED
from test_review_github import BUNDLE as GITHUB
from test_review_github import GRAPHQL
from test_review_gitlab import BUNDLE as GITLAB
from test_review_phabricator import REVISION, TRANSACTIONS, answer, diff

from byline.work.issues.references import Home
from byline.work.items import Source, tables_of
from byline.work.reviews.assembly import roots, suggestions
from byline.work.reviews.gerrit import read_gerrit
from byline.work.reviews.github import read_github
from byline.work.reviews.gitlab import read_gitlab
from byline.work.reviews.hunks import last_line
from byline.work.reviews.links import Place, stated
from byline.work.reviews.phabricator import read_phabricator
from byline.work.reviews.recognition import recognises

READERS = (read_github, read_gitlab, read_gerrit, read_phabricator)
PHABRICATOR = answer(REVISION, diff(1, "1" * 40, "a" * 40, 1714557600), *TRANSACTIONS)
REAL = (
    (read_github, {"a.json": GITHUB}),
    (read_github, {"a.json": GRAPHQL}),
    (read_github, {"a.json": [GITHUB["pull"], *GITHUB["reviews"], *GITHUB["comments"]]}),
    (read_gitlab, {"a.json": GITLAB}),
    (
        read_gitlab,
        {"a.json": [GITLAB["merge_request"], *GITLAB["discussions"], *GITLAB["versions"]]},
    ),
    (read_gerrit, {"changes/4711.json": CHANGE, "comments/4711.json": COMMENTS}),
    (read_gerrit, {"a.jsonl": QUERIED}),
    (read_phabricator, {"a.json": PHABRICATOR}),
)
JUNK = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["\0\ud800", "9" * 40, "2024-99-01T00:00:00Z", "-1", "<script>alert(1)</script>", "```suggestion\n```", -(2**70), 2**40, [], {}, [[]], [{}], {"id": {}}])
)  # fmt: skip
NAMES = sorted(
    {
        name
        for one in (GITHUB, GITLAB, CHANGE, COMMENTS, PHABRICATOR)
        for name in json.dumps(one).split('"')[1::2]
        if len(name) < 30
    }
)
JSON = st.recursive(
    JUNK,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8)
    ),
    max_leaves=30,
)


class Raw(str):
    """The text of a file as it is."""

    __slots__ = ()


def rows(folder, reader, documents):
    for name, value in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, Raw) else json.dumps(value))
    source = Source("s", "x", folder)
    readings = list(reader(source))
    tables = tables_of(source, readings)
    natives = [
        (row["item"], row["native"]) for row in tables.parts.select(["item", "native"]).to_pylist()
    ]
    assert len(set(natives)) == len(natives)
    for reading in readings:
        assert reading.key or reading.problems
        heads = [one.number for one in reading.patchsets]
        assert heads == sorted(set(heads))
    return tables


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        yield from places(one, (*path, key))


def replaced(value, path, junk):
    if not path:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], junk)
    return copy


@pytest.mark.parametrize("case", range(len(REAL)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_anything_in_any_place_of_a_real_export(tmp_path, case, data):
    reader, documents = REAL[case]
    name = data.draw(st.sampled_from(sorted(documents)))
    value = documents[name]
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(sorted(places(value), key=str)))
        value = replaced(value, path, data.draw(JSON))
    rows(tmp_path, reader, {**documents, name: value})


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_anything_at_all(tmp_path, reader, value):
    rows(tmp_path, reader, {"a.json": value})
    recognises(tmp_path)


@pytest.mark.parametrize(("reader", "documents"), REAL)
def test_a_truncated_export_is_counted(tmp_path, reader, documents):
    name = min(documents)
    whole = json.dumps(documents[name])
    tables = rows(tmp_path, reader, {**documents, name: Raw(whole[: len(whole) // 2])})
    assert {"truncated"} <= set(tables.problems["reason"].to_pylist())


@pytest.mark.parametrize(("reader", "documents"), REAL)
def test_the_same_export_gives_the_same_rows(tmp_path, reader, documents):
    first, second = tmp_path / "1", tmp_path / "2"
    backwards = {
        name: dict(reversed(value.items())) if isinstance(value, dict) else value
        for name, value in documents.items()
    }
    one, two = rows(first, reader, documents), rows(second, reader, backwards)
    assert one.items.equals(two.items)
    assert one.parts.equals(two.parts)
    assert one.links.equals(two.links)


@pytest.mark.parametrize("case", range(len(REAL)))
def test_exports_are_recognised(tmp_path, case):
    reader, documents = REAL[case]
    rows(tmp_path, reader, documents)
    assert f"read_{recognises(tmp_path)}" == reader.__name__


def test_other_exports_are_not_recognised(tmp_path):
    (tmp_path / "a.json").write_text('{"issues": [{"key": "PROJ-1", "fields": {}}]}')
    assert recognises(tmp_path) is None


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=1),
        st.none() | st.text("abcdefg", min_size=1, max_size=1),
    )
)
def test_threads_end_and_are_one_where_one_answers_another(parents):
    found = roots(parents)
    assert set(parents) <= set(found)
    for one, above in parents.items():
        if above is not None:
            assert found[one] == found.get(above, above)


@given(st.text("`~ \n\rsuggetion:-+01ax", max_size=200))
def test_suggestions_can_always_be_cut_from_the_text(text):
    for one in suggestions(text):
        lines = text.split("\n")[one.first - 1 : one.first - 1 + len(one.lines)]
        assert [line.rstrip("\r") for line in lines] == list(one.lines)


@given(st.text("@ -+0123456789,\n\\ a", max_size=120))
def test_any_hunk(text):
    found = last_line(text)
    assert found is None or found[0] >= 1


@pytest.mark.parametrize(
    "unit",
    [
        "fixes ",
        "Fixes #1, ",
        "a.b/",
        "<!--",
        "`",
        "{code",
        "https://a/",
        "A-1 and ",
        "> ",
        "\0",
        "this reverts commit ",
    ],
)
def test_long_texts_give_few_links(unit):
    text = unit * (200_000 // len(unit))
    for system, project in (
        ("github", "acme/ledger"),
        ("gitlab", "a/b/c"),
        ("phabricator", ""),
        ("gerrit", "x"),
    ):
        assert len(stated([("d", text)], Place(Home(system, project), None, "own"))) <= 200
