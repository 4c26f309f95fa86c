"""What words in titles and descriptions say of other work."""

import pytest

from byline.work.issues.references import Home
from byline.work.reviews.links import Place, stated

FULL = "a" * 40
HOMES = {
    "github": Place(Home("github", "acme/ledger"), "core", "github:acme/ledger#9"),
    "gitlab": Place(
        Home("gitlab", "harbour/tools/berths"), "berths", "gitlab:harbour/tools/berths!9"
    ),
    "gerrit": Place(Home("gerrit", "pilotage"), None, "gerrit:pilotage~9"),
    "phabricator": Place(Home("phabricator"), None, "phabricator:D9"),
}


def said(system, text):
    return [(one.kind, one.target) for one in stated([("description", text)], HOMES[system])]


@pytest.mark.parametrize(
    ("system", "text", "expected"),
    [
        ("github", "Closes #10", [("closes", "github:acme/ledger#10")]),
        ("github", "CLOSES: #10", [("closes", "github:acme/ledger#10")]),
        ("github", "resolves octo-org/octo-repo#100", [("closes", "github:octo-org/octo-repo#100")]),
        ("github", "fixed https://github.com/acme/ledger/issues/8", [("fixes", "github:acme/ledger#8")]),
        ("github", "Fixes #1, #2", [("fixes", "github:acme/ledger#1"), ("mentions", "github:acme/ledger#2")]),
        ("github", "Fixes #1, fixes #2", [("fixes", "github:acme/ledger#1"), ("fixes", "github:acme/ledger#2")]),
        ("github", "Fixes PROJ-12", [("fixes", "jira:PROJ-12")]),
        ("github", "prefixes #1", [("mentions", "github:acme/ledger#1")]),
        ("github", "fixes the total", []),
        ("github", "fixes #9", []),
        ("github", "Encodes as UTF-8 by RFC-3629", []),
        ("github", "`fixes #1`\n```\nfixes #2\n```\n<!-- fixes #3 -->\n> fixes #4", []),
        ("github", "Reverts acme/ledger#12", [("reverts", "github:acme/ledger#12")]),
        ("github", f"This reverts commit {FULL}.", [("reverts", f"commit:core:{FULL}")]),
        ("github", f"(cherry picked from commit {FULL})", [("backports", f"commit:core:{FULL}")]),
        ("github", "Backport of #3", [("backports", "github:acme/ledger#3")]),
        ("github", "We will backport #3 later", [("mentions", "github:acme/ledger#3")]),
        ("github", "Supersedes #5. Depends on #6", [("supersedes", "github:acme/ledger#5"), ("follows", "github:acme/ledger#6")]),
        ("gitlab", "Closes #4, #5 and tools/planner#6", [
            ("closes", "gitlab:harbour/tools/berths#4"), ("closes", "gitlab:harbour/tools/berths#5"), ("closes", "gitlab:tools/planner#6")]),
        ("gitlab", "Fixing https://gitlab.example/harbour/tools/berths/-/issues/5", [("fixes", "gitlab:harbour/tools/berths#5")]),
        ("gitlab", "Reverts !3", [("reverts", "gitlab:harbour/tools/berths!3")]),
        ("gerrit", "Bug: PROJ-12, PROJ-13\nTest: unit", [("fixes", "jira:PROJ-12"), ("fixes", "jira:PROJ-13")]),
        ("gerrit", "Task: PROJ-12", [("closes", "jira:PROJ-12")]),
        ("gerrit", "Story: PROJ-12", [("mentions", "jira:PROJ-12")]),
        ("gerrit", "Closes-Bug: PROJ-12", [("closes", "jira:PROJ-12")]),
        ("gerrit", "See https://review.example/c/pilotage/+/4711", [("mentions", "gerrit:pilotage~4711")]),
        ("phabricator", "Fixes T4, T5. Ref D3", [("fixes", "phabricator:T4"), ("fixes", "phabricator:T5"), ("mentions", "phabricator:D3")]),
        ("phabricator", "Depends on D8", [("follows", "phabricator:D8")]),
        ("github", "Fixes T4", []),
    ],
)  # fmt: skip
def test_words_and_what_they_say(system, text, expected):
    assert sorted(said(system, text)) == sorted(expected)


def test_each_kind_and_target_once_with_its_evidence():
    found = stated(
        [("title", "Fix #4"), ("description", "Fixes #4\n\nfixes #4, see #4")], HOMES["github"]
    )
    assert [(one.kind, one.target, one.evidence) for one in found] == [
        ("fixes", "github:acme/ledger#4", "title")
    ]
