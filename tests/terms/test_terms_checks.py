"""Checks of terms, licence expressions, gaps, and tables of facts that are not FACTS."""

import datetime as dt

import pyarrow as pa
import pytest
from terms_company import (
    AGREEMENTS,
    AS_OF,
    NOTICES,
    agreement,
    day,
    decisions,
    fact,
    forbid,
    permit,
    require,
    table,
)

from byline.errors import InputError, UsageError
from byline.people.roster import Employment, Person
from byline.terms import licences
from byline.terms.agreement_files import load_pack
from byline.terms.checks import check_terms
from byline.terms.coverage import coverage
from byline.terms.decide import decide
from byline.terms.explain import explain, gaps, unserved_notices
from byline.terms.reach_checks import clauses_about_nobody, coverage_problems
from byline.terms.schema import DECISIONS

PERMISSIVE = frozenset({"MIT", "Apache-2.0"})
COPYLEFT = frozenset({"GPL-3.0-only"})


@pytest.mark.parametrize(
    ("expression", "permitted", "caught"),
    [
        ("MIT", True, False),
        ("mit", True, False),
        ("GPL-3.0-only", False, True),
        ("GPL-3.0", False, True),
        ("MIT OR GPL-3.0-only", True, False),
        ("MIT AND GPL-3.0-only", False, True),
        ("(MIT OR ISC) AND Apache-2.0", True, False),
        ("Apache-2.0 WITH LLVM-exception", True, False),
        ("GPL-3.0-only WITH GCC-exception-3.1", False, True),
        ("LicenseRef-ours", False, False),
        ("LicenseRef-MIT-TC", False, False),
        ("MIT WITH GPL-3.0-only", False, True),
        ("MIT GPL-3.0-only", False, True),
        ("( and MIT GPL-3.0-only", False, True),
        ("MIT OR", False, False),
        ("GPL-3.0-only AND", False, True),
        ("", False, False),
        ("(" * 600 + "MIT" + ")" * 600, False, False),
    ],
)
def test_licence_expressions(expression, permitted, caught):
    assert licences.satisfies(expression, PERMISSIVE) == permitted
    assert licences.is_caught(expression, COPYLEFT) == caught


def person(identity, country, *, unit="", region="", end=None):
    employment = Employment("employee", country, unit, day("2020-01-01"), end, region=region)
    return Person(identity, identity.title(), (f"{identity}@ours.example",), (employment,))


def problems(*agreements, **keys):
    found = check_terms(agreements, notices=keys.pop("notices", NOTICES), **keys)
    unread = {"unreviewed", "unpinned"}
    return {(each.code, each.about) for each in found if each.code not in unread}


def test_sound_terms_have_no_errors():
    found = check_terms(AGREEMENTS, notices=NOTICES, as_of=AS_OF)
    assert [(each.severity, each.code, each.about) for each in found] == [
        ("error", "no_notice", ("handbook/1",)),
        ("warning", "expired", ("old-us",)),
        ("warning", "expired", ("southsea",)),
        ("warning", "unreviewed", tuple(each.id for each in AGREEMENTS)),
        ("information", "signed_notice", ("acquisition/1",)),
        ("information", "unpinned", tuple(each.id for each in AGREEMENTS)),
    ]


def test_contradictions_are_found_and_overlaps_are_not():
    us = {"countries": ["US"]}
    narrow = agreement("a", permit("a/1", who=us), permit("a/2"))
    wide = agreement("b", forbid("b/1", who={"countries": ["US", "DE"]}, classes=["*"]))
    assert problems(narrow, wide) == {("contradiction", ("a/1", "b/1"))}
    assert problems(narrow, agreement("c", forbid("c/1", who={"units": ["Web"]}))) == set()
    gone = agreement("d", forbid("d/1", who=us), expires="2025-01-01")
    assert problems(narrow, gone, as_of=AS_OF) == {("expired", ("d",))}


