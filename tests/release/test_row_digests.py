"""Digests and pseudonyms of whole columns are those of the rows, one by one."""

import datetime as dt

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.examples.schema import EXAMPLES
from byline.privacy.pseudonyms import pseudonym
from byline.release.pseudonymous import characters, examples_of_people, pseudonymous
from byline.release.rows import row_digest, row_digests

KEY, SCOPE = bytes(range(32)), "release"
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
PEOPLE = st.sampled_from(["ann", "bo", 'c"hi', "dée"])
TIMES = st.integers(31_536_000, 4_000_000_000).map(
    lambda second: dt.datetime.fromtimestamp(second, dt.UTC)
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
SPANS = st.lists(
    st.fixed_dictionaries(
        {
            "start": st.integers(0, 9),
            "end": st.integers(0, 99),
            "loss": FLOATS,
            "contributor": st.none() | PEOPLE,
            "origin": TEXT,
        }
    ),
    max_size=3,
)
PERSONS = st.lists(
    st.fixed_dictionaries(
        {"contributor": PEOPLE, "role": TEXT, "share": FLOATS, "decisions": st.lists(TEXT)}
    ),
    max_size=3,
    unique_by=lambda one: one["contributor"],
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": TEXT,
            "record": TEXT,
            "text": st.none() | TEXT,
            "messages": st.none()
            | st.lists(st.fixed_dictionaries({"role": st.none() | TEXT, "content": TEXT})),
            "spans": SPANS,
            "people": PERSONS,
            "context": st.lists(
                st.fixed_dictionaries({"path": TEXT, "role": TEXT, "hindsight": st.booleans()})
            ),
            "weight": FLOATS | st.sampled_from([0.0, -0.0, 1e300]),
            "split_keys": st.fixed_dictionaries(
                {"repo": TEXT, "group": TEXT, "time": TIMES, "dup": st.none() | TEXT}
            ),
        }
    ),
    max_size=5,
)


def table_of(rows):
    names = ["id", "record", "text", "messages", "spans", "people", "context", "weight"]
    schema = pa.schema([EXAMPLES.field(name) for name in [*names, "split_keys"]])
    return pa.Table.from_pylist(rows, schema=schema)


@given(ROWS, st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_digests_of_a_table_are_those_of_its_rows(rows, start):
    table = table_of(rows).slice(start)
    assert row_digests(table) == [row_digest(row) for row in table.to_pylist()]


@given(ROWS, st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_pseudonyms_of_a_table_are_those_of_its_rows(rows, start):
    table = table_of(rows).slice(start)
    names = {one: pseudonym(KEY, SCOPE, one) for one in ["ann", "bo", 'c"hi', "dée"]} | {None: None}
    expected = table.to_pylist()
    for row in expected:
        for one in (*row["spans"], *row["people"]):
            one["contributor"] = names[one["contributor"]]
        row["people"].sort(key=lambda one: one["contributor"])
    found = pseudonymous(table, KEY, SCOPE, known={None: None})
    assert found.schema == table.schema
    assert found.to_pylist() == expected
    counts = {}
    for row in expected:
        for one in row["people"]:
            counts[one["contributor"]] = counts.get(one["contributor"], 0) + 1
    assert examples_of_people(found) == counts
    assert characters(found) == sum(row["spans"][-1]["end"] for row in expected if row["spans"])
