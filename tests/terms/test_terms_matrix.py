"""Every row of docs/terms-cases.md is decided as it says."""

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from terms_company import day, fact, table

from byline.terms.agreement_files import read_agreements
from byline.terms.assessments import Assessment
from byline.terms.decide import decide
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
from byline.terms.notices import Notice
from byline.terms.objections import Objection
from byline.terms.reasons import REASONS

TEXT = (Path(__file__).parents[2] / "docs" / "terms-cases.md").read_text(encoding="utf-8")
OUTCOMES = {
    "included": "identified", "without names": "pseudonymised-lane", "excluded": "excluded",
}  # fmt: skip
NOT_OF_THE_ROSTER = (
    "worker_type", "country", "region", "unit", "legal_entity", "collective_agreement",
)  # fmt: skip


def block(name):
    (text,) = re.findall(rf"```csv {name}\n(.*?)```", TEXT, re.DOTALL)
    rows = csv.DictReader(io.StringIO(text))
    return [{key: value or None for key, value in row.items()} for row in rows]


def cases():
    lines = [line for line in TEXT.splitlines() if re.match(r"\| [A-Z]\d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(text):
    return tuple(text.split()) if text else ()


def a_day(text):
    return day(text) if text else None


@pytest.fixture(scope="module")
def terms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agreements")
    for place, text in enumerate(re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)):
        (folder / f"{place}.toml").write_text(text, encoding="utf-8")
    return {
        "agreements": read_agreements([folder]),
        "notices": [Notice(**row | {"served": day(row["served"])}) for row in block("notices")],
        "objections": [
            Objection(
                id=row["id"],
                person=row["person"],
                received=day(row["received"]),
                classes=words(row["classes"]),
                purposes=words(row["purposes"]),
            )
            for row in block("objections")
        ],
        "events": [
            BasisEvent(
                id=str(place),
                person=row["person"],
                at=dt.datetime.fromisoformat(row["at"]),
                kind=row["kind"],
                classes=words(row["classes"]),
                purposes=words(row["purposes"]),
                by=row["by"],
                expires=a_day(row["expires"]),
            )
            for place, row in enumerate(block("events"))
        ],
        "assessments": [
            Assessment(
                id=row["id"],
                kind=row["kind"],
                sha256="0" * 64,
                completed=day(row["completed"]),
                expires=a_day(row["expires"]),
                classes=words(row["classes"]),
                purposes=words(row["purposes"]),
                signed_by=row["signed_by"] or "",
            )
            for row in block("assessments")
        ],
        "holds": [
            Hold(
                id=row["id"],
                matter=row["matter"],
                people=words(row["people"]),
                repositories=words(row["repositories"]),
                placed=day(row["placed"]),
                released=a_day(row["released"]),
            )
            for row in block("holds")
        ],
    }


PEOPLE = {row["person"]: row for row in block("people")}


def facts_of(text):
    """The row of facts that a case means, its use date, and whether proposed law counts."""
    given = dict(part.split("=", 1) for part in text.split(", "))
    use = day(given.pop("use", "2026-06-30"))
    proposed = given.pop("proposed", "no") == "yes"
    row = {**fact(repository="core"), **dict.fromkeys(NOT_OF_THE_ROSTER)}
    row |= PEOPLE.get(given["person"], {"person": None})
    row |= {key: value or None for key, value in given.items()}
    if "written" in row:
        row["authored"] = dt.datetime.combine(day(row.pop("written")), dt.time(9), dt.UTC)
    row["minor"] = {"yes": True, "no": False, None: None}[row["minor"]]
    row["left"] = a_day(row["left"])
    row["licence_source"] = row["licence_source"] or ("repository" if row["licence"] else None)
    return row, use, proposed


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[0])
def test_case(case, terms):
    _, _, given, purpose, outcome, reason, clauses = case
    row, use, proposed = facts_of(given)
    (found,) = decide(
        table(row), purposes=[purpose], as_of=use, proposed=proposed, withdrawals=[], **terms
    ).to_pylist()
    expected = (OUTCOMES[outcome], reason, clauses.split())
    assert (found["outcome"], found["reason"], found["clauses"]) == expected, found


def test_the_table_is_whole():
    """At least 80 cases, each with an id of its own, and every reason among them."""
    rows = cases()
    assert len(rows) >= 80
    assert len({row[0] for row in rows}) == len(rows)
    assert {row[5] for row in rows} == set(REASONS)
