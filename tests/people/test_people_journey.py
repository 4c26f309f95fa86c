"""From a roster to decisions: each piece of work meets the employment it was written under."""

import datetime as dt
import re
from collections import Counter

import pytest

from journeys.company import byline
from simulators.repositories import repository

ROSTER = """id,name,emails,worker_type,country,unit,start,end,legal_entity,collective_agreement,separation_type,separation_batch,handles
re,Rejoiner,re@corp.example,employee,DE,core,2015-01-01,2016-12-31,Corp GmbH,CBA 1,layoff,2016-q4,
re,Rejoiner,re@corp.example,employee,DE,core,2018-01-01,2019-12-31,Corp GmbH,CBA 2,resignation,,
co,Converted,co@corp.example,contractor,DE,web,2017-01-01,2018-06-30,Agency AG,,transfer,,
co,Converted,co@corp.example,employee,DE,web,2018-07-01,,Corp GmbH,CBA 2,,,
ac,Acquired,ac@corp.example,employee,FR,lab,2016-01-01,2018-12-31,Startup SAS,Syntec,transfer,2018-acquisition,acq
ac,Acquired,ac@corp.example,employee,FR,lab,2019-01-01,,Corp GmbH,Syntec,,,
old,Old Owner,team@corp.example [..2017-12-31],employee,DE,core,2014-01-01,2017-12-31,Corp GmbH,,,,
new,New Owner,team@corp.example [2018-02-01..],employee,DE,core,2018-02-01,,Corp GmbH,,,,
"""
RULES = """[[rule]]
name = "startup"
address = "{handle}@startup.example"
until = 2018-12-31
"""
AGREEMENT = """
[agreement]
id = "terms"
title = "Terms"
kind = "employment"
version = "1"
effective = 2010-01-01
[[clause]]
id = "terms/1"
effect = "permit"
text = "Work of employees may be used after the notice was given."
classes = ["code", "process"]
purposes = ["assist_others"]
basis = "agreement"
needs_notice = "ai"
notice_before = "use"
survives_separation = true
[clause.who]
population = ["roster"]
worker_types = ["employee"]
"""
SETTINGS = """[workspace]
path = "workspace"
[[repositories]]
name = "core"
path = "core"
[people]
roster = "roster.csv"
rules = "rules.toml"
[terms]
agreements = ["agreement.toml"]
notices = "notices.csv"
[release]
as_of = 2026-01-01
"""
# Who wrote a line each, when; and what should be known of it.
WORK = [
    ("re@corp.example", "2014-06-01", "re", "before", "Corp GmbH"),
    ("re@corp.example", "2015-06-01", "re", "in_force", "Corp GmbH"),
    ("re@corp.example", "2017-06-01", "re", "between", "Corp GmbH"),
    ("re@corp.example", "2018-06-01", "re", "in_force", "Corp GmbH"),
    ("re@corp.example", "2020-06-01", "re", "after", "Corp GmbH"),
    ("co@corp.example", "2018-06-30", "co", "in_force", "Agency AG"),
    ("co@corp.example", "2018-07-01", "co", "in_force", "Corp GmbH"),
    ("acq@startup.example", "2018-12-31", "ac", "in_force", "Startup SAS"),
    ("acq@startup.example", "2019-06-01", None, "none", None),
    ("ac@corp.example", "2019-06-01", "ac", "in_force", "Corp GmbH"),
    ("team@corp.example", "2017-06-01", "old", "in_force", "Corp GmbH"),
    ("team@corp.example", "2018-01-15", None, "none", None),
    ("team@corp.example", "2018-06-01", "new", "in_force", "Corp GmbH"),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    made = repository(folder / "core")
    text, parents = b"", ()
    for number, (email, day, *_) in enumerate(WORK):
        text += b"value_%d = compute(%d)\n" % (number, number)
        noon = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
        tip = made.commit(
            {b"a.py": text}, parents=parents, name="N", email=email, time=int(noon.timestamp()),
            message=f"{number}\n",
        )  # fmt: skip
        parents = (tip,)
    made.point(tip)
    files = {"roster.csv": ROSTER, "rules.toml": RULES, "agreement.toml": AGREEMENT,
             "byline.toml": SETTINGS}  # fmt: skip
    people = {line.split(",")[0] for line in ROSTER.splitlines()[1:]}
    served = "".join(f"ai,1,{one},2025-01-01,mail,en\n" for one in sorted(people))
    files["notices.csv"] = f"notice,version,person,served,channel,language\n{served}"
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def test_people_say_under_which_employment_each_alias_worked(company):
    found = byline("people", "--json", "-c", company).json["aliases"]
    seen = Counter()
    for alias in found:
        for then in alias["employments"]:
            key = alias["email"], alias["person"], then["state"], then["legal_entity"]
            seen[key] += then["commits"]
    expected = Counter((email, *known) for email, _, *known in WORK)
    assert seen == expected
    by_state = {(a["person"], e["state"], e["collective_agreement"], e["separation_batch"])
                for a in found for e in a["employments"] if a["person"] == "re"}  # fmt: skip
    # Before: what is to come; between and after: what was last.
    assert by_state == {("re", "before", "CBA 1", "2016-q4"), ("re", "in_force", "CBA 1", "2016-q4"),
                        ("re", "between", "CBA 1", "2016-q4"), ("re", "in_force", "CBA 2", None),
                        ("re", "after", "CBA 2", None)}  # fmt: skip
    evidence = {(a["email"], a["person"]): a["identity_evidence"] for a in found}
    assert evidence["acq@startup.example", "ac"] == "rule startup"
    assert evidence["team@corp.example", None] == "nobody's on that day"


def test_decisions_follow_the_employment_of_that_day(company):
    shown = byline("terms", "explain", "core:a.py", "--json", "-c", company).json["decisions"]
    words = [one["explanation"] for one in shown]
    said = {re.search(r"by (.*), written (.*)\.", one).groups(): one.split(": ")[1].split("\n")[0]
            for one in words}  # fmt: skip
    yes = "An agreement in force permits this use, and its conditions are met."
    nobody = "It is not known who wrote this, so no agreement can be found for it."
    unknown = "an author of population 'unknown'"
    assert said == {
        ("re", "2014-06-01"): "This was written before the author's employment began.",
        ("re", "2015-06-01"): yes,
        ("re", "2017-06-01"): "This was written between two employments of the author.",
        ("re", "2018-06-01"): yes,
        ("re", "2020-06-01"): "This was written after the author's employment ended.",
        ("co", "2018-06-30"): "No agreement speaks about this work and this use, and silence is "
        "not permission.",  # a contractor's
        ("co", "2018-07-01"): yes,
        ("ac", "2018-12-31"): yes,
        (unknown, "2019-06-01"): nobody,
        ("ac", "2019-06-01"): yes,
        ("old", "2017-06-01"): yes,
        (unknown, "2018-01-15"): nobody,
        ("new", "2018-06-01"): yes,
    }
    counts = byline("decide", "--json", "-c", company).json["counts"]
    assert {"before_employment", "between_employments", "after_employment", "permitted"} <= set(
        counts
    )


def test_merges_are_checked_recorded_and_can_be_taken_back(company):
    def people(*arguments, check=0):
        return byline("people", *arguments, "--json", "-c", company, check=check)

    refused = people("--merge", "acq@startup.example=re", check=2)
    assert "the merge asked for: acq@startup.example is re here, and ac at" in refused.err
    assert "rules.toml:1" in refused.err
    refused = people("--merge", "7+x@home.example=nobody", check=2)
    assert "nobody is not in the roster" in refused.err
    first = people("--merge", "x@home.example=re", "--note", "asked", "--by", "eve", "--history")
    assert [one["entry"] for one in first.json["events"]] == [1]  # what was refused left nothing
    events = people(
        "--split", "x@home.example", "--merge", "x@home.example=co", "--by", "eve", "--history"
    ).json["events"]
    told = [
        (one["action"], one["person"], one["actor"], one["note"], one["holds"]) for one in events
    ]
    assert told == [
        ("merge", "re", "eve", "asked", False), ("split", "re", "eve", "", False),
        ("merge", "co", "eve", "", True),
    ]  # fmt: skip
    assert events[0]["recorded"] <= events[2]["recorded"]
    # A roster that now says otherwise stops everything, with both places, until it is taken back.
    roster = company / "roster.csv"
    roster.write_text(ROSTER.replace("ac@corp.example", "ac@corp.example;x@home.example", 1))
    failed = byline("release", "-c", company, check=2)
    assert "ledger entry 3: x@home.example is co here, and ac at" in failed.err
    assert "roster.csv:6" in failed.err
    assert not people("--split", "x@home.example", "--history").json["events"][2]["holds"]
    roster.write_text(ROSTER)
