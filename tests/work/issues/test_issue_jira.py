"""Jira's issues: REST with changelog and ADF, version 2, CSV, and hostile ones."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from byline.work.issues.adf import adf_text
from byline.work.issues.jira import jira_issue as parse
from byline.work.issues.jira import read_jira_issues
from byline.work.items import Source, tables_of
from work.issues.issue_exports import adf, history, jira_issue, jira_person, written

PROJECTS = {"PROJ": "ledger-core"}


def _read(folder, *issues, **answer):
    files = {"search.json": {"issues": list(issues), **answer}}
    return list(read_jira_issues(written(folder, files, system="jira", repositories=PROJECTS)))


def _reasons(read):
    return [one.reason for each in read for one in each.problems]


def test_an_issue_has_its_facts(tmp_path):
    severe = jira_issue(customfield_7={"value": "S2"})
    [read] = _read(tmp_path, severe, names={"customfield_7": "Severity"})
    assert (read.key, read.kind, read.repository) == ("jira:PROJ-12", "issue", "ledger-core")
    assert read.opened == dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC)
    assert read.closed == dt.datetime(2024, 5, 3, 10, tzinfo=dt.UTC)
    assert read.detail == {
        "number": 12, "project": "PROJ", "type": "bug", "priority": "High", "severity": "S2",
        "labels": ["export"], "milestone": "2.1", "reopened": 0, "resolution": "Fixed",
        "assignees": 1, "edited": None, "hindsight_description": False, "components": ["billing"],
    }  # fmt: skip
    assert [(one.target, one.evidence) for one in read.links] == [("jira:PROJ-3", "description")]


def test_the_changelog_tells_closings_reopenings_and_earlier_texts(tmp_path):
    changelog = [
        history("4", 8, "dee", ("description", "Since 2.0 it hangs.", "It hangs after PROJ-3.")),
        history("1", 2, "cy", ("status", "Open", "Done"), ("resolution", None, "Fixed")),
        history("2", 3, "cy", ("resolution", "Fixed", None), ("status", "Done", "Reopened")),
        history("3", 4, "bo", ("status", "Reopened", "Done"), ("assignee", "Ada", "Bo")),
        history("0", 1, "ada", ("summary", "Hangs", "Export hangs"), ("Key", "OLD-1", "PROJ-12")),
    ]
    [read] = _read(tmp_path, jira_issue(changelog=changelog))
    assert (read.detail["reopened"], read.detail["edited"]) == (1, 1)
    assert read.detail["hindsight_description"] is True
    assert list(read.aliases) == ["jira:OLD-1"]
    events = [one for one in read.parts if one.kind == "event"]
    earlier = {(one.state, one.text, one.account) for one in events if one.text}
    assert earlier == {
        ("description: earlier", "Since 2.0 it hangs.", "ada"),
        ("title: earlier", "Hangs", "ada"),
    }
    [description] = [one for one in read.parts if one.kind == "description"]
    assert description.detail == {"edited": "2024-05-08T09:00:00+00:00", "editors": ["dee"]}
    assert (description.account, description.name) == (None, None)  # of more than one person
    assert "assignee" in [one.state for one in events]  # and not who that is


def test_links_have_the_kind_that_their_words_say(tmp_path):
    def link(outward, inward, side, key):
        return {"type": {"outward": outward, "inward": inward}, side: {"key": key}}

    links = [
        link("duplicates", "is duplicated by", "outwardIssue", "PROJ-1"),
        link("duplicates", "is duplicated by", "inwardIssue", "PROJ-2"),
        link("causes", "is caused by", "inwardIssue", "OPS-4"),
        link("blocks", "is blocked by", "outwardIssue", "not a key"),
    ]
    issue = jira_issue(issuelinks=links, description=None, parent={"key": "PROJ-9"})
    issue["remotelinks"] = [{"object": {"url": "https://github.com/acme/ledger/pull/41"}}]
    [read] = _read(tmp_path, issue)
    assert [(one.kind, one.target) for one in read.links] == [
        ("duplicates", "jira:PROJ-1"), ("mentions", "jira:PROJ-2"), ("caused_by", "jira:OPS-4"),
        ("mentions", "jira:PROJ-9"), ("mentions", "github:acme/ledger#41"),
    ]  # fmt: skip


def test_comments_answer_each_other_and_missing_ones_are_told(tmp_path):
    first = {
        "id": "7",
        "author": jira_person("bo"),
        "body": adf("Which version?"),
        "created": "2024-05-01T11:00:00.000+0000",
    }
    wiki = "h2. wiki {code}x{code}"
    answer = {"id": "8", "parentId": 7, "author": None, "body": wiki, "created": "bad"}
    comments = [first, {**answer, "jsdPublic": False}]
    [read] = _read(tmp_path, jira_issue(comment={"comments": comments, "total": 5}))
    one, two = (part for part in read.parts if part.kind == "comment")
    assert (one.text, one.account, one.name) == ("Which version?", "bo", "Bo")
    assert (two.text, two.account, two.reply_to) == (wiki, None, "7")
    assert two.detail == {"internal": True}
    [problem] = read.problems
    assert problem.reason == "incomplete"
    assert problem.explanation == "2 of 5 comments are in the export"


def test_incidents_by_type(tmp_path):
    [read] = _read(tmp_path, jira_issue(issuetype={"name": "Incident"}))
    assert (read.kind, read.detail["detected"]) == ("incident", "2024-05-01T10:00:00+00:00")


def test_what_is_no_issue_is_a_problem(tmp_path):
    files = {
        "a.json": {"errorMessages": ["no"]},
        "b.json": {"issues": [{"key": "x"}, jira_issue()]},
    }
    read = list(read_jira_issues(written(tmp_path, files, system="jira")))
    assert _reasons(read) == ["not_an_issue", "no_key"]
    assert [one.key for one in read if one.key] == ["jira:PROJ-12"]


COLUMNS = (
    "Summary,Issue key,Issue Type,Status,Status Category,Priority,Resolution,Reporter,Reporter Id,"
    "Created,Resolved,Labels,Labels,Description,Outward issue link (Duplicate),"
    "Inward issue link (Causes),Comment,Comment"
)
CSV = f"""\ufeff{COLUMNS}
"Export, hangs",PROJ-12,Bug,Done,Done,High,Fixed,Ada,id-ada,01/Mai/24,03/May/24 10:00 AM,export,slow,"It hangs
with ""quotes"" and {{code}}x{{code}}",PROJ-1,OPS-4,02/May/24 9:15 AM;id-bo;Which version; exactly?,just words
broken,not a key,,,,,,,,,,,,,,,,
"""


def test_csv_with_repeated_columns(tmp_path):
    read = list(read_jira_issues(written(tmp_path, {"export.csv": CSV}, system="jira")))
    [issue] = [one for one in read if one.key]
    assert (issue.title, issue.state, issue.opened) == ("Export, hangs", "closed", None)
    assert issue.closed == dt.datetime(2024, 5, 3, 10, tzinfo=dt.UTC)
    assert issue.detail["labels"] == ["export", "slow"]
    assert [(one.kind, one.account, one.text) for one in issue.parts] == [
        ("title", "id-ada", "Export, hangs"),
        ("description", "id-ada", 'It hangs\nwith "quotes" and {code}x{code}'),
        ("comment", "id-bo", "Which version; exactly?"),
        ("comment", None, "just words"),
    ]
    assert {(one.kind, one.target) for one in issue.links} == {
        ("duplicates", "jira:PROJ-1"),
        ("caused_by", "jira:OPS-4"),
    }
    assert _reasons(read) == ["unknown_date", "no_key"]


def test_broken_csv_costs_the_rest_of_that_file_only(tmp_path):
    files = {
        "a.csv": 'Issue key;Summary\nPROJ-1;One\nPROJ-2;"Tw"o\nPROJ-3;Three\n',
        "b.csv": "x,y\n1,2\n",
        "c.csv": "Issue key\tSummary\nPROJ-4\tFour\n",
    }
    read = list(read_jira_issues(written(tmp_path, files, system="jira")))
    assert [one.key for one in read if one.key] == ["jira:PROJ-1", "jira:PROJ-4"]
    assert _reasons(read) == ["malformed", "not_an_issue"]


def _text(value, *marks):
    return {"type": "text", "text": value, "marks": list(marks)}


def _node(kind, *content, **attributes):
    return {"type": kind, "attrs": attributes, "content": list(content)}


def test_adf_keeps_code_lists_quotes_and_links():
    link = {"type": "link", "attrs": {"href": "https://x.example"}}
    steps = _node(
        "orderedList",
        _node("listItem", _node("paragraph", _text("run "), _text("make", {"type": "code"}))),
        _node("listItem", _node("paragraph", _text("see"), _node("hardBreak"), _text("log", link))),
    )
    cells = [
        _node(kind, _node("paragraph", _text(kind[5]))) for kind in ("tableHeader", "tableCell")
    ]
    inline = [
        _node("mention", id="7", text="@Ada"),
        _text(" on "),
        _node("date", timestamp="1714521600000"),
        _node("emoji", shortName=":ok:"),
    ]
    document = _node(
        "doc",
        _node("heading", _text("Steps"), level=2),
        steps,
        _node("codeBlock", _text("a = 1\nb = 2"), language="python"),
        _node("blockquote", _node("paragraph", _text("one")), _node("paragraph", _text("two"))),
        _node("table", _node("tableRow", *cells)),
        _node("paragraph", *inline),
        _node("unheard", _text("kept")),
    )
    assert adf_text(document) == (
        "Steps\n\n1. run `make`\n2. see\n  log (https://x.example)\n\n"
        "```python\na = 1\nb = 2\n```\n\n> one\n> \n> two\n\nH | C\n\n@Ada on 2024-05-01:ok:\n\nkept"
    )


def test_adf_of_any_depth_ends():
    node = _text("deep")
    for _ in range(3000):
        node = _node("blockquote", node)
    assert adf_text(_node("doc", node, _text("flat"))).endswith("flat")


NAMES = [
    "type",
    "content",
    "attrs",
    "text",
    "marks",
    "histories",
    "items",
    "field",
    "comments",
    "fromString",
    "toString",
    "author",
    "created",
    "body",
    "id",
    "key",
    "name",
    "status",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=25,
)
FIELDS = ["status", "labels", "issuelinks", "fixVersions", "reporter", "parent"]


@given(JSON, JSON, JSON, st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_gives_rows(description, comment, changelog, more):
    issue = jira_issue(description=description, comment=comment, **more)
    issue["changelog"] = changelog
    source = Source("export", "jira", __file__)
    tables = tables_of(source, parse(issue, source=source, file="x.json"))
    assert tables.items.num_rows == 1
