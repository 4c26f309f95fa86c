"""The states of bases: folds of what was said, which neither order nor parts can change."""

import datetime as dt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terms_company import AS_OF, agreement, day, decisions, fact, permit
from terms_worlds import event

from byline.terms.agreed import Terms
from byline.terms.bases import consent_state, state_of
from byline.terms.events import BasisEvent
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal
from byline.terms.sayings import LIFTED_BY, fold, sayings_of

CONSENT = agreement("consent", permit("consent/1", basis="consent"))
NAMED = agreement("named", permit("named/1", basis="consent", who={"people": ["ann"]}))
INTEREST = agreement(
    "li", permit("li/1", basis="legitimate_interest", wait_days=30), kind="works-agreement"
)


def said(kind, at="2025-05-01T09:00", **keys):
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    return BasisEvent(id=f"{kind} {at}", person="ann", kind=kind, at=instant, **keys)


def state(*events, basis="consent", agreements=(CONSENT,), purpose="assist_others", **terms):
    given = Terms(agreements=tuple(agreements), events=events, **terms)
    return state_of(
        "ann", work_class="code", purpose=purpose, basis=basis, terms=given, as_of=AS_OF
    )


CASES = {
    "nothing said": ([], "dpv:ConsentUnknown"),
    "asked": ([said("consent_requested")], "dpv:ConsentRequested"),
    "given": ([said("consent_given")], "dpv:ConsentGiven"),
    "asked again": (
        [said("consent_given"), said("consent_requested", "2025-06-01T09:00")],
        "dpv:ConsentGiven",
    ),
    "refused": ([said("consent_refused")], "dpv:ConsentRefused"),
    "withdrawn": (
        [said("consent_given"), said("consent_withdrawn", "2025-06-01T09:00")],
        "dpv:ConsentWithdrawn",
    ),
    "at one instant": ([said("consent_given"), said("consent_refused")], "dpv:ConsentRefused"),
    "given again": (
        [said("consent_refused"), said("consent_given", "2025-06-01T09:00")],
        "dpv:ConsentGiven",
    ),
    "found invalid": (
        [said("consent_given"), said("consent_invalidated", "2025-06-01T09:00")],
        "dpv:ConsentInvalidated",
    ),
    "expired on the day": ([said("consent_given", expires=AS_OF)], "dpv:ConsentExpired"),
    "the employer says so": ([said("consent_given", by="organisation")], "dpv:ConsentUnknown"),
    "a representative says so": ([said("consent_given", by="representative")], "dpv:ConsentGiven"),
    "late on the day": ([said("consent_given", "2026-06-30T23:59")], "dpv:ConsentGiven"),
    "the day after": ([said("consent_given", "2026-07-01T00:00")], "dpv:ConsentUnknown"),
    "of another class": ([said("consent_given", classes=("design",))], "dpv:ConsentUnknown"),
    "the work is withdrawn": (
        [said("consent_given"), said("withdrawn", "2025-06-01T09:00")],
        "dpv:ConsentWithdrawn",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_states_of_consent(name):
    events, expected = CASES[name]
    found = state(*events)
    assert found.state == expected
    assert found.in_force == (expected == "dpv:ConsentGiven")
    assert found.imbalance


def test_a_consent_in_a_clause_holds_until_a_later_refusal():
    found = state(agreements=[NAMED])
    assert (found.state, found.since, found.by_clause) == (
        "dpv:ConsentGiven", day("2024-01-01"), True,
    )  # fmt: skip
    assert state(said("consent_refused", "2023-01-01T09:00"), agreements=[NAMED]).in_force
    refused = [said("consent_refused", "2024-01-01T00:00")]
    assert state(*refused, agreements=[NAMED]).state == "dpv:ConsentRefused"
    terms = {"agreements": (NAMED,), "events": refused}
    assert decisions([fact()], **terms)[0]["reason"] == "basis_not_in_force"
    expired = [*refused, said("consent_given", expires=day("2026-01-01"))]
    assert state(*expired, agreements=[NAMED]).state == "dpv:ConsentExpired"


def test_consent_to_everything_leaves_restricted_purposes_out():
    assert not state(said("consent_given"), purpose="role_replication").in_force
    by_name = said("consent_given", purposes=("role_replication",))
    assert state(by_name, purpose="role_replication").in_force


@pytest.mark.parametrize(
    ("served", "events", "expected", "since", "until"),
    [
        ("", [], "dpv:LegitimateInterestUninformed", None, None),
        ("2026-07-01", [], "dpv:LegitimateInterestUninformed", None, None),
        ("2026-06-10", [], "dpv:LegitimateInterestInformed", "2026-06-10", "2026-07-10"),
        ("2026-05-31", [], "dpv:LegitimateInterestNotObjected", "2026-06-30", None),
        (
            "2024-09-01",
            [said("objected", "2025-05-01T09:00"), said("objected", "2025-07-01T09:00")],
            "dpv:LegitimateInterestObjected", "2025-05-01", None,
        ),
        (
            "2024-09-01",
            [said("objected"), said("objection_lifted", "2025-06-01T09:00")],
            "dpv:LegitimateInterestNotObjected", "2024-10-01", None,
        ),
    ],
)  # fmt: skip
def test_states_of_a_legitimate_interest(served, events, expected, since, until):
    notices = [Notice(notice="ai", version="1", person="ann", served=day(served))] if served else []
    found = state(
        *events, basis="legitimate_interest", agreements=[INTEREST], notices=tuple(notices)
    )
    days = [each.isoformat() if each else None for each in (found.since, found.until)]
    assert (found.state, *days) == (expected, since, until)
    assert found.in_force == expected.endswith("NotObjected")


def test_states_of_an_agreement_and_of_a_licence():
    soon = agreement("soon", permit("soon/1"), effective="2027-01-01")
    over = agreement("over", permit("over/1"), expires="2026-01-01")
    until = agreement("until", permit("until/1"), expires="2027-01-01")
    expected = [
        ([], "byline:ContractAbsent"), ([soon], "dpv:ContractInactive"),
        ([soon, over], "dpv:ContractExpired"), ([soon, over, until], "dpv:ContractActive"),
    ]  # fmt: skip
    for agreements, word in expected:
        assert state(basis="agreement", agreements=agreements).state == word
    assert state(basis="agreement", agreements=[until]).until == day("2027-01-01")
    paused = state(said("paused"), basis="agreement", agreements=[until])
    assert (paused.state, paused.against, paused.in_force) == (
        "dpv:ContractActive", ("paused",), False,
    )  # fmt: skip
    assert state(basis="licence").in_force


def test_lifting_reaches_back_to_paper_but_not_to_its_own_day():
    paper = {
        "objections": (Objection(id="o-1", person="ann", received=day("2025-05-01")),),
        "withdrawals": (Withdrawal(person="ann", received=day("2025-05-01")),),
    }

    def stands(when):
        return state(said("reinstated", when), said("objection_lifted", when), **paper).against

    assert stands("2025-05-01T23:00") == ("withdrawn", "objected")
    assert stands("2025-05-02T00:00") == ()
    assert state(said("reinstated", "2026-01-01T00:00"), **paper).against == ("objected",)


@pytest.mark.parametrize("others", [[], [said("objected")]])
def test_what_is_not_understood_permits_nothing(others):
    strange = said("consent_given", at="2025-01-01T00:00", expires=None)
    strange = BasisEvent(**{**vars(strange), "kind": "suspended"})
    (found,) = decisions([fact()], events=[strange, *others])
    assert (found["reason"], found["counterfactual"]) == (
        "objected" if others else "unknown_fact", None,
    )  # fmt: skip


def test_decisions_and_states_agree():
    """One source of truth: a consent that is not in force includes nothing, and the reverse."""
    served = Notice(notice="ai", version="1", person="ann", served=day("2024-09-01"))
    for events, _ in CASES.values():
        (found,) = decisions([fact()], agreements=[CONSENT], notices=[served], events=events)
        assert (found["outcome"] != "excluded") == state(*events).in_force


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**40))
def test_the_fold_of_parts_is_the_fold_of_the_whole(seed):
    """Replay gives the same state, wherever it is cut, in whatever order, however often."""
    chance = Random(seed)
    events = [event(chance, str(place)) for place in range(chance.randint(0, 12))]
    mixed = chance.sample(events, len(events)) + events[: chance.randint(0, 3)]
    for person, sayings in sayings_of(events, as_of=AS_OF).items():
        assert sayings_of(mixed, as_of=AS_OF)[person] == sayings
        cut = chance.randint(0, len(sayings))
        whole, parts = fold(sayings), fold(sayings[cut:], fold(sayings[:cut]))
        backwards = fold(sayings[:cut], fold(reversed(sayings[cut:])))
        for other in (parts, backwards):
            assert dict(other.latest) == dict(whole.latest)
            assert [other.stands(kind) for kind in LIFTED_BY] == [
                whole.stands(kind) for kind in LIFTED_BY
            ]
            assert consent_state(other, as_of=AS_OF) == consent_state(whole, as_of=AS_OF)


def test_a_clause_about_bots_is_no_agreement_with_a_person():
    bots = agreement("bots", permit("bots/1", who={"population": ["bot"]}))
    own = agreement("own", permit("own/1"), effective="2025-03-01")
    assert state(basis="agreement", agreements=[bots]).state == "byline:ContractAbsent"
    assert state(basis="agreement", agreements=[bots, own]).since == day("2025-03-01")
