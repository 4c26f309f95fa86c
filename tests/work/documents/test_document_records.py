"""Decisions and postmortems in a repository: what they are, what says what, what they lead to."""

import json

import document_texts as written
from document_tables import FIRST, SECOND, TIMES, file, lines_at, one, read, texts

from byline.work.identifiers import line_list
from byline.work.items import Link, Source, item_of, tables_of


def test_madr_in_full():
    reading = one("docs/adr/0007-postgresql.md", written.MADR)
    detail = reading.detail
    assert (reading.kind, reading.state, detail["format"], detail["id"]) == (
        "decision", "accepted", "madr", 7,
    )  # fmt: skip
    assert detail["date"] == "2024-03-11"
    assert texts(reading, detail["context"]).startswith("The planner reads tide tables")
    assert texts(reading, detail["drivers"]) == "* No lost updates\n* Restores within an hour\n"
    names = [lines_at(reading, option["name"]) for option in detail["options"]]
    assert names == [["* PostgreSQL\n"], ["* SQLite on the share\n"], ["* A document store\n"]]
    assert detail["chosen"] == 0
    sqlite = detail["options"][1]
    assert texts(reading, sqlite["pros"]) == "* Good, because nothing must be installed anywhere\n"
    assert texts(reading, sqlite["cons"]).startswith("* Bad, because locks on network shares")
    assert len(detail["consequences"]["good"]) == 2
    assert texts(reading, detail["consequences"]["bad"]).endswith("a running server\n")
    assert texts(reading, detail["confirmation"]) == "The import runs twice in parallel in CI.\n"
    assert texts(reading, detail["deciders"]) == "decision-makers: Ada Quay, Bo Reef\n"


def test_nygard_with_a_status_that_adr_tools_left_double():
    reading = one("doc/adr/0002-files.md", written.NYGARD)
    assert (reading.state, reading.detail["format"]) == ("superseded", "nygard")
    assert reading.detail["date"] == "2022-05-02"
    assert texts(reading, reading.detail["outcome"]).startswith("We will keep")


def test_a_chain_of_supersession_is_linked_from_both_ends():
    third = written.MADR.replace(
        "ADR-0002](0002-files-on-the-share.md", "ADR-0007](0007-postgresql.md"
    )
    readings = {
        one.file: one
        for one in read(
            file("docs/adr/0002-files-on-the-share.md", written.NYGARD),
            file("docs/adr/0007-postgresql.md", written.MADR),
            file("docs/adr/0011-partitioned.md", third),
        )
    }
    key = "doc:tides:docs/adr/{}.md".format
    second = readings["docs/adr/0007-postgresql.md"]
    assert readings["docs/adr/0002-files-on-the-share.md"].detail["superseded_by"] == [
        key("0007-postgresql")
    ]
    assert second.detail["supersedes"] == [key("0002-files-on-the-share")]
    assert readings["docs/adr/0011-partitioned.md"].detail["supersedes"] == [key("0007-postgresql")]
    assert Link("supersedes", key("0002-files-on-the-share"), "status") in second.links


def test_superseded_by_a_number_leads_to_the_one_file_that_has_it():
    text = written.NYGARD.replace(
        "[7. Keep tide tables in PostgreSQL](0007-postgresql.md)", "ADR-7"
    )
    found = read(
        file("docs/adr/0002-files.md", text), file("docs/adr/0007-postgresql.md", written.MADR)
    )
    assert found[0].detail["superseded_by"] == ["doc:tides:docs/adr/0007-postgresql.md"]
    twice = read(
        file("docs/adr/0002-files.md", text), file("docs/adr/0007-a.md", written.MADR),
        file("docs/adr/0007-b.md", written.MADR),
    )  # fmt: skip
    assert twice[0].detail["superseded_by"] == [], "two files have the number: nobody can say"


def test_y_statement_is_one_sentence():
    reading = one("docs/decisions/queue.md", written.Y_STATEMENT)
    assert (reading.kind, reading.detail["format"]) == ("decision", "y-statement")
    said = "".join(lines_at(reading, reading.detail["statement"]))
    assert said.startswith("In the context of")
    assert said.endswith("may come twice.\n")


