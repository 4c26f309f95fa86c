"""Answers as GitHub gives them, whole, fetched and then read by every reader of GitHub's exports."""

import json
from pathlib import Path

import pytest

from byline.fetch.fetching import fetch
from byline.work.builds.github import read_github_builds
from byline.work.issues.github import read_github_issues
from byline.work.items import Source, tables_of
from byline.work.reviews.github import read_github
from fetch.fake_server import Reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
RECORDED = Path(__file__).parent / "answers" / "github.json"
HEADS = ["1" * 40, "2" * 40]


@pytest.fixture
def export(server, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("RECORDED_TOKEN", "secret")
    for path, answer in json.loads(RECORDED.read_text()).items():
        whole = path if path == "/graphql" else f"/api/v3{path}"
        whole = "/api/graphql" if path == "/graphql" else whole
        server.answers[whole] = Reply(answer.encode() if isinstance(answer, str) else answer)
    done = fetch(
        "github", f"{server.base}/api/v3", "acme/ledger", into=tmp_path, now=clock.now,
        sleep=clock.sleep, token_variable="RECORDED_TOKEN",
    )  # fmt: skip
    assert done.complete, done
    return Source("live", "github", tmp_path, {"acme/ledger": "ledger"}, "github.com")


def test_the_review_has_its_threads_votes_and_patchsets(export):
    [read] = read_github(export)
    assert (read.key, read.state, list(read.problems)) == ("github:acme/ledger#41", "merged", [])
    assert [one.head for one in read.patchsets] == HEADS
    inline = [one for one in read.parts if one.kind == "inline"]
    assert [(one.account, one.state, one.patchset) for one in inline] == [
        ("ada", "resolved", 1),
        ("bo", "resolved", 1),
    ]
    assert inline[1].reply_to == inline[0].native
    assert "approved" in [one.state for one in read.parts if one.kind == "review"]


def test_the_issue_knows_what_closed_it(export):
    [read] = read_github_issues(export)
    assert (read.key, read.state, list(read.problems)) == ("github:acme/ledger#40", "closed", [])
    assert {(one.kind, one.target) for one in read.links} >= {
        ("closes", "commit:ledger:" + "3" * 40),
        ("mentions", "github:acme/ledger#41"),
        ("mentions", "github:acme/ledger#12"),
    }


def test_the_build_has_its_log_and_what_it_ran_on(export):
    builds = [one for one in read_github_builds(export) if one.key]
    assert [one.state for one in builds] == ["failed"]
    assert ("ran_on", "commit:ledger:" + HEADS[1]) in {
        (one.kind, one.target) for one in builds[0].links
    }
    assert any("Decimal('0.09')" in one.text for one in builds[0].parts if one.kind == "log")


def test_all_of_it_makes_rows(export):
    for reader in (read_github, read_github_issues, read_github_builds):
        tables = tables_of(export, reader(export))
        assert tables.problems.num_rows == 0
        assert set(tables.parts["item"].to_pylist()) <= set(tables.items["item"].to_pylist())
