"""Runs after the first: nothing new, one comment more, a withdrawal, a killed run, overrides."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from journeys.company import byline, copy_company, snapshot, texts
from journeys.process_world import Row, World

PULL = "exports/github/harbour/berth-planner/pulls/11.json"
SAID = "Please say in the docstring which clock the tide windows are counted by, zone and all."
KEPT = ("tables", "releases", "log")


def rows_of(release: Path) -> dict[str, Row]:
    files = sorted(release.glob("data/*.parquet"))
    return {row["id"]: row for file in files for row in pq.read_table(file).to_pylist()}


@pytest.fixture
def company(world: World, tmp_path: Path) -> Path:
    """A copy of the released company, with its workspace."""
    shutil.copytree(world.company, tmp_path / "company")
    return tmp_path / "company"


def test_a_second_run_does_nothing(world: World):
    workspace = world.company / "byline-workspace"
    before = {name: snapshot(workspace / name) for name in KEPT}
    again = byline("release", "--json", "-c", world.company)
    assert again.json["is_new"] is False
    assert again.json["release"] == world.result["release"]
    assert "nothing new" in again.err
    assert {name: snapshot(workspace / name) for name in KEPT} == before


def test_one_comment_more_changes_only_its_own_work(world: World, company: Path):
    file = company / PULL
    told = json.loads(file.read_text())
    one = dict(told["issue_comments"][0]) if told["issue_comments"] else dict(told["comments"][0])
    # What the capture manifest declares of such a comment, and no more.
    kept = ("author_association", "updated_at")
    one = {name: one[name] for name in kept if name in one}
    one |= {"id": 1999999999, "body": SAID, "created_at": told["pull"]["merged_at"],
            "user": told["pull"]["user"]}  # fmt: skip
    told["issue_comments"].append(one)
    file.write_text(json.dumps(told))
    made = byline("release", "--json", "-c", company).json
    assert made["is_new"]
    assert made["release"] != world.result["release"]
    old = {row["id"]: row for row in world.rows}
    new = rows_of(Path(made["directory"]))
    assert any(SAID in row["record"] for row in new.values())
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert changed
    group = world.seen.groups[world.seen.items["github:harbour/berth-planner#11"]["item"]]
    foreign = {
        (new.get(name) or old[name])["recipe"]
        for name in changed
        if (new.get(name) or old[name])["split_keys"]["group"] != group
    }
    assert foreign == set()


def test_a_withdrawal_takes_all_of_a_persons_parts(world: World, company: Path):
    person = "ha-118"
    theirs = accounts(company, person)
    mine = [
        part["text"].strip()
        for parts in world.seen.parts.values()
        for part in parts
        if part["account"] in theirs and part["kind"] in ("inline", "comment", "review")
    ]
    told = "\n".join(texts(world.release))
    inside = [text for text in mine if len(text) > 40 and text in told]
    assert len(inside) >= 5
    said = byline("withdraw", person, "--json", "-c", company).json
    affected = [one["release"] for one in said["affected"]["releases"]]
    assert world.result["release"] in affected
    made = byline("release", "--json", "-c", company).json
    told = "\n".join(texts(Path(made["directory"])))
    assert [text for text in inside if text in told] == []


def accounts(company: Path, person: str) -> set[str]:
    [row] = [
        one
        for one in (company / "people/roster.csv").read_text().splitlines()
        if one.startswith(f"{person},")
    ]
    return set(re.findall(r"github:([\w-]+)", row))


def test_a_run_killed_twice_ends_in_the_release_of_an_undisturbed_one(world: World, tmp_path: Path):
    company = copy_company(world.company, tmp_path / "company")
    for at in ("sources", "candidates"):
        killed(company, at)
        assert not list(company.glob("byline-workspace/releases/rel_*"))
    made = byline("release", "--json", "-c", company).json
    assert made["release"] == world.result["release"]


def killed(company: Path, at: str) -> None:
    """Run, and kill the run with all its workers as soon as it writes tables of a kind."""
    running = subprocess.Popen(
        [sys.executable, "-m", "byline", "release", "-c", company],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    tables = company / "byline-workspace" / "tables"
    while running.poll() is None and not any((tables / at).rglob("*.parquet")):
        time.sleep(0.02)
    assert running.poll() is None
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def test_explain_tells_of_an_example_an_item_and_a_commit(world: World):
    row = next(one for one in world.rows if one["recipe"] == "review_revision")
    of_example = byline("release", "--explain", row["id"], "-c", world.company).out
    assert row["id"] in of_example
    assert "included in" in of_example
    assert "addressed" in of_example
    key = "github:harbour/berth-planner#7"
    told = byline("release", "--explain", key, "--json", "-c", world.company).json
    assert told["schema"] == "byline/explain/1"
    found = told["opportunities"]
    assert {one["key"] for one in found} == {key}
    assert {one["outcome"] for one in found} == {"left_out"}
    assert all(one["reason"].startswith("terms: ") and one["meaning"] for one in found)
    assert any(one["verdicts"] for one in found)
    [commit] = {one["item"].split(":")[2]
                for one in world.key["recipes"]["commit_edit"]["declined"]
                if one["reason"] == "terms"}  # fmt: skip
    found = [one.as_json() for one in world.seen.explained(commit)]
    assert {one["reason"] for one in found if one["recipe"] == "commit_edit"} == {"terms: silence"}
    assert any(one["verdicts"] for one in found)


def test_explain_of_an_unknown_name_fails_and_says_what_to_give(world: World):
    refused = byline("release", "--explain", "ex_ffff", "-c", world.company, check=1)
    assert "no recipe saw anything named 'ex_ffff'" in refused.err
    assert "ex_…" in refused.err
    assert refused.out == ""


def test_collect_lists_what_could_not_be_read(world: World):
    told = byline("collect", "--problems", "--json", "-c", world.company).json
    by_source = {one["source"]: one for one in told["sources"]}
    assert set(by_source) == {"github", "gerrit", "jira", "pilotage-checks", "traces"}
    rows = by_source["traces"]["problem_rows"]
    assert {row["file"] for row in rows} >= {"scratch.cast", "unreviewed.traj"}
    assert sum(by_source["traces"]["problems"].values()) == len(rows)


class Tags(HTMLParser):
    """The tags of a page, which must close as they open."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_examples_can_be_read_beside_their_sources(world: World):
    told = byline("release", "--browse", "--json", "-c", world.company).json
    folder = Path(told["browse"]).parent
    pages = sorted(folder.glob("*.html"))
    assert {page.stem for page in pages} == {"index", *world.result["manifest"]["recipes"]}
    for page in pages:
        tags = Tags()
        tags.feed(page.read_text())
        tags.close()
        assert tags.open == []
        assert "script" not in tags.seen
        assert not any(name.startswith("on") for name in tags.attributes)
    page = (folder / "review_revision.html").read_text()
    first = min(row["id"] for row in world.rows if row["recipe"] == "review_revision")
    assert first in page
    assert page.count("not found in this workspace") < page.count("github:harbour")