@pytest.mark.parametrize(
    ("who", "where", "keys"),
    [
        ({"population": ["bot"], "countries": ["US"]}, {}, {}),
        ({"population": ["bot"], "people": ["ann"]}, {}, {}),
        ({}, {"owners": ["employer"], "customers": ["northwind"]}, {}),
        ({"countries": ["DE"], "regions": ["US-CA"]}, {}, {}),
        ({}, {}, {"effective": day("2025-01-01"), "expires": day("2025-06-01")}),
    ],
)
def test_clauses_that_never_apply(who, where, keys):
    assert ("never_applies", ("a/1",)) in problems(
        agreement("a", permit("a/1", who=who, where=where, **keys), expires="2024-12-31")
    )


def test_a_requirement_that_a_permit_can_never_meet_contradicts_it():
    us = {"countries": ["US"]}
    permits = agreement(
        "a", permit("a/1", who={"regions": ["US-CA"]}), permit("a/2", who=us, lane="anonymous")
    )
    basis = require("r/1", who=us, classes=["*"], purposes=["*"], basis="consent")
    lane = require("r/2", who=us, classes=["*"], purposes=["*"], lane="anonymous")
    assert problems(permits, agreement("r", lane)) == {("contradiction", ("a/1", "r/2"))}
    assert problems(permits, agreement("r", basis)) == {
        ("contradiction", ("a/1", "r/1")),
        ("contradiction", ("a/2", "r/1")),
    }
    german = require("r/1", who={"countries": ["DE"]}, classes=["*"], lane="anonymous")
    assert problems(permits, agreement("r", german)) == set()


def test_a_permit_without_a_notice_is_no_fault_if_another_clause_asks_for_one():
    silent = agreement("a", permit("a/1", needs_notice=""), kind="policy")
    asks = agreement("r", require("r/1", classes=["*"], purposes=["*"], needs_notice="ai"))
    assert problems(silent) == {("no_notice", ("a/1",))}
    assert problems(silent, asks) == set()


def test_what_is_always_superseded_is_told():
    handbook = agreement("h", permit("h/1"), permit("h/2", classes=["design"]), kind="policy")
    union = agreement("u", permit("u/1", classes=["code", "process"]))
    over = union.model_copy(update={"supersedes": ("kind:policy", "gone", "kind:polici")})
    assert problems(handbook, over) == {
        ("superseded", ("h/1", "u/1")),
        ("supersedes_unknown", ("u",)),
    }
    assert problems(handbook, union) == set()


@pytest.mark.parametrize(
    ("kind", "clause", "found"),
    [
        ("statute", forbid("a/1"), {"no_source", "no_jurisdiction", "no_place"}),
        ("nda", permit("a/1"), {"kind_effect"}),
        ("open-source-licence", permit("a/1"), {"kind_basis", "kind_scope"}),
        ("contractor", permit("a/1"), {"kind_scope"}),
        ("customer-nda", forbid("a/1"), {"kind_scope"}),
        ("separation", permit("a/1"), {"kind_scope", "never_applies"}),
        ("policy", permit("a/1", survives_separation=True), {"kind_scope"}),
        ("employment", permit("a/1", who={"population": ["anyone"]}), {"kind_scope"}),
        ("works-agreement", permit("a/1"), {"kind_scope"}),
        ("employment", permit("a/1"), set()),
    ],
)
def test_each_kind_is_checked_as_what_it_is(kind, clause, found):
    assert {code for code, _ in problems(agreement("a", clause, kind=kind))} == found


def test_dates_that_run_out_and_reviews_are_told():
    soon = agreement("s", permit("s/1", expires=day("2026-07-31")), expires="2030-01-01")
    gone = agreement("g", forbid("g/1", expires=day("2026-06-30")))
    assert problems(soon, gone, as_of=AS_OF) == {
        ("expires_soon", ("s/1",)),
        ("expired", ("g/1",)),
    }
    read = soon.model_copy(update={"reviewed_by": "counsel"})
    (first, *_) = [p for p in check_terms([read, gone], notices=()) if p.code == "unreviewed"]
    assert first.about == ("g",)
    assert "1 of 2 clauses" in first.message


PEOPLE = (
    person("ann", "US", unit="Web", region="US-CA"),
    person("nell", "US", unit="Web", region="US-CA"),
    person("dora", "DE", unit="Sea"),
    person("gone", "FR", end=day("2025-01-01")),
    person("kim", "JP"),
)


