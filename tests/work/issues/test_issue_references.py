"""What a text says of other items."""

import pytest

from byline.work.issues.labels import facts_of
from byline.work.issues.references import Home, keys_in, references

GITHUB = Home("github", "acme/ledger")
GITLAB = Home("gitlab", "acme/deep/web")


@pytest.mark.parametrize(
    ("home", "text", "found"),
    [
        (GITHUB, "see #12.", [("mentions", "github:acme/ledger#12")]),
        (GITHUB, "(#12)", [("mentions", "github:acme/ledger#12")]),
        (GITHUB, "acme/other#8", [("mentions", "github:acme/other#8")]),
        (GITHUB, "Duplicate of #9", [("duplicates", "github:acme/ledger#9")]),
        (GITHUB, "a dupe of acme/other#9", [("duplicates", "github:acme/other#9")]),
        (GITHUB, "broken by #5, not #6", [("caused_by", "github:acme/ledger#5"), ("mentions", "github:acme/ledger#6")]),
        (GITHUB, "introduced in commit https://github.com/acme/ledger/commit/" + "a" * 40, [("caused_by", "commit::" + "a" * 40)]),
        (GITHUB, "C#7 and &#39; and #0 and ##5", [("mentions", "github:acme/ledger#5")]),
        (GITHUB, "!12 is GitLab's", []),
        (GITHUB, "`#3` and\n```\n#4\n```\nand\n~~~\n#5", []),
        (GITHUB, "https://github.com/acme/ledger/pull/41#discussion_r9", [("mentions", "github:acme/ledger#41")]),
        (GITHUB, "https://gitlab.com/acme/web/-/merge_requests/7", [("mentions", "gitlab:acme/web!7")]),
        (GITHUB, "https://gitlab.com/fdroid/data/issues/639", [("mentions", "gitlab:fdroid/data#639")]),
        (GITHUB, "https://review.acme.example/c/infra/dns/+/4711/3", [("mentions", "gerrit:infra/dns~4711")]),
        (GITHUB, "https://jira.acme.example/browse/PROJ-12?x=1", [("mentions", "jira:PROJ-12")]),
        (GITHUB, "PROJ-12, not RFC-2119, UTF-8 or proj-3", [("mentions", "jira:PROJ-12")]),
        (GITLAB, "see !12 and #3", [("mentions", "gitlab:acme/deep/web!12"), ("mentions", "gitlab:acme/deep/web#3")]),
        (GITLAB, "acme/deep/api!4", [("mentions", "gitlab:acme/deep/api!4")]),
        (Home("jira", "PROJ"), "#12 means nothing {code}PROJ-1{code} but PROJ-2", [("mentions", "jira:PROJ-2")]),
    ],
)  # fmt: skip
def test_references(home, text, found):
    assert list(references(text, home=home)) == found


def test_keys_alone():
    assert keys_in("OPS-4: follow-up of OPS-3 (ISO-8601)") == ["jira:OPS-4", "jira:OPS-3"]


@pytest.mark.parametrize(
    ("labels", "facts"),
    [
        (["type::bug", "priority::2"], ("bug", "2", None, None)),
        (["kind/feature", "P0", "area: billing"], ("feature", "0", None, "billing")),
        (["Severity: High", "enhancement"], ("feature", None, "High", None)),
        (["bug", "Incident", "sev1"], ("incident", None, "1", None)),
        (["good first issue", "s"], (None, None, None, None)),
    ],
)
def test_facts_of_labels(labels, facts):
    found = facts_of(labels)
    assert (found.type, found.priority, found.severity, found.service) == facts
