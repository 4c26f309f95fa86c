"""Bots and comments that only call one; people whose names look like it keep their say."""

from typing import Any

import pyarrow as pa
import pytest

from byline.corpus.bots import BOTS, bot_rule, bots, summons_rule, title_rule
from byline.people.accounts import Overrides
from byline.work.items import ITEMS, PARTS


@pytest.mark.parametrize(
    "login",
    ["dependabot[bot]", "renovate-bot", "acme-ci", "acme-linter", "acme-automation", "jenkins",
     "acme-jenkins", "k8s-ci-robot", "bors-servo", "ceph-test-runner", "travis-ci", "botmanager",
     "mergify", "DependaBot-Preview"],
)  # fmt: skip
def test_bots(login: str) -> None:
    assert bot_rule(login)


@pytest.mark.parametrize(
    "login", ["travis", "bjenkins", "abbott", "ada", "latest-news", "claude[bot]", "", None]
)
def test_people_and_agents_are_none(login: str | None) -> None:
    assert bot_rule(login) is None


def test_the_export_and_the_organisation_have_their_say() -> None:
    assert bot_rule("helper", origin="bot") == "the export says so"
    assert bot_rule("acme-ci", overrides=Overrides(not_bots=("acme-ci@*",))) is None
    assert bot_rule("helper", "Ada", "ada@x", overrides=Overrides(not_bots=("ada@x",))) is None
    assert bot_rule("release", overrides=Overrides(bots=("release@*",))) == "release@*"
    assert bot_rule("ada", "Release Bot", "noreply@acme.example")


@pytest.mark.parametrize(
    "text",
    ["/retest", "/lgtm\n/approve", "@dependabot rebase", "@acme-ci please build", "bors r+",
     "retest this please", "> quoted words\n/hold", "recheck", "jenkins, test this please",
     "/remove-lifecycle stale", "@helper run"],
)  # fmt: skip
def test_comments_that_only_call_a_bot(text: str) -> None:
    assert summons_rule(text, {"helper"})


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "> /retest", "/retest\nThis failed because of the clock.", "@ada please look",
     "/usr/lib is not on the path", "I will recheck the sums tomorrow", "/", "lgtm", "rebase it"],
)  # fmt: skip
def test_comments_that_say_something(text: str) -> None:
    assert summons_rule(text, {"helper"}) is None


def test_titles() -> None:
    assert title_rule("chore(deps): bump requests from 2.1 to 2.2") == "title: bump"
    assert title_rule("[deps] Bumps left-pad") == "title: bump"
    assert title_rule("Automerge of main into release") == "title: automerge"
    assert title_rule("Smooth the speed bump on first load") is None


def part(name: str, item: str, kind: str, account: str | None, text: str) -> dict[str, Any]:
    return {"part": name, "item": item, "number": int(name[1:]), "kind": kind, "native": name,
            "account": account, "text": text}  # fmt: skip


def an_item(item: str, title: str) -> dict[str, Any]:
    return {"item": item, "source": "s", "system": "github", "kind": "review", "class": "process",
            "key": item, "aliases": [], "title": title, "detail": "{}", "file": "f"}  # fmt: skip


def test_tables_say_which_items_and_parts_and_by_which_rule() -> None:
    items = [an_item("i1", "Bump x from 1 to 2"), an_item("i2", "Round"), an_item("i3", "Sync")]
    parts = [
        part("p0", "i1", "title", "ada", "Bump x from 1 to 2"),
        part("p1", "i2", "title", "ada", "Round"),
        part("p2", "i2", "comment", "helper-bot", "Coverage 98 %"),
        part("p3", "i2", "comment", "ben", "@helper-bot again"),
        part("p4", "i2", "comment", "ben", "Why not floor?"),
        part("p5", "i3", "title", "renovate[bot]", "Sync"),
        part("p6", "i2", "event", "helper-bot", "labelled"),
        part("p7", "i2", "comment", None, "/retest"),
    ]
    found = bots(
        pa.Table.from_pylist(items, schema=ITEMS), pa.Table.from_pylist(parts, schema=PARTS)
    )
    assert found.schema == BOTS
    rules = {(row["item"], row["part"]): row["rule"] for row in found.to_pylist()}
    assert rules == {
        ("i1", None): "bot.title", ("i2", "p2"): "bot.account", ("i2", "p3"): "bot.summoned",
        ("i2", "p6"): "bot.account", ("i2", "p7"): "bot.summoned", ("i3", None): "bot.account",
        ("i3", "p5"): "bot.account",
    }  # fmt: skip
    again = bots(
        pa.Table.from_pylist(items[::-1], schema=ITEMS),
        pa.Table.from_pylist(parts[::-1], schema=PARTS),
    )
    assert again.equals(found)
