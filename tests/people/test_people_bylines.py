"""Accounts that are not people, and who a commit names."""

import datetime as dt

import pyarrow as pa
import pytest

from byline.people.accounts import population
from byline.people.bylines import BYLINES, Directory, bylines
from byline.people.mailmap import parse_mailmap
from byline.people.roster import Employment, Person
from byline.work.schema import COMMITS

DAY = dt.date(2020, 1, 1)
ADA = Person(
    "ada", "Ada", ("ada@corp.example",), (Employment("employee", "DE", "core", DAY, None),)
)
BO = Person(
    "bo",
    "Bo",
    ("bo@corp.example",),
    (Employment("contractor", "FR", "web", DAY, dt.date(2021, 1, 1)),),
)
KNOWN = Directory(people=(ADA, BO), bots=("*@builds.corp.example",))

AI = [
    ("Claude", "noreply@anthropic.com"), ("Claude Code", "x@corp.example"),
    ("Copilot", "198982749+Copilot@users.noreply.github.com"), ("GitHub Copilot", ""),
    ("Cursor Agent", "cursoragent@cursor.com"), ("aider (gpt-5)", "ada@corp2.example"),
    ("devin-ai-integration[bot]", "158243242+devin-ai-integration[bot]@users.noreply.github.com"),
    ("google-labs-jules[bot]", "161369871+google-labs-jules[bot]@users.noreply.github.com"),
    ("openhands", "openhands@all-hands.dev"), ("Codex", "CODEX@OpenAI.com"),
]  # fmt: skip
BOTS = [
    ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
    ("Renovate Bot", "bot@renovateapp.com"), ("github-actions[bot]", "x@y"), ("release-bot", "a@b"),
    ("Jenkins", "ci@corp.example"), ("Jenkins CI", "x@y"), ("Dependabot Preview", "x@y"),
    ("Builds", "nightly@builds.corp.example"), ("pre-commit-ci[bot]", "66853113+x@y"),
    ("GitHub", "action@github.com"), ("Weblate", "hosted@weblate.example"),
]  # fmt: skip
PEOPLE = [
    ("Claude Dupont", "claude.dupont@corp.example"), ("Claude", "claude@corp.example"),
    ("Devin Smith", "devin@corp.example"), ("Jules Verne", "jules@corp.example"),
    ("Jenkins Okafor", "okafor@corp.example"), ("Talbot", "talbot@corp.example"),
    ("Robot Jones", "jones@corp.example"), ("Abbott", "abbot@corp.example"),
    ("Bors Vanek", "vanek@corp.example"), ("Mercy Botha", "botha@corp.example"),
    ("Codexia Lee", "lee@corp.example"), ("Travis Cinnamon", "travis@corp.example"),
    ("Amelia Copilot-Ward", "award@corp.example"), ("Gemini Rossi", "gemini@corp.example"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "email", "kind"),
    [*((*a, "ai") for a in AI), *((*b, "bot") for b in BOTS), *((*p, None) for p in PEOPLE)],
)
def test_accounts_are_known_and_people_are_not_taken_for_them(name, email, kind):
    assert population(name, email, bots=KNOWN.bots) == kind


def commit(name, email, *trailers, day="2020-06-01"):
    moment = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    return {
        "repository": "r", "commit": "c", "parents": [], "author_name": name, "author_email": email,
        "author_time": moment, "committer_name": name, "committer_email": email,
        "commit_time": moment, "message": "m", "changes": [],
        "trailers": [{"key": key, "value": value} for key, value in trailers],
    }  # fmt: skip


def rows(*commits, directory=KNOWN):
    table = bylines(pa.Table.from_pylist(list(commits), schema=COMMITS), directory=directory)
    assert table.schema.equals(BYLINES)
    return table.to_pylist()


def facts(found):
    return [(row["role"], row["person"], row["population"], row["authorship"]) for row in found]


CO = "Co-authored-by"