def test_coverage_counts_people_and_names_nobody():
    terms = {
        "agreements": AGREEMENTS, "notices": NOTICES, "assessments": (),
        "purposes": ["repair", "assist_others"], "as_of": AS_OF,
    }  # fmt: skip
    rows = coverage(PEOPLE, **terms)
    assert len(rows) == 3 * 3 * 2
    assert all(
        row.permitted + row.no_permit + row.no_notice + row.otherwise == row.people for row in rows
    )
    cell = {(row.group.country, row.work_class, row.purpose): row for row in rows}
    us = cell["US", "code", "assist_others"]
    assert (us.people, us.permitted, us.no_notice) == (2, 1, 1)
    assert cell["US", "design", "assist_others"].permitted == 0
    assert cell["JP", "code", "repair"].no_permit == 1
    assert cell["DE", "design", "assist_others"].permitted == 1
    told = coverage_problems(rows)
    assert ("warning", "no_terms", ("employee, JP",)) in [each[:3] for each in told]
    (line,) = [each.message for each in told if each.code == "not_told"]
    assert line.startswith("1 person (employee, US-CA, Web): the notice was not served in time ")
    assert line.endswith("for code and process for repair, assist_others; serve it")
    assert not any(one.id in " ".join(each.message for each in told) for one in PEOPLE)
    assert coverage((), **terms) == ()


def test_coverage_is_what_decisions_say():
    needs = agreement("a", permit("a/1", needs_assessment="dpia", who={"countries": ["US"]}))
    rows = coverage(
        PEOPLE,
        agreements=[needs],
        notices=NOTICES,
        assessments=(),
        purposes=["assist_others"],
        as_of=AS_OF,
    )
    code = next(row for row in rows if (row.group.country, row.work_class) == ("US", "code"))
    assert (code.no_assessment, code.no_notice, code.permitted) == (2, 1, 0)


def test_clauses_about_nobody_on_the_roster_are_told():
    terms = agreement(
        "a",
        permit("a/1", who={"units": ["Web"], "countries": ["DE"]}),
        permit("a/2", who={"units": ["Sea"], "countries": ["DE"]}),
        forbid("a/3", who={"people": ["zoe"]}),
        forbid("a/4", who={"legal_entities": ["Tidepool"]}),
        permit("a/5", who={"legal_entities": ["Tidepool"]}),
        permit("a/6"),
    )
    found = clauses_about_nobody([terms], PEOPLE)
    assert [each.about for each in found] == [("a/1",), ("a/3",), ("a/5",)]


def test_templates_dates_and_unserved_notices_are_told():
    pack = load_pack("us-employer")
    assert problems(*pack) == {
        ("template", ("us-employer",)),
        ("notice_unserved", ("ai-training",)),
    }
    future = agreement("f", permit("f/1"), effective="2027-01-01")
    assert problems(future, as_of=AS_OF) == {("not_yet_effective", ("f",))}
    assert unserved_notices(AGREEMENTS, notices=()) == ("ai", "ai-eu")


def test_gaps_add_up():
    rows = [
        fact(contribution="a", lines=10),
        fact(contribution="b", person="nell", lines=5),
        fact(contribution="c", person="nils", lines=6),
        fact(contribution="d", person=None, population="unknown", employment="none", lines=40),
    ]
    facts = table(*rows)
    made = pa.Table.from_pylist(decisions(rows), schema=DECISIONS)
    unknown, notice = gaps(facts, made)
    assert (unknown.reason, unknown.people, unknown.lines) == ("unknown_person", 0, 40)
    assert (notice.reason, notice.missing) == ("notice_missing", "notice ai")
    assert (notice.contributions, notice.people, notice.lines) == (2, 2, 11)


