"""Golden cases: one fact each, against the terms of a small company."""

import datetime as dt

import pytest
from terms_company import AGREEMENTS, day, decisions, fact

from byline.terms.explain import explain
from byline.terms.reasons import REASONS

DE = {"person": "dora", "country": "DE"}
OSS = {"owner": "open-source", "licence": "MIT", "licence_source": "repository"}
OUT = {"person": None, "population": "outsider", "employment": "none", "worker_type": None}
OUT |= {"country": None, "unit": None}
EARLY = {"authored": dt.datetime(2024, 9, 1, 8, tzinfo=dt.UTC)}
LATER = {"authored": dt.datetime(2024, 10, 2, 8, tzinfo=dt.UTC)}
CONTRACTOR = {"person": "cole", "worker_type": "contractor"}

# Each name stands for facts, a purpose, and the expected outcome, reason and clauses.
GOLDEN = {
    "employee with notice": ({}, "assist_others", "identified", "permitted", ["us/1"]),
    "process work": ({"class": "process"}, "assist_others", "identified", "permitted", ["us/1"]),
    "silent agreement": (
        {"class": "design", "country": "FR"}, "assist_others", "excluded", "silence", [],
    ),
    "no clause for the purpose in EU": (DE, "security_scan", "excluded", "silence", []),
    "notice never served": (
        {"person": "nell"}, "assist_others", "excluded", "notice_missing", ["us/1"],
    ),
    "notice served after the use date": (
        {"person": "lars"}, "assist_others", "excluded", "notice_late", ["us/1"],
    ),
    "EU notice in a later version": (
        DE, "assist_others", "identified", "permitted", ["eu/1", "eu/3"],
    ),
    "EU notice only in an earlier version": (
        {"person": "emil", "country": "PL"}, "assist_others", "excluded", "notice_missing", ["eu/1"],
    ),
    "EU design after the notice": (
        DE | LATER | {"class": "design"},
        "assist_others", "pseudonymised-lane", "permitted", ["eu/2", "eu/3"],
    ),
    "EU design before the notice": (
        DE | {"class": "design", "authored": dt.datetime(2024, 7, 1, tzinfo=dt.UTC)},
        "assist_others", "excluded", "notice_late", ["eu/2"],
    ),
    "requirement of another basis": (
        {"person": "carl", "country": "DE", "worker_type": "contractor"},
        "assist_others", "excluded", "requirement_unmet", ["contractors/1", "eu/3"],
    ),
    "contractor after notice": (
        CONTRACTOR, "assist_others", "identified", "permitted", ["contractors/1"],
    ),
    "contractor on the day of the notice": (
        CONTRACTOR | EARLY, "assist_others", "excluded", "notice_late", ["contractors/1"],
    ),
    "contractor's process work": (
        CONTRACTOR | {"class": "process"}, "assist_others", "excluded", "silence", [],
    ),
    "contractor who left, surviving": (
        CONTRACTOR | {"left": day("2025-12-31")},
        "assist_others", "identified", "permitted", ["contractors/1"],
    ),
    "intern": (
        {"worker_type": "intern"}, "assist_others", "excluded", "forbidden", ["interns/1"],
    ),
    "acquired work before joining": (
        {"person": "tess", "employment": "before", "repository": "tidepool"},
        "assist_others", "identified", "permitted", ["acquisition/1"],
    ),
    "acquired person, other repository": (
        {"person": "tess", "employment": "before"},
        "assist_others", "excluded", "before_employment", ["us/1"],
    ),
    "acquired work after leaving": (
        {"person": "tess", "employment": "after", "repository": "tidepool"},
        "assist_others", "excluded", "after_employment", ["acquisition/1"],
    ),
    "own time, after employment": (
        {"employment": "after"}, "assist_others", "excluded", "after_employment", ["us/1"],
    ),
    "own time, between employments": (
        {"employment": "between"},
        "assist_others", "excluded", "between_employments", ["us/1"],
    ),
    "no employment on record": (
        {"employment": "none"},
        "assist_others", "excluded", "no_employment", ["us/1"],
    ),
    "nothing on record that tells an intern": (
        {"employment": "none", "worker_type": None, "country": None},
        "assist_others", "excluded", "unknown_fact", ["interns/1"],
    ),
    "leaver without a surviving clause": (
        {"left": day("2026-05-01")}, "assist_others", "excluded", "separated", ["us/1"],
    ),
    "leaver on the use date": (
        {"left": day("2026-06-30")}, "assist_others", "excluded", "separated", ["us/1"],
    ),
    "leaves after the use date": (
        {"left": day("2026-07-01")}, "assist_others", "identified", "permitted", ["us/1"],
    ),
    "leaver with a surviving clause": (
        {"person": "lea", "left": day("2025-11-14")},
        "assist_others", "identified", "permitted", ["leaver/1"],
    ),
    "surviving clause is for code only": (
        {"person": "lea", "left": day("2025-11-14"), "class": "process"},
        "assist_others", "excluded", "separated", ["us/1"],
    ),
    "rejoiner, first employment": (
        {"person": "gwen"}, "assist_others", "identified", "permitted", ["us/1"],
    ),
    "objection to everything": (
        {"person": "olga"}, "assist_others", "excluded", "objected", ["us/1"],
    ),
    "objection by class, that class": (
        {"person": "rex", "class": "process"}, "assist_others", "excluded", "objected", ["us/1"],
    ),
    "objection by class, other class": (
        {"person": "rex"}, "assist_others", "identified", "permitted", ["us/1"],
    ),
    "objection by purpose, other purpose": (
        {"person": "rex", "class": "process"}, "repair", "identified", "permitted", ["us/1"],
    ),
    "objector's public work": (
        {"person": "olga"} | OSS, "assist_others", "excluded", "objected", ["public/1"],
    ),
    "withdrawn on the use date": (
        {"person": "wim"}, "assist_others", "excluded", "withdrawn", [],
    ),
    "restricted purpose and a star": (
        {"person": "gwen"}, "role_replication", "excluded", "restricted_purpose", [],
    ),
    "restricted purpose permitted by name": (
        {}, "external_product", "identified", "permitted", ["product/1"],
    ),
    "restricted purpose permitted to another": (
        {"person": "gwen"}, "external_product", "excluded", "restricted_purpose", [],
    ),
    "restricted purpose forbidden": (
        {}, "performance_evaluation", "excluded", "forbidden", ["us/2"],
    ),
    "customer NDA": (
        {"owner": "customer", "customer": "northwind"},
        "assist_others", "excluded", "forbidden", ["northwind/1"],
    ),
    "customer NDA, bot": (
        OUT | {"population": "bot", "owner": "customer", "customer": "northwind"},
        "assist_others", "excluded", "forbidden", ["northwind/1"],
    ),
    "expired customer NDA, nothing permits": (
        {"owner": "customer", "customer": "southsea", "person": "gwen", "country": "FR"},
        "assist_others", "excluded", "customer_work", [],
    ),
    "expired customer NDA, permit does not name customers": (
        CONTRACTOR | {"owner": "customer", "customer": "southsea"},
        "assist_others", "excluded", "customer_work", ["contractors/1"],
    ),
    "customer that permits": (
        {"owner": "customer", "customer": "eastern"},
        "assist_others", "identified", "permitted", ["eastern/1"],
    ),
    "expired agreement": (
        {"class": "design"}, "assist_others", "excluded", "agreement_not_in_force", ["old-us/1"],
    ),
    "file under a foreign licence": (
        {"licence": "GPL-3.0-only", "licence_source": "file"},
        "assist_others", "excluded", "third_party", ["us/1"],
    ),
    "repository licence is no bar": (
        {"licence": "GPL-3.0-only", "licence_source": "repository"},
        "assist_others", "identified", "permitted", ["us/1"],
    ),
    "vendored code": (
        {"owner": "third-party"}, "repair", "excluded", "third_party", ["handbook/1"],
    ),
    "unknown person": (
        {"person": None, "population": "unknown", "employment": "none"},
        "assist_others", "excluded", "unknown_person", [],
    ),
    "roster without a person": (
        {"person": None}, "assist_others", "excluded", "unknown_person", [],
    ),
    "outsider in the employer's repository": (
        OUT, "assist_others", "excluded", "outsider", [],
    ),
    "outsider's public work": (
        OUT | OSS, "assist_others", "identified", "permitted", ["public/1"],
    ),
    "public work under a choice of licences": (
        OUT | OSS | {"licence": "GPL-3.0-only OR MIT"},
        "assist_others", "identified", "permitted", ["public/1"],
    ),
    "public work under both licences": (
        OUT | OSS | {"licence": "GPL-3.0-only AND MIT"},
        "assist_others", "excluded", "licence_not_permitted", ["public/1"],
    ),
    "public file under its own permitted licence": (
        OUT | OSS | {"licence": "PSF-2.0", "licence_source": "file"},
        "assist_others", "identified", "permitted", ["public/1"],
    ),
    "copyleft public work": (
        OUT | OSS | {"licence": "GPL-2.0-or-later"},
        "assist_others", "excluded", "licence_not_permitted", ["public/1"],
    ),
    "public work without a licence": (
        OUT | OSS | {"licence": None, "licence_source": None},
        "assist_others", "excluded", "licence_unknown", ["public/1"],
    ),
    "leaver's public work": (
        OSS | {"left": day("2025-01-01"), "employment": "after"},
        "assist_others", "identified", "permitted", ["public/1"],
    ),
    "bot with a clause": (
        OUT | {"population": "bot"}, "assist_others", "identified", "permitted", ["bots/1"],
    ),
    "bot without a clause": (
        OUT | {"population": "bot", "class": "process"}, "assist_others", "excluded", "bot", [],
    ),
    "bot is not anyone": (
        OUT | OSS | {"population": "bot", "class": "process"},
        "assist_others", "excluded", "bot", [],
    ),
    "AI account": (
        OUT | {"population": "ai", "authorship": "ai"},
        "assist_others", "excluded", "ai_authored", [],
    ),
    "AI authorship by a person": (
        {"class": "design", "country": "GB", "authorship": "ai"},
        "assist_others", "excluded", "ai_authored", ["human-design/1"],
    ),
    "unknown authorship": (
        {"class": "design", "country": "GB", "authorship": "unknown"},
        "assist_others", "excluded", "authorship_not_permitted", ["human-design/1"],
    ),
    "mixed authorship": (
        {"class": "design", "country": "GB", "authorship": "mixed"},
        "assist_others", "identified", "permitted", ["human-design/1"],
    ),
    "consent that names the person": (
        {"person": "carl", "class": "design", "country": "CA"},
        "assist_others", "identified", "permitted", ["consent/1"],
    ),
    "consent of a population": (
        {"class": "design", "country": "CA"},
        "assist_others", "excluded", "basis_not_in_force", ["consent/2"],
    ),
    "policy that names no notice": (
        {"worker_type": "temp"}, "repair", "excluded", "notice_missing", ["handbook/1"],
    ),
    "unknown class": ({"class": "email"}, "assist_others", "excluded", "unknown_fact", []),
    "unknown owner": ({"owner": "us"}, "assist_others", "excluded", "unknown_fact", []),
    "licence of unknown origin": (
        {"licence": "MIT"}, "assist_others", "excluded", "unknown_fact", [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name):
    given, purpose, outcome, reason, clauses = GOLDEN[name]
    row = fact(**given)
    (decision,) = decisions([row], purposes=[purpose])
    assert (decision["outcome"], decision["reason"], decision["clauses"]) == (
        outcome,
        reason,
        clauses,
    ), decision
    assert (decision["basis"] is None) == (outcome == "excluded")
    text = explain(decision, row, agreements=AGREEMENTS)
    assert REASONS[reason] in text
    assert all(f"Clause {clause} of" in text for clause in clauses)


def test_words_of_notices_and_counterfactuals():
    rows = [fact(), fact(person="nell"), fact(person="lars"), fact(person="olga")]
    rows += [fact(worker_type="intern"), fact(**(OUT | OSS)), fact(**CONTRACTOR, **EARLY)]
    rows += [fact(person="lea", left=day("2025-11-14"), country="FR")]
    found = decisions(rows)
    assert [each["notice"] for each in found] == [
        "ai@1 served 2024-09-01", None, None, None, None, "licence MIT (repository)", None,
        "ai@1 served 2024-09-01",
    ]  # fmt: skip
    assert [each["counterfactual"] for each in found] == [
        None,
        "would be included if notice ai had been served to them on or before 2026-06-30",
        "would be included if notice ai had been served to them on or before 2026-06-30",
        "would be included if objection obj-1 had not been made",
        None,
        None,
        "would be included if notice ai had been served to them before this was written",
        None,
    ]
    assert found[1]["missing"] == ["notice ai"]
    assert found[2]["missing"] == ["notice ai on or before 2026-06-30 (served 2026-07-04)"]


def test_a_signed_agreement_is_its_own_notice_and_says_so():
    row = fact(person="tess", employment="before", repository="tidepool")
    (decision,) = decisions([row])
    assert decision["notice"] == "agreement acquisition@1 effective 2024-01-01"


def test_agreements_permit_by_the_use_date():
    row = fact(**{"class": "design"})
    assert decisions([row], as_of=day("2026-06-29"))[0]["outcome"] == "identified"
    assert decisions([row], as_of=day("2026-06-30"))[0]["reason"] == "agreement_not_in_force"
    assert decisions([row], as_of=day("2023-12-31"))[0]["reason"] == "agreement_not_in_force"
    nda = fact(person="gwen", owner="customer", customer="southsea")
    assert decisions([nda], as_of=day("2025-12-31"))[0]["reason"] == "forbidden"


def test_every_purpose_and_row_answers_in_order():
    rows = [fact(contribution="a"), fact(contribution="b", person="nell")]
    found = decisions(rows, purposes=["repair", "assist_others", "repair"])
    assert [(each["purpose"], each["contribution"]) for each in found] == [
        ("repair", "a"), ("repair", "b"), ("assist_others", "a"), ("assist_others", "b"),
    ]  # fmt: skip
    assert decisions([]) == []
