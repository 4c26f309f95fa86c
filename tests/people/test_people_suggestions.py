"""Suggestions by index are those of asking every person about every address."""

import datetime as dt

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from byline.people.aliases import history, merge_places
from byline.people.roster import Person
from byline.people.rows import Dated
from byline.people.suggestions import MOST, recorded_aliases, suggest, suggest_from

NAMES = ("Ada Lang", "Láng, ADA", "Bo Riis", "ada", "")
LOCALS = ("ada.lang", "adalang", "bo", "short", "riis.b")


def person(number, name, locals_, handles):
    emails = tuple(f"{local}@corp.example" for local in locals_)
    return Person(f"p-{number}", name, emails, (), handles=tuple(Dated(h) for h in handles))


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.lists(st.sampled_from(LOCALS), max_size=2, unique=True),
        st.lists(st.sampled_from(LOCALS).map(lambda h: f"github:{h}"), max_size=1),
    ),
    max_size=4,
).map(lambda rows: [person(n, *row) for n, row in enumerate(rows)])  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(NAMES),
            "email": st.sampled_from([f"{local}@home.example" for local in LOCALS]
                                     + ["7+ada.lang@noreply.example", "Riis.B@Home.example"]),
            "population": st.sampled_from(("outsider", "unknown", "roster", "bot")),
            "commit": st.sampled_from(("c1", "c2")),
        }
    ),
    max_size=8,
)  # fmt: skip


def plain(name):
    letters = name.lower().replace("á", "a").replace(",", " ")
    return sorted(letters.split())


@given(ROWS, PEOPLE)
def test_an_index_finds_what_asking_everybody_finds(rows, people):
    open_rows = [row for row in rows if row["population"] in ("outsider", "unknown")]
    expected = set()
    for row in open_rows:
        email = row["email"].lower()
        local = email.partition("@")[0].rpartition("+")[2]
        for one in people:
            same_name = bool(one.name) and plain(one.name) == plain(row["name"])
            locals_ = {address.partition("@")[0] for address in one.emails}
            handles = {handle.alias.partition(":")[2] for handle in one.handles}
            if same_name or (len(local) >= 5 and local in locals_ | handles):
                expected.add((email, one.id))
    found = suggest(rows, people=people)
    assert {(one.email, one.person) for one in found} == expected
    assert list(found) == sorted(found, key=lambda one: (one.email, one.person))


def test_what_fits_very_many_people_points_to_nobody():
    rows = [{"name": "x", "email": "admin@x.example", "population": "outsider", "commit": "c"}]
    few = [person(n, f"N {n}", ["admin"], []) for n in range(MOST)]
    assert len(suggest(rows, people=few)) == MOST
    assert suggest(rows, people=[*few, person(99, "N 99", ["admin"], [])]) == ()


def test_commits_of_one_address_under_two_names_are_added_up_over_tables():
    def table(*rows):
        names = ("name", "email", "population", "person", "identity_evidence", "commit")
        return pa.table([list(column) for column in zip(*rows, strict=True)], names=names)

    tables = [
        table(
            ("A", "a@x", "outsider", "email:a@x", "e", "c1"),
            ("A", "a@x", "outsider", "email:a@x", "e", "c1"),
        ),
        table(
            ("A", "a@x", "outsider", "email:a@x", "e", "c2"),
            ("B", "A@x", "outsider", "email:a@x", "e", "c3"),
        ),
    ]
    found = recorded_aliases(iter(tables))
    assert [(r["name"], r["commits"]) for r in found.to_pylist()] == [("A", 2), ("B", 1)]
    [one] = suggest_from(found, people=[person(1, "B", [], [])])
    assert (one.names, one.commits, one.person) == (("A", "B"), 3, "p-1")
    assert recorded_aliases(iter([])).num_rows == 0


def test_history_keeps_every_word_in_its_order():
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    rows = [
        {"sequence": n, "recorded": moment, "action": action, "email": "a@x", "person": "p",
         "actor": "eve", "note": f"n{n}"}
        for n, action in ((1, "merge"), (2, "split"), (3, "merge"))
    ]  # fmt: skip
    found = history(rows)
    assert [(one.entry, one.action, one.actor, one.note, one.holds) for one in found] == [
        (1, "merge", "eve", "n1", False), (2, "split", "eve", "n2", False),
        (3, "merge", "eve", "n3", True),
    ]  # fmt: skip
    assert found[0].recorded == "2026-01-02T03:04:05+00:00"
    assert merge_places([*rows, {"email": "B@x"}]) == (
        ("a@x", "ledger entry 3"), ("b@x", "the merge asked for"),
    )  # fmt: skip