def test_explain_quotes_the_clause():
    rows = [fact(), fact(person="nell"), fact(worker_type="intern")]
    told = [
        explain(decision, row, agreements=AGREEMENTS)
        for decision, row in zip(decisions(rows), rows, strict=True)
    ]
    assert "Clause us/1 of “Agreement us”, version 1, permit: “Words of us.”" in told[0]
    assert "Basis: agreement. Notice: ai@1 served 2024-09-01." in told[0]
    assert "Missing: notice ai." in told[1]
    assert "It would be included if notice ai had been served" in told[1]
    assert "a forbidding clause overrides every permit" in told[2]
    assert "not among those given" in explain(decisions(rows)[0], rows[0], agreements=())


def test_a_pack_decides_public_work_and_nothing_else():
    public = {"owner": "open-source", "licence": "BSD-3-Clause", "licence_source": "repository"}
    nobody = {"person": None, "population": "outsider", "employment": "none"}
    rows = [
        fact(**public, **nobody),
        fact(**public, **nobody, **{"class": "process"}),
        fact(**public, **nobody, **{"class": "design"}),
        fact(**{**public, "licence": "GPL-3.0-only"}, **nobody),
        fact(**public, **{**nobody, "population": "bot"}),
        fact(**public, **{**nobody, "population": "ai"}),
        fact(),
    ]
    terms = {"agreements": load_pack("open-source"), "notices": (), "objections": ()}
    found = decisions(rows, withdrawals=(), **terms)
    assert [each["reason"] for each in found] == [
        "permitted", "permitted", "outsider", "licence_not_permitted", "permitted", "ai_authored",
        "silence",
    ]  # fmt: skip
    (denied,) = decisions(rows[:1], purposes=["role_replication"], **terms)
    assert denied["clauses"] == ["open-source/no-replacement"]


def test_requirements_can_ask_for_a_notice_or_a_lane():
    notice = agreement("r", require("r/1", classes=["*"], purposes=["*"], needs_notice="works"))
    lane = agreement("l", require("l/1", classes=["*"], purposes=["*"], lane="anonymous"))
    (found,) = decisions([fact()], agreements=(*AGREEMENTS, notice))
    assert (found["reason"], found["clauses"]) == ("requirement_unmet", ["us/1", "r/1"])
    assert found["missing"] == ["notice works, required by clause r/1"]
    (found,) = decisions([fact()], agreements=(*AGREEMENTS, lane))
    assert found["missing"] == ["the anonymous lane, required by clause l/1"]


def test_facts_are_checked():
    given = {"agreements": (), "notices": (), "objections": (), "withdrawals": (), "as_of": AS_OF}
    facts = table(fact())
    with pytest.raises(InputError, match="lacks the columns left"):
        decide(facts.drop_columns(["left"]), purposes=["repair"], **given)
    empty = facts.set_column(2, pa.field("class", pa.string()), pa.array([None], pa.string()))
    with pytest.raises(InputError, match=r"not of the schema|has nulls"):
        decide(empty, purposes=["repair"], **given)
    text = facts.drop_columns(["authored"]).append_column("authored", pa.array(["yesterday"]))
    with pytest.raises(InputError, match="not of the schema"):
        decide(text, purposes=["repair"], **given)
    with pytest.raises(UsageError):
        decide(facts, purposes=["everything"], **given)
    extra = facts.append_column("commit", pa.array(["abc"]))
    assert decide(extra, purposes=["repair"], **given).schema == DECISIONS


def test_chunks_and_times_of_day_make_no_difference():
    hours = [
        fact(contribution=f"{each:%d%H}", person="cole", worker_type="contractor", authored=each)
        for each in (
            dt.datetime(2024, 8, 31, 23, 59, 59, tzinfo=dt.UTC),
            dt.datetime(2024, 9, 1, 23, 59, 59, tzinfo=dt.UTC),
            dt.datetime(2024, 9, 2, 0, 0, 0, tzinfo=dt.UTC),
        )
    ]
    expected = ["notice_late", "notice_late", "permitted"]
    assert [each["reason"] for each in decisions(hours)] == expected
    chunks = pa.concat_tables([table(row) for row in hours])
    found = decide(
        chunks,
        agreements=AGREEMENTS,
        notices=NOTICES,
        objections=(),
        withdrawals=(),
        purposes=["assist_others"],
        as_of=AS_OF,
    )
    assert found["reason"].to_pylist() == expected
