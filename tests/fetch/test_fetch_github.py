"""Journeys with a fake GitHub: a first run, an unchanged one, changes, a kill, and bad answers."""

import datetime as dt
import json

import pytest

from byline.errors import UsageError
from byline.fetch.errors import RefusalError, StoppedError
from byline.fetch.fetching import fetch
from byline.fetch.limits import Limits
from byline.work.issues.github import read_github_issues
from byline.work.items import Source
from fetch.fake_github import BASE, PROJECT, FakeGitHub
from fetch.fake_server import Drop, Reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
TOKEN = "ghp-a-secret-that-must-not-be-written"


@pytest.fixture
def github(server):
    return FakeGitHub(server)


@pytest.fixture
def run(github, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN_OF_TESTS", TOKEN)

    def once(*kinds, token: bool = True, **more):
        github.server.asked.clear()
        return fetch(
            "github", github.url, PROJECT, into=tmp_path, kinds=kinds, now=clock.now,
            sleep=clock.sleep, token_variable="TOKEN_OF_TESTS" if token else None, **more,
        )  # fmt: skip

    return once


def _held(tmp_path):
    return {
        str(one.relative_to(tmp_path)): one.read_bytes()
        for one in sorted(tmp_path.rglob("*"))
        if one.is_file() and ".byline-fetch" not in one.parts
    }


def test_a_first_run_writes_every_item_with_all_its_parts(github, run, tmp_path):
    github.put(1, 5)
    github.put(2, 3, pull=True)
    github.put_run(7, 4)
    done = run()
    assert done.complete
    assert {kind: counts["fetched"] for kind, counts in done.counts.items()} == {
        "pulls": 1,
        "issues": 1,
        "runs": 1,
    }
    held = _held(tmp_path)
    assert set(held) == {
        f"{PROJECT}/issues/1.json",
        f"{PROJECT}/pulls/2.json",
        f"{PROJECT}/runs/7.json",
        f"{PROJECT}/runs/7/70.log",
    }
    pull = json.loads(held[f"{PROJECT}/pulls/2.json"])
    assert list(pull) == [
        "pull",
        "reviews",
        "comments",
        "issue_comments",
        "commits",
        "files",
        "timeline",
        "threads",
    ]
    assert [one["id"] for one in pull["threads"]] == ["T2-1", "T2-2"]
    assert pull["files"] == [{"part": "files", "of": 2}]
    assert held[f"{PROJECT}/runs/7/70.log"] == b"log of 7\n"
    assert json.loads(held[f"{PROJECT}/runs/7.json"])["jobs"] == [{"id": 70, "status": "completed"}]


def test_what_is_fetched_is_what_the_reader_reads(github, run, tmp_path):
    github.put(1, 5)
    run("issues")
    [read] = read_github_issues(Source("export", "github", tmp_path, {PROJECT: "ledger"}))
    assert (read.key, read.repository, read.problems) == ("github:acme/ledger#1", "ledger", ())
    assert [one.kind for one in read.parts] == ["title", "description", "comment", "event"]


def test_an_unchanged_repository_costs_one_request_a_kind(github, run, tmp_path):
    for number in range(1, 8):
        github.put(number, number, pull=number % 2 == 0)
    first = run("issues", "pulls")
    assert sum(counts["fetched"] for counts in first.counts.values()) == 7
    before = _held(tmp_path)
    second = run("issues", "pulls")
    assert second.complete
    assert (second.files, second.requests) == (0, 2)
    assert {one.headers.get("if-none-match") is not None for one in github.server.asked} == {True}
    assert _held(tmp_path) == before


def test_only_what_changed_is_fetched_again(github, run):
    for number in range(1, 8):
        github.put(number, number)
    run("issues")
    github.put(3, 30)
    github.put(8, 31)
    counts = run("issues").counts["issues"]
    assert counts["fetched"] == 2
    details = {path for path in github.server.paths() if path[-1].isdigit()}
    assert details == {f"{BASE}/issues/3", f"{BASE}/issues/8"}


def test_many_items_of_one_second_are_all_found(github, run, tmp_path):
    for number in range(1, 10):
        github.put(number, 7 if number < 8 else 8)
    assert run("issues").counts["issues"]["fetched"] == 9
    assert len(_held(tmp_path)) == 9


def test_an_item_that_changes_while_the_list_is_read_hides_no_other(github, run, tmp_path):
    for number in range(1, 7):
        github.put(number, number)

    def move(asked):
        if asked.path == f"{BASE}/issues/1":  # what was first goes to the end of the list
            github.minutes[1] = 40

    github.server.before = move
    run("issues")
    assert len(_held(tmp_path)) == 6
    assert json.loads(_held(tmp_path)[f"{PROJECT}/issues/1.json"])["issue"]["updated_at"].endswith(
        "10:40:00Z"
    )


def test_a_killed_run_goes_on_where_it_was(github, run, tmp_path):
    for number in range(1, 8):
        github.put(number, number)

    class KilledError(Exception):
        pass

    def report(done, _total, _kind):
        if done == 4:
            raise KilledError

    with pytest.raises(KilledError):
        run("issues", progress=report)
    assert len(_held(tmp_path)) == 4
    [journal] = (tmp_path / ".byline-fetch").glob("*.journal")
    journal.write_text(journal.read_text() + '{"kind": "issues", "id": "5", "st')
    done = run("issues")
    assert done.counts["issues"]["fetched"] == 3
    assert f"{BASE}/issues/1" not in github.server.paths()
    assert len(_held(tmp_path)) == 7
    assert run("issues").requests == 1


def test_a_bounded_run_says_that_there_is_more(github, run, tmp_path):
    for number in range(1, 6):
        github.put(number, number)
    first = run("issues", limits=Limits(max_items=2))
    assert (first.complete, len(_held(tmp_path))) == (False, 2)
    run("issues", limits=Limits(max_items=2))
    assert run("issues").complete
    assert len(_held(tmp_path)) == 5


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"<html>busy</html>", "not_json"),
        (b"x" * 300_000, "too_large"),
        ({"number": 99, "comments": 0}, "unexpected"),
        (Reply(b"", 302, {"Location": "https://example.org/"}), "redirected_elsewhere"),
        (Reply({"message": "no"}, 403), "status_403"),
        ([1, 2], "unexpected"),
    ],
)
def test_a_bad_answer_costs_its_item_and_is_asked_again(github, run, tmp_path, answer, reason):
    for number in range(1, 4):
        github.put(number, number)
    good = github.server.answers[f"{BASE}/issues/2"]
    github.server.answers[f"{BASE}/issues/2"] = answer
    done = run("issues", limits=Limits(max_bytes=100_000))
    assert not done.complete
    assert [(one.item, one.reason) for one in done.failures] == [("2", reason)]
    assert len(_held(tmp_path)) == 2
    github.server.answers[f"{BASE}/issues/2"] = good
    again = run("issues")
    assert again.complete
    assert again.counts["issues"]["fetched"] == 1
    assert len(_held(tmp_path)) == 3


