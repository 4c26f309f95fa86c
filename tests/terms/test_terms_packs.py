"""The built-in packs: templates that say so, statutes that say what is law, and what they decide."""

import pytest
from terms_company import AGREEMENTS, AS_OF, NOTICES, day, decisions, fact, served

from byline.errors import ConfigError
from byline.terms.agreement_files import load_pack, merge_agreements, pack_names
from byline.terms.assessments import Assessment
from byline.terms.checks import check_terms
from byline.terms.purposes import RESTRICTED

STATUTES = (
    "de-betrvg", "eu-gdpr", "us-ca-ab-2027", "us-ca-ccpa", "us-ca-labor-2870", "us-ny-52-c",
)  # fmt: skip
TEMPLATES = (
    "collective-agreement", "contractor", "customer-nda", "eu-employer", "open-source",
    "separation", "us-employer", "works-agreement",
)  # fmt: skip


def test_packs_are_templates_and_permit_nothing_restricted():
    assert pack_names() == tuple(sorted((*STATUTES, *TEMPLATES)))
    everything = merge_agreements(*(load_pack(name) for name in pack_names()))
    for agreement in everything:
        assert agreement.template
        assert "template, not legal advice" in agreement.title
        permits = [each for each in agreement.clauses if each.effect == "permit"]
        assert bool(permits) == (agreement.kind not in {"statute", "customer-nda"})
        assert not {purpose for each in permits for purpose in each.purposes} & RESTRICTED
    errors = [each for each in check_terms(everything, notices=()) if each.severity == "error"]
    assert errors == []
    with pytest.raises(ConfigError, match="did you mean 'open-source'"):
        load_pack("opensource")


@pytest.mark.parametrize("name", STATUTES)
def test_statutes_have_a_source_a_place_and_say_whether_they_are_law(name):
    (agreement,) = load_pack(name)
    assert agreement.kind == "statute"
    assert agreement.source.startswith("https://")
    assert agreement.governing_law
    assert all(clause.place for clause in agreement.clauses)
    proposed = agreement.status == "proposed"
    assert proposed == (name == "us-ca-ab-2027")
    assert proposed == ("proposed" in agreement.title)


def reasons(*rows, packs=(), agreements=AGREEMENTS, **keys):
    terms = merge_agreements(agreements, *(load_pack(name) for name in packs))
    return [
        (one["reason"], one["clauses"]) for one in decisions(list(rows), agreements=terms, **keys)
    ]


def test_the_gdpr_asks_for_notice_time_and_assessments():
    row = fact(person="dora", country="DE", **{"class": "code"})
    (before,) = reasons(row)
    assert before[0] == "permitted"
    done = [
        Assessment(
            id=name, kind=name[:4].rstrip("-"), sha256="0" * 64, completed=day("2024-01-01"),
            signed_by="dpo",
        )
        for name in ("lia-ai-training", "dpia-ai-training")
    ]  # fmt: skip
    told = (*NOTICES, served("dora", "2026-06-01", notice="ai-training"))
    late = (*NOTICES, served("dora", "2026-06-20", notice="ai-training"))
    given = {"packs": ["eu-gdpr"], "notices": told}
    assert [one[0] for one in reasons(row, **given)] == ["assessment_missing"]
    assert [one[0] for one in reasons(row, **given, assessments=done)] == ["permitted"]
    assert [one[0] for one in reasons(row, **given, assessments=done[:1])] == ["assessment_missing"]
    given["notices"] = late
    (waiting,) = reasons(row, **given, assessments=done)
    assert waiting[0] == "requirement_unmet"
    assert reasons(fact(), packs=["eu-gdpr"]) == reasons(fact())


def test_in_germany_a_contract_is_not_enough_and_a_works_agreement_is():
    employer = [each for each in AGREEMENTS if each.id == "eu"]
    contract = employer[0].model_copy(update={"kind": "employment"})
    row = fact(person="dora", country="DE")
    told = (*NOTICES, served("dora", "2026-01-01", notice="ai-training"))
    given = {"packs": ["de-betrvg"], "notices": told}
    assert [one[0] for one in reasons(row, agreements=[contract], notices=told)] == ["permitted"]
    assert [one[0] for one in reasons(row, agreements=[contract], **given)] == ["superseded"]
    assert [one[0] for one in reasons(row, agreements=employer, **given)] == ["permitted"]


def test_own_time_in_california_is_used_by_consent_alone():
    (clause,) = load_pack("us-ca-labor-2870")[0].clauses
    own = AGREEMENTS[0].clauses[0].model_copy(update={"id": "own/1", "where": clause.where})
    terms = [AGREEMENTS[0].model_copy(update={"id": "own", "clauses": (own,)})]
    here = fact(owner="own-time", region="US-CA")
    there = fact(owner="own-time", region="US-NY")
    unsaid = fact(owner="own-time", region=None)
    assert reasons(here, there, unsaid, agreements=terms) == [("permitted", ["own/1"])] * 3
    found = reasons(here, there, unsaid, agreements=terms, packs=["us-ca-labor-2870"])
    assert [one[0] for one in found][:2] == ["requirement_unmet", "permitted"]
    assert found[2][0] != "permitted"


def test_a_proposed_statute_decides_nothing_unless_asked_to():
    name = "us-ca-ab-2027"
    wanted = (
        AGREEMENTS[0]
        .clauses[0]
        .model_copy(update={"id": "bad/1", "purposes": ("role_replication",)})
    )
    terms = [AGREEMENTS[0].model_copy(update={"id": "bad", "clauses": (wanted,)})]
    given = {"agreements": terms, "packs": [name], "purposes": ["role_replication"]}
    row = fact(region="US-CA")
    assert reasons(row, **given) == [("permitted", ["bad/1"])]
    (found,) = reasons(row, **given, proposed=True)
    assert found == ("forbidden", ["us-ca-ab-2027/training"])


def test_new_york_asks_for_its_notice_and_california_for_an_assessment():
    york, cal = fact(region="US-NY"), fact(region="US-CA")
    packs = {"packs": ["us-ny-52-c", "us-ca-ccpa"]}
    assert [one[0] for one in reasons(york, cal, **packs)] == [
        "requirement_unmet",
        "assessment_missing",
    ]
    told = (*NOTICES, served("ann", "2024-01-01", notice="electronic-monitoring"))
    done = Assessment(
        id="risk-ai-training", kind="risk", sha256="0" * 64, completed=AS_OF, signed_by="counsel"
    )
    found = reasons(york, cal, **packs, notices=told, assessments=[done])
    assert [one[0] for one in found] == ["permitted", "permitted"]
