"""Laws of decisions, over generated terms and facts."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terms_company import AS_OF, agreement, decisions, fact, forbid
from terms_reference import decide_row
from terms_worlds import PURPOSES, make
from terms_worlds import agreement as any_agreement

from byline.terms.notices import Notice
from byline.terms.objections import Objection
from byline.terms.purposes import RESTRICTED
from byline.terms.reasons import REASONS, STATE_REASONS

laws = settings(max_examples=200, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**40)


def included(found):
    return {
        (each["contribution"], each["purpose"]) for each in found if each["outcome"] != "excluded"
    }


@laws
@given(seed=seeds)
def test_equals_the_reference(seed):
    terms, rows, _ = make(seed)
    found = decisions(rows, purposes=PURPOSES, **terms)
    expected = [
        decide_row(row, purpose, as_of=AS_OF, **terms) for purpose in PURPOSES for row in rows
    ]
    keys = ("outcome", "reason", "clauses", "basis", "notice")
    assert [tuple(each[key] for key in keys) for each in found] == expected


def test_the_worlds_reach_every_reason():
    """Guards the other tests of this file: terms that permit nothing would prove nothing."""
    seen = Counter()
    for seed in range(120):
        terms, rows, _ = make(seed)
        seen.update(each["reason"] for each in decisions(rows, purposes=PURPOSES, **terms))
    assert seen["permitted"] > sum(seen.values()) / 30
    assert set(REASONS) - set(seen) == {"unknown_fact"}
    assert set(STATE_REASONS) < set(seen)


@laws
@given(seed=seeds)
def test_silence_is_not_permission(seed):
    """Law 2: every inclusion cites a permit, a basis and a notice; every exclusion its reason."""
    terms, rows, _ = make(seed)
    clauses = {clause.id: clause for each in terms["agreements"] for clause in each.clauses}
    found = decisions(rows, purposes=PURPOSES, **terms)
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
    assert not included(decisions(rows, purposes=PURPOSES, **{**terms, "agreements": ()}))


@laws
@given(seed=seeds)
def test_more_limits_never_include_more(seed):
    terms, rows, chance = make(seed)
    before = included(decisions(rows, purposes=PURPOSES, **terms))
    for effect in ("forbid", "require"):
        extra = any_agreement(chance, "extra", [effect])
        stricter = {**terms, "agreements": (*terms["agreements"], extra)}
        after = decisions(rows, purposes=PURPOSES, **stricter)
        if effect == "forbid":
            assert included(after) <= before
    objection = Objection(id="o9", person="ann", received=AS_OF)
    objecting = {**terms, "objections": (*terms["objections"], objection)}
    after = included(decisions(rows, purposes=PURPOSES, **objecting))
    hers = {row["contribution"] for row in rows if row["person"] == "ann"}
    assert after == {each for each in before if each[0] not in hers}


@laws
@given(seed=seeds)
def test_order_and_company_never_matter(seed):
    terms, rows, chance = make(seed, rows=12)

    def shuffled(values):
        return tuple(chance.sample(list(values), len(values)))

    mixed = {name: shuffled(values) for name, values in terms.items()}
    mixed["agreements"] = tuple(
        each.model_copy(update={"clauses": shuffled(each.clauses)}) for each in mixed["agreements"]
    )
    mixed["notices"] *= 2

    def answers(rows, terms):
        found = decisions(rows, purposes=PURPOSES, **terms)
        return sorted(found, key=lambda each: (each["contribution"], each["purpose"]))

    expected = answers(rows, terms)
    assert answers(shuffled(rows), mixed) == expected
    halves = answers(rows[:5], terms) + answers(rows[5:], terms)
    assert sorted(halves, key=lambda each: (each["contribution"], each["purpose"])) == expected


@laws
@given(seed=seeds)
def test_counterfactuals_are_true(seed):
    """What is said to change an exclusion changes it."""
    terms, rows, _ = make(seed, rows=10)
    clauses = {clause.id: clause for each in terms["agreements"] for clause in each.clauses}
    row_of = {row["contribution"]: row for row in rows}
    for found in decisions(rows, purposes=PURPOSES, **terms):
        row = row_of[found["contribution"]]
        changed = changed_terms(found, row, terms, clauses)
        if changed is not None:
            (after,) = decisions([row], purposes=[found["purpose"]], **changed)
            assert after["outcome"] != "excluded", (found, after)


def changed_terms(found, row, terms, clauses):
    reason = found["reason"]
    if not found["counterfactual"]:
        return None
    if reason == "forbidden":
        return {**terms, "agreements": tuple(without(terms["agreements"], found["clauses"]))}
    if reason in {"objected", "withdrawn"}:
        return {**terms, "objections": (), "withdrawals": ()}
    if reason in {"notice_missing", "notice_late"} and len(found["missing"]) == 1:
        name = clauses[found["clauses"][0]].needs_notice
        if name and row["person"]:
            told = dt.date(1960, 1, 1)
            served = Notice(notice=name, version="99", person=row["person"], served=told)
            return {**terms, "notices": (*terms["notices"], served)}
    return None


def without(agreements, ids):
    for each in agreements:
        kept = tuple(clause for clause in each.clauses if clause.id not in ids)
        yield each.model_copy(update={"clauses": kept})


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