def test_what_is_gone_is_not_asked_for_again(github, run):
    github.put(1, 1)
    github.server.answers[f"{BASE}/issues/1"] = Reply({"message": "This issue was deleted"}, 410)
    done = run("issues")
    assert done.complete
    assert done.counts["issues"] == {"gone": 1}
    assert run("issues").requests == 1


def test_a_server_that_goes_away_stops_resumably(github, run):
    github.put(1, 1)
    github.put(2, 2)
    github.server.answers[f"{BASE}/issues/2/timeline"] = Drop
    with pytest.raises(StoppedError):
        run("issues")
    github.server.answers[f"{BASE}/issues/2/timeline"] = []
    assert run("issues").counts["issues"]["fetched"] == 1


def test_runs_are_fetched_when_they_are_over(github, run):
    github.put_run(1, 1)
    github.put_run(2, 2, status="in_progress")
    github.put_run(3, 3)
    counts = run("runs").counts["runs"]
    assert counts == {"fetched": 2, "pending": 1}
    github.put_run(2, 2)
    counts = run("runs").counts["runs"]
    assert (counts["fetched"], counts["unchanged"]) == (1, 2)


def test_since_leaves_older_items_out(github, run, tmp_path):
    for number in (1, 20, 30):
        github.put(number, number)
    run("issues", since=dt.datetime(2024, 5, 1, 10, 15, tzinfo=dt.UTC))
    assert list(_held(tmp_path)) == [f"{PROJECT}/issues/20.json", f"{PROJECT}/issues/30.json"]


def test_the_token_is_sent_and_never_written(github, run, tmp_path):
    github.put(2, 3, pull=True)
    run("pulls")
    assert {one.headers["authorization"] for one in github.server.asked} == {f"Bearer {TOKEN}"}
    assert not any(
        TOKEN.encode() in one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()
    )


def test_without_a_token_no_threads_are_asked_for(github, run, tmp_path):
    github.put(2, 3, pull=True)
    run("pulls", token=False)
    assert "threads" not in json.loads(_held(tmp_path)[f"{PROJECT}/pulls/2.json"])


@pytest.mark.parametrize(
    "project", ["../x", "a/../b", "acme", "a/b/c", "a b/c", "a/b?x", "./a", "é/a"]
)
def test_a_project_that_is_no_name_is_refused(tmp_path, project):
    with pytest.raises(UsageError):
        fetch("github", None, project, into=tmp_path)


def test_an_empty_variable_is_told_without_asking(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_TOKEN", raising=False)
    with pytest.raises(UsageError, match="NO_TOKEN holds no token"):
        fetch("github", None, PROJECT, into=tmp_path, token_variable="NO_TOKEN")


def test_a_refused_token_and_a_hidden_project_are_told(github, run):
    github.server.answers[f"{BASE}/issues"] = Reply({"message": "Bad credentials"}, 401)
    with pytest.raises(UsageError, match="does not accept the token"):
        run("issues")
    github.server.answers[f"{BASE}/issues"] = Reply({"message": "Not Found"}, 404)
    with pytest.raises(RefusalError, match="answered 404"):
        run("issues")


def test_a_list_that_is_refused_does_not_stop_the_others(github, run):
    github.put(1, 1)
    github.server.answers[f"{BASE}/actions/runs"] = Reply({"message": "Actions are off"}, 403)
    done = run("runs", "issues")
    assert not done.complete
    assert [(one.kind, one.item, one.reason) for one in done.failures] == [
        ("runs", "", "status_403")
    ]
    assert done.counts["issues"]["fetched"] == 1
