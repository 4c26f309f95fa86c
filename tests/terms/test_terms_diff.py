"""What differs between terms, and what that changes, before they are adopted."""

import dataclasses
from collections import Counter

import pyarrow as pa
import pytest
from terms_company import AGREEMENTS, AS_OF, NOTICES, agreement, fact, forbid, permit, table
from terms_worlds import PURPOSES, make

from byline.answers.terms_compared import FEW, compare, people_band
from byline.people.identities import Directory
from byline.release.inputs import Inputs
from byline.terms.agreed import Terms
from byline.terms.decide import decide
from byline.terms.diff import clause_changes, said_changes


def inputs(terms):
    return Inputs(directory=Directory(people=(), mailmap=()), terms=terms, purposes=(), as_of=AS_OF)


def work(facts):
    """Two batches, as partitions come."""
    made = table(*facts)
    half = made.num_rows // 2
    return iter([made.slice(0, half), made.slice(half)])


def compared(facts, old, new, purposes):
    return compare(work(facts), old=inputs(old), new=inputs(new), purposes=purposes)


def decided(facts, terms, purposes):
    named = {one.name: getattr(terms, one.name) for one in dataclasses.fields(terms)}
    rows = decide(table(*facts), purposes=purposes, as_of=AS_OF, **named).to_pylist()
    return {(row["contribution"], row["purpose"]): row for row in rows}


def way(old, new):
    if old["outcome"] == new["outcome"]:
        same = all(old[key] == new[key] for key in ("reason", "clauses"))
        return None if same else "another reason"
    if new["outcome"] == "excluded":
        return "no longer included"
    return "newly included" if old["outcome"] == "excluded" else "another lane"


@pytest.mark.parametrize("seed", range(6))
def test_the_comparison_counts_what_deciding_twice_gives(seed):
    world, facts, _ = make(seed, rows=40)
    other, _, _ = make(seed + 1000, rows=0)
    old, new = Terms(**world), Terms(**other)
    before, after = decided(facts, old, PURPOSES), decided(facts, new, PURPOSES)
    expected = Counter(way(before[key], after[key]) for key in before)
    found = compared(facts, old, new, PURPOSES)
    assert found.total == len(facts) * len(PURPOSES)
    assert {name: one.contributions for name, one in found.ways.items()} == {
        name: count for name, count in expected.items() if name
    }
    lost = {
        (next(one["person"] for one in facts if one["contribution"] == key[0]), key[1])
        for key in before
        if way(before[key], after[key]) == "no longer included"
    }
    told = {(person, purpose) for person, of in found.lost.items() for _, purpose in of}
    assert told == {each for each in lost if each[0]}
    back = compared(facts, new, old, PURPOSES)
    assert back.changed == found.changed
    assert {one.contributions for name, one in back.ways.items() if name == "newly included"} == {
        one.contributions for name, one in found.ways.items() if name == "no longer included"
    }


def test_equal_terms_change_nothing():
    terms = Terms(agreements=AGREEMENTS, notices=NOTICES)
    same = dataclasses.replace(terms, agreements=AGREEMENTS[::-1])
    assert clause_changes(terms.agreements, same.agreements) == ()
    assert said_changes(terms, same) == {}
    found = compared([fact(), fact(contribution="c2")], terms, same, PURPOSES)
    assert found.ways == {}
    assert found.lost == {}


def test_a_forbid_says_whose_work_goes_and_which_clause_does_it():
    old = Terms(agreements=(agreement("a", permit("a/1")),), notices=NOTICES)
    new = dataclasses.replace(
        old, agreements=(*old.agreements, agreement("b", forbid("b/1", who={"units": ["Data"]})))
    )
    facts = [fact(contribution=f"c{n}", unit="Data" if n < 3 else "Web") for n in range(5)]
    found = compared(facts, old, new, ["assist_others"])
    [pair] = found.pairs
    assert (pair.way, pair.old_reason, pair.new_reason) == (
        "no longer included", "permitted", "forbidden",
    )  # fmt: skip
    assert (pair.gone, pair.come) == (("a/1",), ("b/1",))
    assert {key: one.contributions for key, one in found.parts["unit"].items()} == {
        ("Data", "no longer included"): 3
    }
    assert found.lost == {"ann": frozenset({("code", "assist_others")})}


def test_each_way_in_which_clauses_differ():
    old = [
        agreement("a", permit("a/1"), permit("a/2", text="Old words."), permit("a/3")),
        agreement("c", permit("c/1")),
    ]
    new = [
        agreement("a", permit("a/1", who={"countries": ["US", "DE"]}),
                  permit("a/2", text="New   words."), permit("a/4")),
        agreement("c", permit("c/1"), expires="2030-01-01"),
    ]  # fmt: skip
    found = {one.about: one for one in clause_changes(old, new)}
    assert {about: one.how for about, one in found.items()} == {
        "a/1": "changed", "a/2": "reworded", "a/3": "removed", "a/4": "added", "c": "changed",
    }  # fmt: skip
    [(key, before, after)] = found["a/1"].keys
    assert (key, before, after) == ("who.countries", "", "DE, US")
    assert [tuple(one) for one in found["a/2"].keys] == [("text", "Old words.", "New words.")]
    spaced = [agreement("a", permit("a/1", text="One\n  two."))]
    assert clause_changes(spaced, [agreement("a", permit("a/1", text="One two."))]) == ()


def test_a_few_people_are_told_as_a_band():
    assert people_band(0) == "0"
    assert {people_band(count) for count in range(1, FEW)} == {"1–4"}
    assert people_band(FEW) == "5"


def test_no_work_is_no_change():
    empty = pa.Table.from_pylist([], schema=table(fact()).schema)
    terms = Terms(agreements=AGREEMENTS)
    found = compare(iter([empty]), old=inputs(terms), new=inputs(Terms()), purposes=["repair"])
    assert (found.total, found.changed) == (0, 0)
