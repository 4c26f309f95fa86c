"""Journeys with a fake GitLab and a fake Gerrit."""

import json

import pytest

from byline.errors import UsageError
from byline.fetch.fetching import fetch
from byline.work.issues.gitlab import read_gitlab_issues
from byline.work.items import Source
from fetch.fake_server import Reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
LAB = "/api/v4/projects/acme%2Fdeep%2Fweb"


def _run(server, clock, folder, system, project, **more):
    server.asked.clear()
    return fetch(
        system, server.base, project, into=folder, now=clock.now, sleep=clock.sleep, **more
    )


def _files(folder):
    return sorted(
        str(one.relative_to(folder))
        for one in folder.rglob("*")
        if one.is_file() and ".byline-fetch" not in one.parts
    )


@pytest.fixture
def lab(server):
    issue = {
        "iid": 7, "title": "Slow", "description": "", "author": {"username": "ada"}, "state": "opened",
        "created_at": "2024-02-01T08:00:00.000Z", "updated_at": "2024-02-01T09:00:00.123Z",
        "web_url": "https://gitlab.example/acme/deep/web/-/issues/7",
    }  # fmt: skip
    job = {
        "id": 5,
        "status": "failed",
        "created_at": "2024-02-01T08:00:00.000Z",
        "finished_at": "2024-02-01T08:05:00.000Z",
    }
    later = {**job, "id": 6, "status": "running", "finished_at": None}
    request = {**issue, "iid": 3, "source_branch": "x"}
    server.answers |= {
        f"{LAB}/issues": [issue],
        f"{LAB}/issues/7": issue,
        f"{LAB}/issues/7/discussions": [{"id": "d", "notes": [{"id": 1, "body": "Why?"}]}],
        f"{LAB}/issues/7/resource_state_events": [],
        f"{LAB}/issues/7/resource_label_events": Reply({"message": "no"}, 403),
        f"{LAB}/merge_requests": [request],
        f"{LAB}/merge_requests/3": request,
        f"{LAB}/merge_requests/3/discussions": [],
        f"{LAB}/merge_requests/3/versions": [{"id": 11}, {"id": 12}],
        f"{LAB}/merge_requests/3/versions/11": {"id": 11, "diffs": []},
        f"{LAB}/merge_requests/3/versions/12": {"id": 12, "diffs": []},
        f"{LAB}/merge_requests/3/commits": [{"id": "c"}],
        f"{LAB}/jobs": lambda asked: [job] if "cursor" in asked.query else Reply(
            [later], headers={"Link": f'<{LAB}/jobs?cursor=6>; rel="next"'}),
        f"{LAB}/jobs/5": job,
        f"{LAB}/jobs/5/trace": b"boom\n",
    }  # fmt: skip
    return server


def test_gitlab_writes_its_layout(lab, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB", "glpat-secret")
    done = _run(lab, clock, tmp_path, "gitlab", "acme/deep/web", token_variable="LAB")
    assert done.complete
    assert {kind: counts.get("fetched") for kind, counts in done.counts.items()} == {
        "merge_requests": 1,
        "issues": 1,
        "jobs": 1,
    }
    assert _files(tmp_path) == [
        "acme/deep/web/issues/7.json", "acme/deep/web/jobs/5.json", "acme/deep/web/jobs/5.log",
        "acme/deep/web/merge_requests/3.json",
    ]  # fmt: skip
    held = json.loads((tmp_path / "acme/deep/web/merge_requests/3.json").read_text())
    assert [one["id"] for one in held["versions"]] == [11, 12]
    assert held["approvals"] == {}
    assert {one.headers["private-token"] for one in lab.asked} == {"glpat-secret"}
    [read] = [one for one in read_gitlab_issues(Source("e", "gitlab", tmp_path)) if one.key]
    assert [one.text for one in read.parts if one.kind == "comment"] == ["Why?"]


def test_gitlab_fetches_nothing_twice(lab, clock, tmp_path):
    _run(lab, clock, tmp_path, "gitlab", "acme/deep/web")
    second = _run(lab, clock, tmp_path, "gitlab", "acme/deep/web")
    assert second.complete
    assert second.files == 0
    assert {path for path in lab.paths() if path.count("/") > 5} == set()


MAGIC = b")]}'\n"


@pytest.fixture
def gerrit(server):
    changes = [
        {"_number": n, "project": "infra", "updated": f"2024-03-{n:02} 10:00:00.000000000"}
        for n in (9, 8, 7)
    ]

    def listed(asked):
        start = int(asked.query["S"])
        shown = [dict(one) for one in changes[start : start + 2]]
        if start + 2 < len(changes):
            shown[-1]["_more_changes"] = True
        return MAGIC + json.dumps(shown).encode()

    for prefix in ("", "/a"):
        server.answers[f"{prefix}/changes/"] = listed
        for one in changes:
            there = f"{prefix}/changes/infra~{one['_number']}"
            server.answers[f"{there}/detail"] = MAGIC + json.dumps(one).encode()
            server.answers[f"{there}/comments"] = MAGIC + b"{}"
    server.changes = changes
    return server


def test_gerrit_writes_changes_and_comments_as_sent(gerrit, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("REVIEW", "ada:http-password")
    done = _run(gerrit, clock, tmp_path, "gerrit", "infra", token_variable="REVIEW")
    assert done.counts["changes"] == {"fetched": 3}
    assert _files(tmp_path) == [
        f"infra/{what}/{n}.json" for what in ("changes", "comments") for n in (7, 8, 9)
    ]
    assert (tmp_path / "infra/changes/7.json").read_bytes().startswith(MAGIC)
    assert all(one.path.startswith("/a/changes/") for one in gerrit.asked)
    assert {one.headers["authorization"][:6] for one in gerrit.asked} == {"Basic "}
    assert [one.query["S"] for one in gerrit.asked if one.path == "/a/changes/"] == ["0", "2"]


def test_gerrit_asks_after_what_it_knows(gerrit, clock, tmp_path):
    _run(gerrit, clock, tmp_path, "gerrit", "infra")
    gerrit.changes.insert(0, {**gerrit.changes.pop(), "updated": "2024-03-20 10:00:00.000000000"})
    gerrit.answers["/changes/infra~7/detail"] = MAGIC + json.dumps(gerrit.changes[0]).encode()
    del gerrit.changes[2:]
    done = _run(gerrit, clock, tmp_path, "gerrit", "infra")
    assert done.counts["changes"] == {"fetched": 1, "unchanged": 1}
    assert 'after:"2024-03-09 09:59:59 +0000"' in gerrit.asked[0].query["q"]


def test_gerrit_has_no_public_server(tmp_path):
    with pytest.raises(UsageError, match="no public server"):
        fetch("gerrit", None, "infra", into=tmp_path)
