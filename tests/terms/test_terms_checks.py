"""Checks of terms, licence expressions, gaps, and tables of facts that are not FACTS."""

import datetime as dt

import pyarrow as pa
import pytest
from terms_company import (
    AGREEMENTS,
    AS_OF,
    NOTICES,
    agreement,
    decisions,
    fact,
    forbid,
    permit,
    require,
    table,
)

from byline.errors import InputError, UsageError
from byline.terms import licences
from byline.terms.agreement_files import load_pack
from byline.terms.checks import check_terms
from byline.terms.decide import decide
from byline.terms.explain import explain, gaps, unserved_notices
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


def problems(*agreements, **keys):
    found = check_terms(agreements, notices=keys.pop("notices", NOTICES), **keys)
    return {(each.code, each.about) for each in found}


def test_sound_terms_have_no_errors():
    found = check_terms(AGREEMENTS, notices=NOTICES, as_of=AS_OF)
    assert [(each.severity, each.code, each.about) for each in found] == [
        ("error", "never_applies", ("consent/2",)),
        ("error", "no_notice", ("handbook/1",)),
        ("warning", "expired", ("old-us",)),
        ("warning", "expired", ("southsea",)),
        ("information", "signed_notice", ("acquisition/1",)),
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
        ({}, {}, {"basis": "consent"}),
    ],
)
def test_clauses_that_never_apply(who, where, keys):
    assert ("never_applies", ("a/1",)) in problems(
        agreement("a", permit("a/1", who=who, where=where, **keys))
    )


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