def test_an_author_is_joined_to_the_employment_of_that_day():
    found = rows(
        commit("Bo", "BO@corp.example"), commit("Bo", "bo@corp.example", day="2022-01-01"),
        commit("Bo", "bo@corp.example", day="2019-01-01"),
    )  # fmt: skip
    assert [(row["person"], row["employment"], row["worker_type"]) for row in found] == [
        ("bo", "in_force", "contractor"), ("bo", "after", "contractor"), ("bo", "before", "contractor"),
    ]  # fmt: skip
    assert {row["left"] for row in found} == {dt.date(2021, 1, 1)}


def test_co_authors_outsiders_and_unknown_identities_each_have_a_row():
    found = rows(
        commit(
            "Ada", "ada@corp.example", (CO, "Bo <bo@corp.example>"), (CO.lower(), "Eve <eve@else.example>"),
            (CO, "Ghost <nowhere>"), (CO, "Phantom <>"), (CO, "No Address"), (CO, ""),
            ("Reviewed-by", "Zed <zed@else.example>"),
        )
    )  # fmt: skip
    assert facts(found) == [
        ("author", "ada", "roster", "unknown"), ("co-author", "bo", "roster", "unknown"),
        ("co-author", "email:eve@else.example", "outsider", "unknown"),
        ("co-author", None, "unknown", "unknown"), ("co-author", None, "unknown", "unknown"),
        ("co-author", None, "unknown", "unknown"),
    ]  # fmt: skip
    assert [row["name"] for row in found[3:]] == ["Ghost", "Phantom", "No Address"]
    assert found[2]["employment"] == "none"


def test_one_person_named_twice_has_one_row():
    again = (CO, "Ada L <ADA@corp.example>")
    ghost = (CO, "Ghost <nowhere>")
    assert len(rows(commit("Ada", "ada@corp.example", again, again))) == 1
    assert len(rows(commit("Ada", "ada@corp.example", ghost, ghost))) == 2


@pytest.mark.parametrize(
    ("author", "trailers", "authorship"),
    [
        (("Ada", "ada@corp.example"), [], "unknown"),
        (("Ada", "ada@corp.example"), [(CO, "Claude <noreply@anthropic.com>")], "mixed"),
        (("Ada", "ada@corp.example"), [(CO, "GitHub Copilot")], "mixed"),
        (("Ada", "ada@corp.example"), [("Assisted-by", "some model")], "mixed"),
        (("Ada", "ada@corp.example"), [(CO, "Claude Dupont <claude@corp.example>")], "unknown"),
        (("Ada", "ada@corp.example"), [(CO, "dependabot[bot] <x@y>")], "unknown"),
        (("Claude", "noreply@anthropic.com"), [], "ai"),
        (("Claude", "noreply@anthropic.com"), [(CO, "Ada <ada@corp.example>")], "mixed"),
        (("Claude", "noreply@anthropic.com"), [(CO, "Eve <e@else.example>")], "mixed"),
    ],
)
def test_authorship_is_never_assumed_to_be_human(author, trailers, authorship):
    found = rows(commit(*author, *trailers))
    assert {row["authorship"] for row in found} == {authorship}
    assert not [row for row in found if row["role"] == "co-author" and row["population"] == "ai"]


def test_the_roster_comes_before_the_lists_and_the_mailmap_before_the_roster():
    bot = Person("r2", "R2", ("bot@corp.example",), (Employment("employee", "DE", "u", DAY, None),))
    known = Directory(
        people=(ADA, bot), mailmap=parse_mailmap("<ada@corp.example> <a.l@home.example>\n")
    )
    found = rows(
        commit("R2", "bot@corp.example"), commit("al", "a.l@home.example"), directory=known
    )
    assert [row["person"] for row in found] == ["r2", "ada"]
    assert found[1]["email"] == "a.l@home.example"


def test_a_directory_is_known_by_its_content():
    assert KNOWN.digest == Directory(people=(ADA, BO), bots=KNOWN.bots).digest
    assert KNOWN.digest != Directory(people=(ADA,), bots=KNOWN.bots).digest
