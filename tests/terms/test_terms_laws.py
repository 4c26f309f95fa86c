"""Laws of decisions, over generated terms and facts."""

import dataclasses
import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terms_changes import changed
from terms_company import AS_OF, agreement, decisions, fact, forbid
from terms_reference import decide_row
from terms_worlds import LIFTS, LIMITS, PEOPLE, PURPOSES, event, hold, make
from terms_worlds import agreement as any_agreement

from byline.terms.agreed import Terms
from byline.terms.arranged import arrange
from byline.terms.objections import Objection
from byline.terms.purposes import RESTRICTED
from byline.terms.reasons import REASONS, STATE_REASONS
from byline.terms.scope import Case
from byline.terms.verdict import verdict

laws = settings(max_examples=45, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**40)
EMPLOYED = ("worker_type", "country", "unit", "region", "legal_entity", "collective_agreement")


def included(found):
    return {
        (each["contribution"], each["purpose"]) for each in found if each["outcome"] != "excluded"
    }


def answers(rows, terms):
    return decisions(rows, purposes=PURPOSES, **terms)


@laws
@given(seed=seeds)
def test_equals_the_reference(seed):
    terms, rows, _ = make(seed)
    found = answers(rows, terms)
    expected = [
        decide_row(row, purpose, as_of=AS_OF, **terms) for purpose in PURPOSES for row in rows
    ]
    keys = ("outcome", "reason", "clauses", "basis", "notice")
    assert [tuple(each[key] for key in keys) for each in found] == expected


@laws
@given(seed=seeds)
def test_deciding_cases_once_changes_no_word(seed):
    """Each row decided by itself, with its own person and day, says the same word for word."""
    terms, rows, _ = make(seed, rows=12)
    arranged = arrange(Terms(**terms), as_of=AS_OF)
    alone = [
        dataclasses.asdict(verdict(case_of(row), purpose=purpose, terms=arranged))
        for purpose in PURPOSES
        for row in rows
    ]
    lists = [
        {**one, "clauses": list(one["clauses"]), "missing": list(one["missing"])} for one in alone
    ]
    assert [{name: found[name] for name in lists[0]} for found in answers(rows, terms)] == lists


def case_of(row):
    facts = {field.name: row[field.name] for field in dataclasses.fields(Case) if field.name in row}
    gone = row["left"] is not None and row["left"] <= AS_OF
    facts |= {"separated": gone, "authored": row["authored"].date()}
    return Case(work_class=row["class"], **facts)


def test_the_worlds_reach_every_reason():
    """Guards the other tests of this file: terms that permit nothing would prove nothing."""
    seen = Counter()
    for seed in range(100):
        terms, rows, _ = make(seed)
        seen.update(each["reason"] for each in answers(rows, terms))
    assert seen["permitted"] > sum(seen.values()) / 50
    assert set(REASONS) == set(seen)
    assert set(STATE_REASONS) < set(seen)


@laws
@given(seed=seeds)
def test_silence_is_not_permission(seed):
    """Law 2: every inclusion cites a permit, a basis and a notice; every exclusion its reason."""
    terms, rows, _ = make(seed, rows=15)
    clauses = {clause.id: clause for each in terms["agreements"] for clause in each.clauses}
    found = answers(rows, terms)
    assert len(found) == len(rows) * len(PURPOSES)
    for each in found:
        assert each["reason"] in REASONS
        if each["outcome"] == "excluded":
            assert each["reason"] != "permitted"
            continue
        permit = clauses[each["clauses"][0]]
        assert permit.effect == "permit"
        assert each["basis"] == permit.basis
        assert each["notice"]
        assert each["purpose"] not in RESTRICTED or each["purpose"] in permit.purposes
        assert not each["missing"]
    assert not included(answers(rows, {**terms, "agreements": ()}))


@laws
@given(seed=seeds)
def test_more_limits_never_include_more(seed):
    terms, rows, chance = make(seed, rows=15)
    before = included(answers(rows, terms))
    extra = any_agreement(chance, "extra", ["forbid"])
    limit = event(chance, "limit", [kind for kind in LIMITS if kind != "consent_requested"])
    for name, more in (("agreements", extra), ("events", limit), ("holds", hold(chance, "more"))):
        assert included(answers(rows, {**terms, name: (*terms[name], more)})) <= before, more
    proposed = [included(answers(rows, {**terms, "proposed": word})) for word in (True, False)]
    assert proposed[0] <= proposed[1]
    if not any("objection_lifted" in each.kind for each in terms["events"]):
        objection = Objection(id="o9", person="ann", received=AS_OF)
        after = answers(rows, {**terms, "objections": (*terms["objections"], objection)})
        hers = {row["contribution"] for row in rows if row["person"] == "ann"}
        assert included(after) == {each for each in before if each[0] not in hers}


