"""Which examples a hold covers, and what is told of few people; deployments as a fold."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from byline.answers.deployed import deploying, deployments_of, on_job_families, retiring
from byline.answers.since import FEWEST, Since
from byline.answers.under_hold import HeldHere, readable
from byline.terms.holds import Hold

HOLD = Hold(id="hold_1", matter="m", placed=dt.date(2026, 1, 2))


def row(contributor, repository):
    return {"people": [{"contributor": contributor}], "sources": [{"repository": repository}]}


def test_an_example_is_held_by_person_by_source_or_by_both():
    rows = {(who, where): row(who, where) for who in ("p_1", "p_2") for where in ("a", "b")}
    by_person = HeldHere(HOLD, frozenset({"p_1"}), None)
    by_source = HeldHere(HOLD, None, frozenset({"a"}))
    by_both = HeldHere(HOLD, frozenset({"p_1"}), frozenset({"a"}))
    assert {key for key in rows if by_person.covers(rows[key])} == {("p_1", "a"), ("p_1", "b")}
    assert {key for key in rows if by_source.covers(rows[key])} == {("p_1", "a"), ("p_2", "a")}
    assert {key for key in rows if by_both.covers(rows[key])} == {("p_1", "a")}
    may_show = readable([by_person, by_source])
    assert [key for key in rows if may_show(rows[key])] == [("p_2", "b")]
    assert all(readable([])(one) for one in rows.values())


def test_few_people_are_not_counted_out():
    few, many = Since("objected", FEWEST - 1), Since("objected", FEWEST)
    assert few.words == Since("objected", 1).words
    assert (few.as_json()["people"], many.as_json()["people"]) == (None, FEWEST)
    assert str(FEWEST) in many.words


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from("xy")), max_size=9))
@settings(max_examples=50)
def test_of_each_deployment_the_last_word_stands(words):
    rows, stands = [], {}
    for deployed, place, family in words:
        fact = deploying(model="mdl_1", purpose="repair", place=place, job_families=[family],
                         at="2026-01-02")  # fmt: skip
        [made] = deployments_of([fact])
        rows.append(fact if deployed else retiring(made, at="2026-01-03"))
        stands[place, family] = deployed
    found = deployments_of(rows)
    assert {(one.place, *one.job_families): one.stands for one in found} == stands
    on = on_job_families(found)
    assert {family: {one.place for one in ones} for family, ones in on.items()} == {
        family: {p for (p, f), up in stands.items() if up and f == family}
        for family in "xy"
        if any(up for (_, f), up in stands.items() if f == family)
    }