def test_a_proposal_in_restructuredtext_with_code_that_looks_like_a_heading():
    reading = one("rfcs/0012-pilots.rst", written.RFC_RST)
    assert (reading.kind, reading.state) == ("design", "proposed")
    roles = [part.detail["role"] for part in reading.parts]
    assert roles == [None, "summary", "context", "outcome", "options", "bad"]
    assert texts(reading, reading.detail["outcome"]).startswith("Sort arrivals")


def test_asciidoc_and_html():
    bus = one("adr/0003-bus.adoc", written.ASCIIDOC)
    assert (bus.kind, bus.state, len(bus.parts)) == ("decision", "accepted", 4)
    signed = one("docs/decisions/4-signed.html", written.HTML)
    assert (signed.kind, signed.state, signed.title) == (
        "decision", "accepted", "Use signed manifests",
    )  # fmt: skip
    assert (
        texts(signed, signed.detail["outcome"])
        == "<p>We will sign them with the agent's key.</p>\n"
    )


def test_postmortem_in_full():
    reading = one("docs/postmortems/2024-03-10-planner.md", written.POSTMORTEM,
                  projects=["github:acme/tides"])  # fmt: skip
    detail = reading.detail
    assert (reading.kind, reading.aliases) == ("incident", ("incident:INC-104",))
    assert (detail["severity"], detail["date"]) == ("sev1", "2024-03-10")
    assert (detail["detected"], detail["resolved"]) == ("2024-03-10T05:12Z", "2024-03-10T06:40Z")
    assert lines_at(reading, detail["service"]) == ["* Service: berth-planner\n"]
    assert [step["t"] for step in detail["timeline"]] == ["05:05", "05:12", "05:20", "05:48"]
    assert (
        lines_at(reading, detail["timeline"][2]["act"])[1]
        == "  and fails again after two minutes\n"
    )
    assert len(detail["action_items"]) == 2
    links = {(link.kind, link.target) for link in reading.links}
    assert ("caused_by", "github:acme/tides#38") in links
    assert ("mentions", "jira:PILOT-40") in links
    assert not any(target == "jira:SEV-1" for _, target in links)


def test_what_a_record_decides_is_linked():
    commit = FIRST[:9]
    text = written.MADR.replace("See #41 and PILOT-12.", (
        f"See https://github.com/acme/tides/pull/41, {commit}, acme/other#3,\n"
        "https://gitlab.example/harbour/tides/-/merge_requests/7 and\n"
        "https://review.example/c/harbour/pilotage/+/4711."
    ))  # fmt: skip
    found = read(file("docs/adr/0007-postgresql.md", text), file("src/tides/store.py", "x = 1\n"))
    assert {link.target for link in found[0].links if link.kind == "decides"} == {
        "github:acme/tides#41", f"commit:tides:{FIRST}", "github:acme/other#3",
        "gitlab:harbour/tides!7", "gerrit:harbour/pilotage~4711", "path:tides:src/tides/store.py",
    }  # fmt: skip


def test_a_link_that_leads_nowhere_is_no_number():
    text = written.NYGARD.replace("(0007-postgresql.md)", "(0007-example.md)")
    found = read(
        file("docs/adr/0002-files.md", text), file("docs/adr/0007-postgresql.md", written.MADR)
    )
    assert found[0].detail["superseded_by"] == []


def test_what_else_is_named():
    text = written.POSTMORTEM.replace("# INC-104: Berth", "# Berth").replace(
        "* Severity: SEV-1", "| Incident | HAR-2150 |\n| Severity | 2 |"
    ).replace("The spring tide tripled", "Since change 4131 and [the rule](../adr/0007-x.md) the tide tripled")  # fmt: skip
    found = read(
        file("docs/rca/spring.md", text), file("docs/adr/0007-x.md", written.MADR),
        projects=["gerrit:harbour/tides"],
    )  # fmt: skip
    told = found[1]
    assert (told.detail["id"], told.detail["severity"]) == ("HAR-2150", "sev2")
    assert told.aliases == ("incident:HAR-2150",)
    links = {(one.kind, one.target) for one in told.links}
    assert ("mentions", "gerrit:harbour/tides~4131") in links
    assert ("mentions", "doc:tides:docs/adr/0007-x.md") in links
    assert not any(target.startswith("gerrit:harbour/tides#") for _, target in links)


