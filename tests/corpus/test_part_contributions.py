"""Who a part of a review, issue, document, build or trace belongs to, and whom nobody can name."""

import datetime as dt
from pathlib import Path

import pyarrow as pa

from byline.corpus.contributions import Ownership
from byline.corpus.ownership import Rule
from byline.corpus.part_contributions import part_contributions
from byline.people.bylines import BYLINES
from byline.people.identities import Directory
from byline.people.roster import Employment, Person
from byline.people.rows import Dated
from byline.people.voices import handle_address, voices
from byline.work.items import Part, Reading, Source, tables_of

THEN = dt.datetime(2024, 5, 1, 9, tzinfo=dt.UTC)
SOURCE = Source("forge", "github", Path())
ADA = Person(
    "p-1", "Ada Park", ("ada@corp.example",),
    (Employment("employee", "DE", "core", dt.date(2020, 1, 1), dt.date(2024, 12, 31)),),
    handles=(Dated("github:ada-p"), Dated("jira:5b10-77")),
)  # fmt: skip
DIRECTORY = Directory(people=(ADA,))


def read(*readings: Reading, source: Source = SOURCE):
    tables = tables_of(source, readings)
    spoken = voices(tables.items, tables.parts, directory=DIRECTORY, hosts={})
    return tables, spoken


def review(*parts: Part, repository: str | None = "web") -> Reading:
    return Reading(kind="review", key="github:acme/web#1", repository=repository, parts=parts)


def of(tables, spoken, *bylines: pa.Table, **owners: Ownership) -> list[dict]:
    owners = owners or {"web": Ownership("web", "employer", None, "MIT")}
    return part_contributions(
        tables.items, tables.parts, spoken, *bylines, ownership=owners
    ).to_pylist()


def test_an_account_is_the_handle_of_its_system_and_an_address_is_an_address():
    tables, spoken = read(
        review(
            Part("title", "t", "One", account="ada-p", time=THEN),
            Part("comment", "c", "Two\nlines", email="ADA@corp.example", time=THEN),
            Part("comment", "d", "x", account="stranger", time=THEN),
            Part("comment", "e", "x", account="stranger", email="ada@corp.example", time=THEN),
        )
    )
    rows = {row["part"]: row for row in spoken.to_pylist()}
    people = [rows[part]["person"] for part in tables.parts["part"].to_pylist()]
    assert people[0] == people[1] == people[3] == "p-1"
    assert people[2] != "p-1"
    assert rows[tables.parts["part"][2].as_py()]["population"] == "outsider"
    assert [row["lines"] for row in of(tables, spoken) if row["person"] == "p-1"].count(2) == 1


def test_an_account_of_another_system_is_not_the_same_person():
    jira = Source("tracker", "jira", Path())
    tables, spoken = read(
        Reading(kind="issue", key="jira:A-1", parts=[
            Part("title", "t", "x", account="5b10:77", time=THEN),
            Part("comment", "c", "x", account="ada-p", time=THEN),
        ]),
        source=jira,
    )  # fmt: skip
    assert [row["person"] == "p-1" for row in spoken.to_pylist()] == [True, False]
    assert handle_address("5b10:77", "jira") == "0-5b10-77@users.noreply.jira"
    assert tables.parts.num_rows == 2


def test_employment_is_that_of_the_day_of_the_comment():
    late = dt.datetime(2025, 2, 1, tzinfo=dt.UTC)
    _, spoken = read(
        review(
            Part("title", "t", "x", account="ada-p", time=THEN),
            Part("comment", "c", "x", account="ada-p", time=late),
            Part("comment", "d", "x", account="ada-p"),
        )
    )
    assert spoken["employment"].to_pylist() == ["in_force", "after", "before"]


def test_a_deleted_account_has_no_contribution_and_so_is_excluded():
    tables, spoken = read(review(Part("title", "t", "x", time=THEN)))
    assert spoken.num_rows == 0
    assert of(tables, spoken) == []


def test_what_the_export_marks_as_a_machines_is_a_machines():
    _, spoken = read(
        review(
            Part("title", "t", "x", account="dependency-thing", origin="bot", time=THEN),
            Part("comment", "c", "x", account="ada-p", origin="ai", time=THEN),
        )
    )
    assert spoken["population"].to_pylist() == ["bot", "ai"]
    assert spoken["authorship"].to_pylist() == ["unknown", "ai"]


def byline(commit: str, person: str) -> dict:
    row = dict.fromkeys(BYLINES.names)
    return {
        **row, "commit": commit, "name": "N", "email": f"{person}@corp.example", "role": "author",
        "person": person, "population": "roster", "identity_evidence": "", "employment": "in_force",
        "authored": THEN, "authorship": "unknown", "authorship_evidence": [],
    }  # fmt: skip


def test_a_log_belongs_to_the_authors_of_the_commit_it_ran_on():
    run = Reading(
        kind="build", key="build:ci:1", repository="web", detail={"commit": "c" * 40},
        parts=[Part("log", "l", "E  assert 1 == 2", origin="tool", time=THEN)],
    )  # fmt: skip
    tables, spoken = read(run)
    known = pa.Table.from_pylist([byline("c" * 40, "p-2")], schema=BYLINES)
    [row] = of(tables, spoken, known)
    assert (row["person"], row["commit"]) == ("p-2", tables.parts["part"][0].as_py())
    assert of(tables, spoken) == []


def test_the_output_in_a_trace_belongs_to_whoever_submitted_it():
    trace = Reading(
        kind="trace", key="trace:t:1", repository="web",
        parts=[
            Part("output", "o", "$", origin="tool", time=THEN),
            Part("command", "c", "make", account="ada-p", time=THEN),
        ],
    )  # fmt: skip
    rows = of(*read(trace))
    assert {row["person"] for row in rows} == {"p-1"}
    assert len(rows) == 2


def test_lines_of_a_passage_belong_to_the_commits_that_wrote_them():
    document = Reading(
        kind="decision", key="doc:web:a.md", repository="web",
        parts=[
            Part("passage", "0", "a\nb\nc\n", origins=[
                {"start": 1, "lines": 2, "commit": "a" * 40},
                {"start": 3, "lines": 1, "commit": "b" * 40},
            ])
        ],
    )  # fmt: skip
    tables, spoken = read(document, source=Source("web", "git", Path()))
    known = pa.Table.from_pylist([byline("a" * 40, "p-1"), byline("b" * 40, "p-2")], schema=BYLINES)
    rows = {row["person"]: row for row in of(tables, spoken, known)}
    assert (rows["p-1"]["lines"], rows["p-2"]["lines"]) == (2, 1)
    assert rows["p-1"]["class"] == "design"
    assert (rows["p-1"]["licence"], rows["p-1"]["licence_source"]) == ("MIT", "repository")


def test_whose_it_is_goes_by_the_repository_else_by_the_source_and_by_rules():
    parts = [Part("title", "t", "x", account="ada-p", time=THEN)]
    owners = {
        "web": Ownership("web", "customer", "acme", None),
        "forge": Ownership(
            "forge", "employer", None, None, (Rule("own-time", people=("p-1",), evidence="rule"),)
        ),
    }
    [inside] = of(*read(review(*parts)), **owners)
    [outside] = of(*read(review(*parts, repository=None)), **owners)
    assert (inside["owner"], inside["customer"]) == ("customer", "acme")
    assert (outside["owner"], outside["owner_evidence"]) == ("own-time", "rule")
    assert inside["licence"] is None
