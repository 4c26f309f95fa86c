"""The join on whole columns gives what the obvious loop gives, for every span."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import InputError
from byline.people.bylines import BYLINES, bylines
from byline.people.claims import EPOCH
from byline.people.identities import Directory, Resolver
from byline.people.joining import (
    ALIASES,
    JOINED,
    SPANS,
    Joiner,
    Runs,
    day_numbers,
    employment_table,
    join,
)
from byline.people.roster import Employment, Person, standing
from byline.people.rows import Dated
from byline.work.schema import COMMITS

EMAILS = ("a@x", "b@x", "1+c@users.noreply.github.com", "m@x", "dependabot@x", "nobody", "z@z")
DAY = dt.date(2020, 1, 1)


def day(number):
    return DAY + dt.timedelta(days=number)


@st.composite
def directories(draw):
    """Up to three people with up to three employments, and one address that changed hands."""
    people = []
    for number in range(draw(st.integers(0, 3))):
        cuts = sorted(draw(st.sets(st.integers(-9, 9), min_size=2, max_size=6)))
        employments = [
            Employment("employee", "DE", f"u{number}", day(start), day(end - 1), f"e{start}")
            for start, end in list(pairwise(cuts))[:: draw(st.sampled_from((1, 2)))]
        ]
        if draw(st.booleans()):
            last = employments[-1]
            employments[-1] = Employment(last.worker_type, "US", last.unit, last.start, None)
        people.append(
            Person(
                f"p-{number}", f"P {number}", (), tuple(employments),
                addresses=tuple(_addresses(draw, number)),
                handles=(Dated("github:c"),) if number == 2 else (),
            )
        )  # fmt: skip
    merged = (("m@x", "p-0"),) if draw(st.booleans()) else ()
    return Directory(tuple(people), bots=("dependabot@*",), aliases=merged)


def _addresses(draw, number):
    if number == 0:
        yield Dated("a@x")
        yield Dated("b@x", last=day(draw(st.integers(-3, 0))))
    if number == 1:
        yield Dated("b@x", first=day(draw(st.integers(1, 3))))


MOMENTS = st.one_of(
    st.integers(-12 * 86_400, 12 * 86_400).map(lambda s: s + (DAY - EPOCH).days * 86_400),
    st.sampled_from([-(10**10), -1, 0, 86_399, 86_400, 4_102_444_800, 2**40]),
)


def slowly(directory, email, seconds):
    """One span, by the words of the documentation."""
    number = seconds // 86_400
    identity = [s.identity for s in Resolver(directory).resolve("n", email) if s.day <= number][-1]
    if identity.person is None:
        return identity.key, identity.population, None, "none"
    number = min(number, (dt.date.max - EPOCH).days)
    then = standing(identity.person, EPOCH + dt.timedelta(days=number))
    found = (identity.person.id, then.employment.start)
    return identity.key, identity.population, found, then.state


@given(
    directories(),
    st.lists(st.tuples(st.integers(0, len(EMAILS) - 1), MOMENTS), max_size=30),
    st.integers(1, 7),
)
def test_the_join_equals_the_obvious_loop(directory, drawn, size):
    aliases = pa.table({"name": ["n"] * len(EMAILS), "email": EMAILS}, schema=ALIASES)
    spans = pa.table(
        {
            "alias": [alias for alias, _ in drawn],
            "authored": pa.array([moment for _, moment in drawn], pa.int64()).cast(
                SPANS.field("authored").type
            ),
            "lines": list(range(len(drawn))),
        },
        schema=SPANS,
    )
    found = list(join(spans.to_batches(size), aliases=aliases, directory=directory))
    table = pa.Table.from_batches(found, JOINED)
    employments = employment_table(directory.people).to_pylist()
    rows = []
    for row in table.to_pylist():
        then = None if row["employment"] is None else employments[row["employment"]]
        rows.append((row["person"], row["population"], then and (then["person"], then["start"]),
                     row["state"]))  # fmt: skip
    assert rows == [slowly(directory, EMAILS[alias], moment) for alias, moment in drawn]
    assert table["lines"].to_pylist() == list(range(len(drawn)))


@given(st.lists(st.lists(st.integers(-5, 5), max_size=6), max_size=5), st.data())
def test_the_latest_row_of_a_run_is_found(groups, data):
    runs = Runs(
        np.cumsum([0, *map(len, groups)]).astype(np.int32),
        np.array([d for group in groups for d in sorted(group)], np.int32),
    )
    pairs = st.tuples(st.integers(0, max(len(groups) - 1, 0)), st.integers(-7, 7))
    asked = data.draw(st.lists(pairs, max_size=20)) if groups else []
    found = runs.latest(*(np.array([pair[n] for pair in asked], np.int32) for n in (0, 1)))
    for (group, moment), at in zip(asked, found.tolist(), strict=True):
        before = [one for one in sorted(groups[group]) if one <= moment]
        assert at == (runs.offsets[group] + len(before) - 1 if before else -1)


def test_days_are_the_same_in_every_unit_and_after_parquet(tmp_path):
    seconds = pa.array([-86_401, -86_400, -1, 0, 86_399, 86_400, 2**33], pa.int64())
    times = seconds.cast(pa.timestamp("s", tz="UTC"))
    expected = [-2, -1, -1, 0, 0, 1, 99_420]
    for unit in ("s", "ms", "us"):
        assert day_numbers(times.cast(pa.timestamp(unit, tz="UTC"))).tolist() == expected
    pq.write_table(pa.table({"t": times}), tmp_path / "t.parquet")
    read = pq.read_table(tmp_path / "t.parquet")["t"].combine_chunks()
    assert day_numbers(read).tolist() == expected


def test_a_span_of_an_alias_that_is_not_there_is_refused():
    aliases = pa.table({"name": ["n"], "email": ["a@x"]}, schema=ALIASES)
    joiner = Joiner(aliases, directory=Directory())
    for alias in (1, -1):
        with pytest.raises(InputError, match="an alias that is not in the table"):
            joiner.batch(spans_of([alias]))
    with pytest.raises(InputError, match="'alias' of the spans has nulls"):
        joiner.batch(spans_of([None]))
    assert joiner.batch(spans_of([])).num_rows == 0


def spans_of(aliases):
    count = len(aliases)
    return pa.table({"alias": pa.array(aliases, pa.int32()),
                     "authored": pa.array([0] * count, pa.timestamp("s", tz="UTC")),
                     "lines": pa.array([1] * count, pa.int32())})  # fmt: skip


LINES = st.lists(
    st.sampled_from(
        ("Co-authored-by: A <a@x>", "Co-authored-by: B <b@x>", "Co-authored-by: Nobody",
         "co-authored-by: Claude <noreply@anthropic.com>", "Co-authored-by: Z <z@z>", "text")
    ),
    max_size=4,
)  # fmt: skip


def commit(number, email, seconds, lines, quarantine):
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return {
        "repository": "r", "commit": f"c{number}", "parents": [], "author_name": "n",
        "author_email": email, "author_time": moment, "committer_name": "Zed",
        "committer_email": "b@x", "commit_time": moment, "message": "\n".join(lines),
        "trailers": [], "changes": [], "quarantine": quarantine,
    }  # fmt: skip


@given(
    directories(),
    st.lists(
        st.tuples(st.sampled_from(EMAILS), st.integers(1_576_000_000, 1_580_000_000), LINES,
                  st.sampled_from((None, None, "multipleAuthors"))),
        max_size=8,
    ),
)  # fmt: skip
def test_bylines_equal_the_obvious_loop_over_commits(directory, drawn):
    commits = [commit(number, *row) for number, row in enumerate(drawn)]
    table = bylines(pa.Table.from_pylist(commits, schema=COMMITS), directory=directory)
    assert table.schema.equals(BYLINES)
    expected = []
    for row in commits:
        seen, seconds = set(), int(row["author_time"].timestamp())
        named = [("author", "n", row["author_email"])]
        for text in dict.fromkeys(row["message"].split("\n")):
            if text.lower().startswith("co-authored-by: "):
                name, _, rest = text[16:].partition(" <")
                named.append(("co-author", name, rest.rstrip(">")))
        for role, name, email in named:
            key, population, then, state = slowly(directory, email, seconds)
            machine = email == "noreply@anthropic.com" or population == "bot"
            if role == "co-author" and ((key or (name, email)) in seen or machine):
                continue
            seen.add(key or (name, email))
            if row["quarantine"]:
                key, population, state = None, "unknown", "none"
            expected.append((row["commit"], role, email, key, population, state))
        _ = then
    names = ("commit", "role", "email", "person", "population", "employment")
    assert [tuple(row[name] for name in names) for row in table.to_pylist()] == expected


def test_bylines_of_a_table_read_from_parquet_are_the_same(tmp_path):
    working = Employment("employee", "DE", "u", dt.date(2020, 1, 1), dt.date(2020, 12, 31),
                         "Old GmbH", "CBA 1", "layoff", "2020-12")  # fmt: skip
    known = Directory((Person("p", "P", ("a@x",), (working,)),))
    row = commit(0, "a@x", 1_590_000_000, [], None)
    made = pa.Table.from_pylist([row], schema=COMMITS).select(list(row))
    pq.write_table(made, tmp_path / "c.parquet")
    found = bylines(pq.read_table(tmp_path / "c.parquet"), directory=known)
    assert found.equals(bylines(made, directory=known))
    [row] = found.to_pylist()
    assert [row[n] for n in ("legal_entity", "collective_agreement", "separation_type",
                             "separation_batch", "identity_evidence", "employment", "left")] == [
        "Old GmbH", "CBA 1", "layoff", "2020-12", "roster address", "in_force",
        dt.date(2020, 12, 31),
    ]  # fmt: skip


def test_nobody_is_believed_to_have_written_a_quarantined_commit():
    known = Directory(
        (Person("p", "P", ("a@x",), (Employment("employee", "DE", "u", DAY, None),)),)
    )
    rows = [commit(0, "a@x", 1_590_000_000, ["Co-authored-by: A2 <z@z>"], "multipleAuthors")]
    found = bylines(pa.Table.from_pylist(rows, schema=COMMITS), directory=known).to_pylist()
    assert [(r["email"], r["person"], r["population"], r["employment"], r["unit"]) for r in found] == [
        ("a@x", None, "unknown", "none", None), ("z@z", None, "unknown", "none", None),
    ]  # fmt: skip
    assert {row["identity_evidence"] for row in found} == {"quarantined: multipleAuthors"}