def with_overrides(company: Path, *lines: str) -> None:
    (company / "overrides.csv").write_text(
        "\n".join(["example,rule,action,by,reason", *lines]) + "\n"
    )
    file = company / "byline.toml"
    text = file.read_text()
    if "overrides" not in text:
        file.write_text(text.replace("[release]\n", '[release]\noverrides = "overrides.csv"\n'))


def test_overrides_set_a_rule_aside_or_an_example(world: World, company: Path):
    put_aside = next(one for one in world.rows if one["recipe"] == "review_revision")["id"]
    [held] = [
        row for row in world.seen.about("review_conversation", "github:harbour/berth-planner#12")
        if {one["value"] for one in row["labels"]} == {"review.outcome"}
    ]  # fmt: skip
    others = {
        recipe: next(one for one in world.rows if one["recipe"] == recipe)["id"]
        for recipe in ("commit_edit", "completion", "message")
    }
    with_overrides(
        company,
        f"{put_aside},,exclude,ha-101,wrong file",
        *(f"{name},,exclude,ha-101,not this one" for name in others.values()),
        f"{held['id']},review.outcome,keep,ha-101,a story worth telling",
    )
    made = byline("release", "--json", "-c", company).json
    rows = rows_of(Path(made["directory"]))
    assert put_aside not in rows
    assert rows.keys() & others.values() == set()
    assert held["id"] in rows
    [rule] = [one for one in rows[held["id"]]["decisions"] if one["rule"] == "review.outcome"]
    assert rule["keep"]
    told = byline("release", "--explain", put_aside, "--json", "-c", company).json
    [one] = told["opportunities"]
    assert one["outcome"] == "left_out"
    assert one["reason"] == "override: wrong file (by ha-101)"
    account = made["manifest"]["account"]
    assert account["lines"]["override: not this one (by ha-101)"]
    assert account["commits"]["override: not this one (by ha-101)"]


def test_terms_cannot_be_overridden_and_a_wrong_line_is_named(company: Path):
    name = "ex_" + "0" * 32
    with_overrides(
        company,
        f"{name},length,keep,ha-101,fine",
        f"{name},terms: objected,keep,ha-101,please",
    )
    refused = byline("release", "-c", company, check=2)
    assert "terms change by agreements" in refused.err
    assert re.search(r"overrides\.csv:3|line 3", refused.err)