def test_an_index_links_nothing_together():
    index = "# Decisions\n\n* [seven](0007-x.md), #12\n"
    other = written.NYGARD.replace("by hand in", "by hand, see [7](0007-x.md), in")
    found = read(
        file("docs/adr/README.md", index), file("docs/adr/0007-x.md", written.MADR),
        file("docs/adr/0003-y.md", other), every_document=True, projects=["github:acme/tides"],
    )  # fmt: skip
    assert [(one.kind, list(one.links)) for one in found if "0007" not in one.file] == [
        ("decision", []), ("document", []),
    ]  # fmt: skip


def test_parts_are_the_files_own_lines_with_their_origins():
    for path, text in (("adr/1.md", written.MADR), ("adr/2.html", written.HTML)):
        reading = one(path, text)
        assert "".join(part.text for part in reading.parts) == text
        commits = []
        for part in reading.parts:
            lines = line_list(part.text)
            assert part.end - part.start + 1 == len(lines)
            assert part.origins[0]["start"] == 1
            assert sum(run["lines"] for run in part.origins) == len(lines)
            commits += [run["commit"] for run in part.origins for _ in range(run["lines"])]
        assert commits == [FIRST] * 3 + [SECOND] * (len(line_list(text)) - 3)
    assert reading.opened == TIMES[FIRST]
    assert reading.detail["latest"] == TIMES[SECOND].isoformat()


def test_details_hold_no_text():
    """Only the texts of parts are searched for secrets, so nothing else may hold any."""
    allowed = {"markdown", "madr", "accepted", "sev1", "2024-03-11", "2024-03-10"}
    for path, text in (("adr/7-x.md", written.MADR), ("postmortems/1.md", written.POSTMORTEM)):
        detail = one(path, text).detail
        for value in _strings(detail):
            spaced = value in allowed or value.startswith(
                ("passage-", "doc:", "2024-", "INC-", "0")
            )
            assert spaced, value


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def test_what_is_no_record_is_read_only_on_request():
    readme = file("README.md", "# Tides\n\n## Usage\n\nRun it.\n")
    index = file("docs/adr/README.md", "# Decisions\n\n* [one](0001-one.md)\n")
    assert read(readme, index) == []
    found = read(readme, index, every_document=True)
    assert [(one.kind, one.file) for one in found] == [
        ("document", "README.md"), ("document", "docs/adr/README.md"),
    ]  # fmt: skip


def test_a_template_has_no_status():
    text = written.MADR.replace('"accepted"', '"{proposed | rejected | accepted | superseded by}"')
    assert one("docs/adr/template.md", text).state is None


def test_readings_make_tables():
    readings = read(file("docs/adr/0007-x.md", written.MADR), file("rca/1.md", written.POSTMORTEM))
    tables = tables_of(Source("tides", "git", None), readings)
    assert tables.items.column("class").to_pylist() == ["design", "process"]
    assert tables.parts.num_rows == sum(len(one.parts) for one in readings)
    assert set(tables.parts.column("item").to_pylist()) == {item_of(one) for one in readings}
    assert json.loads(tables.items.column("detail")[0].as_py())["chosen"] == 0


PEP = """\
PEP: 345
Title: Tides in tables
Author: Ada Quay <ada@harbour.example>
Status: Final
Replaces: 12
Created: 11-Mar-2024

Abstract
========

One table of tides.

Motivation
==========

There were two.

Specification
=============

The table is one.

Rejected Ideas
==============

- Three tables
"""


def test_a_proposal_with_a_header():
    old = PEP.replace("PEP: 345", "PEP: 12").replace("Replaces: 12", "Superseded-By: 345")
    plain = file("requirements.txt", "pyarrow\n")
    found = read(
        file("peps/pep-0345.txt", PEP), file("peps/pep-0012.rst", old.replace("Final", "Superseded")),
        plain, every_document=True,
    )  # fmt: skip
    assert [(one.kind, one.state, one.detail["id"]) for one in found] == [
        ("design", "superseded", 12), ("design", "accepted", 345),
    ]  # fmt: skip
    assert lines_at(found[1], found[1].detail["title"]) == ["Title: Tides in tables\n"]
    assert found[1].detail["supersedes"] == ["doc:tides:peps/pep-0012.rst"]
    assert found[0].detail["superseded_by"] == ["doc:tides:peps/pep-0345.txt"]