@laws
@given(seed=seeds)
def test_knowing_less_never_includes_more(seed):
    terms, rows, chance = make(seed, rows=15)
    before = included(answers(rows, terms))
    assert included(answers([forgotten(chance, row) for row in rows], terms)) <= before
    who = chance.choice(PEOPLE)
    for name in ("notices", "assessments"):
        fewer = chance.sample(terms[name], max(0, len(terms[name]) - 1))
        assert included(answers(rows, {**terms, name: tuple(fewer)})) <= before
    kind = chance.choice(LIFTS)
    fewer = [each for each in terms["events"] if (each.person, each.kind) != (who, kind)]
    assert included(answers(rows, {**terms, "events": tuple(fewer)})) <= before


def forgotten(chance, row):
    """The row without one fact that there must be."""
    gone = row["left"] is not None and row["left"] <= AS_OF
    lost = [{"customer": None}] if row["owner"] == "customer" else []
    if row["owner"] in {"open-source", "third-party"}:
        lost.append({"licence": None, "licence_source": None})
    if row["population"] == "roster":
        lost += [{name: None} for name in EMPLOYED]
        lost += [{"person": None}, {"employment": "none", **dict.fromkeys(EMPLOYED)}]
        lost += [{"separation_type": None}] if gone else []
        lost += [{"minor": None}] if row["worker_type"] in {"intern", None} else []
    return {**row, **chance.choice(lost or [{}])}


@laws
@given(seed=seeds)
def test_order_and_company_never_matter(seed):
    terms, rows, chance = make(seed, rows=12)

    def shuffled(values):
        return tuple(chance.sample(list(values), len(values)))

    mixed = {name: shuffled(values) for name, values in terms.items() if name != "proposed"}
    mixed["agreements"] = tuple(
        each.model_copy(update={"clauses": shuffled(each.clauses)}) for each in mixed["agreements"]
    )
    mixed |= {"notices": mixed["notices"] * 2, "events": mixed["events"] * 2}
    mixed["proposed"] = terms["proposed"]

    def sorted_answers(rows, terms):
        return sorted(
            answers(rows, terms), key=lambda each: (each["contribution"], each["purpose"])
        )

    expected = sorted_answers(rows, terms)
    assert sorted_answers(shuffled(rows), mixed) == expected
    halves = sorted_answers(rows[:5], terms) + sorted_answers(rows[5:], terms)
    assert sorted(halves, key=lambda each: (each["contribution"], each["purpose"])) == expected


@laws
@given(seed=seeds)
def test_counterfactuals_are_true(seed):
    """What is said to change an exclusion changes it."""
    terms, rows, _ = make(seed, rows=15)
    row_of = {row["contribution"]: row for row in rows}
    for found in answers(rows, terms):
        after = changed(found, row_of[found["contribution"]], terms)
        if after is not None:
            row, otherwise = after
            (again,) = decisions([row], purposes=[found["purpose"]], **otherwise)
            assert again["outcome"] != "excluded", (found, again)


def test_a_forbid_without_population_reads_broadly():
    row = fact(population="bot", person=None, employment="none", worker_type=None, country=None)
    (found,) = decisions([row])
    assert found["clauses"] == ["bots/1"]
    (found,) = decisions([row], agreements=(agreement("x", forbid("x/1", classes=["*"])),))
    assert (found["reason"], found["clauses"]) == ("forbidden", ["x/1"])


@pytest.mark.parametrize("left", [None, dt.date(2026, 6, 30)])
def test_equal_cases_of_different_people_get_their_own_notice(left):
    rows = [fact(contribution=person, person=person, left=left) for person in ("ann", "gwen", "z")]
    found = {each["contribution"]: each for each in decisions(rows)}
    assert found["z"]["reason"] == ("separated" if left else "notice_missing")
    assert found["ann"]["outcome"] == found["gwen"]["outcome"]
