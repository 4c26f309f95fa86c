"""What is asked of git for issues that commits closed."""

import datetime as dt
from typing import Any

import pyarrow as pa

from byline.work.issue_ranges import issue_ranges
from byline.work.items import ITEMS, PATCHSETS
from byline.work.schema import COMMITS

LINK = pa.schema(
    [(name, pa.string()) for name in ("item", "kind", "target", "evidence", "related",
                                      "related_commit", "related_repository")]
)  # fmt: skip
NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def an_item(item: str, key: str, kind: str = "issue", state: str = "closed") -> dict[str, Any]:
    return {
        "item": item, "source": "s", "system": "github", "kind": kind, "class": "process",
        "key": key, "aliases": [], "repository": "ledger", "title": "t", "state": state,
        "opened": NOW, "closed": NOW, "detail": "{}", "file": "f",
    }  # fmt: skip


def a_commit(oid: str, *parents: str, closes: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "repository": "ledger", "commit": oid, "parents": list(parents), "author_name": "Ann",
        "author_email": "ann@x", "author_time": NOW, "committer_name": "Ann",
        "committer_email": "ann@x", "commit_time": NOW, "message": "m", "trailers": [],
        "changes": [], "kind": "ordinary", "renames": [],
        "relations": [{"kind": "issue", "target": one, "evidence": "closes"} for one in closes],
    }  # fmt: skip


def a_link(item: str, *, related: str | None = None, commit: str | None = None) -> dict[str, Any]:
    return {
        "item": item, "kind": "closes", "target": "t", "evidence": "e", "related": related,
        "related_commit": commit, "related_repository": "ledger" if commit else None,
    }  # fmt: skip


def ranges(items: list[Any], links: list[Any], commits: list[Any], heads: tuple[str, ...] = ()):
    patchsets = [{"item": "r", "number": n, "head": head} for n, head in enumerate(heads, 1)]
    found = issue_ranges(
        pa.Table.from_pylist(items, schema=ITEMS),
        pa.Table.from_pylist(links, schema=LINK),
        pa.Table.from_pylist(commits, schema=COMMITS),
        pa.Table.from_pylist(patchsets, schema=PATCHSETS),
    )
    return [(row["work_item"], row["old_commit"], row["new_commit"]) for row in found.to_pylist()]


HISTORY = [a_commit("a"), a_commit("b", "a"), a_commit("c", "b"), a_commit("d", "c")]
ISSUE = an_item("i", "github:acme/ledger#12")


def test_a_chain_of_commits_is_asked_from_before_its_first_to_its_last() -> None:
    links = [a_link("i", commit="c"), a_link("i", commit="b")]
    assert ranges([ISSUE], links, HISTORY) == [("i", "a", "c")]
    assert ranges([ISSUE], links[::-1], HISTORY[::-1]) == [("i", "a", "c")]


def test_commits_with_others_between_them_are_not_one_change() -> None:
    assert ranges([ISSUE], [a_link("i", commit="b"), a_link("i", commit="d")], HISTORY) == []


def test_a_root_commit_has_nothing_before_it() -> None:
    assert ranges([ISSUE], [a_link("i", commit="a")], HISTORY) == []


def test_a_merged_review_answers_for_the_issue_and_an_abandoned_one_does_not() -> None:
    links = [a_link("i", commit="b"), a_link("r", related="i")]
    merged = an_item("r", "github:acme/ledger#13", "review", "merged")
    assert ranges([ISSUE, merged], links, HISTORY) == []
    abandoned = {**merged, "state": "closed"}
    assert ranges([ISSUE, abandoned], links, HISTORY) == [("i", "a", "b")]


def test_a_message_closes_by_number_by_project_and_by_ticket() -> None:
    jira = an_item("j", "jira:PAY-7")
    commits = [a_commit("a"), a_commit("b", "a", closes=("#12",)),
               a_commit("c", "b", closes=("PAY-7",))]  # fmt: skip
    assert ranges([ISSUE, jira], [], commits) == [("i", "a", "b"), ("j", "b", "c")]
    commits = [a_commit("a"), a_commit("b", "a", closes=("acme/ledger#12",))]
    assert ranges([ISSUE], [], commits) == [("i", "a", "b")]
    assert ranges([ISSUE], [], [a_commit("a"), a_commit("b", "a", closes=("#13",))]) == []


def test_a_number_that_two_issues_bear_is_neither() -> None:
    other = an_item("o", "gitlab:acme/ledger#12")
    commits = [a_commit("a"), a_commit("b", "a", closes=("#12",))]
    assert ranges([ISSUE, other], [], commits) == []


def test_a_patchset_belongs_to_its_review_and_an_unknown_commit_to_nobody() -> None:
    assert ranges([ISSUE], [a_link("i", commit="b")], HISTORY, heads=("b",)) == []
    assert ranges([ISSUE], [a_link("i", commit="unknown")], HISTORY) == []
