"""`byline fetch` as its user runs it: a process of its own, killed in the middle, run again."""

import json
import os
import signal
import subprocess
import sys

import pytest

from fetch.fake_github import BASE, PROJECT, FakeGitHub
from fetch.fake_server import Reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
TOKEN = "a-secret-of-the-command"


def _command(github, folder, *more):
    words = ["fetch", "github", "--project", PROJECT, "--url", github.url, "--into", str(folder)]
    return [
        sys.executable,
        "-m",
        "byline",
        *words,
        "--token-variable",
        "CODE_TOKEN",
        "--json",
        *more,
    ]


def _run(github, folder, *more):
    return subprocess.run(
        _command(github, folder, *more), capture_output=True, text=True, check=False,
        env={**os.environ, "CODE_TOKEN": TOKEN},
    )  # fmt: skip


@pytest.fixture
def github(server):
    fake = FakeGitHub(server, per_page=3)
    for number in range(1, 9):
        fake.put(number, number, pull=number % 4 == 0)
    return fake


def test_a_process_that_is_killed_goes_on_and_loses_nothing(github, tmp_path):
    running = []

    def kill(asked):
        if asked.path == f"{BASE}/issues/5" and running:
            running.pop().send_signal(signal.SIGKILL)

    github.server.before = kill
    command = _command(github, tmp_path, "--kind", "issues")
    environment = {**os.environ, "CODE_TOKEN": TOKEN}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        running.append(process)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    whole = {one.name for one in tmp_path.rglob("*.json")}
    assert whole == {"1.json", "2.json", "3.json"}
    assert all(json.loads(one.read_text()) for one in tmp_path.rglob("*.json"))
    again = _run(github, tmp_path)
    assert again.returncode == 0, again.stderr
    counts = json.loads(again.stdout)["counts"]
    assert (counts["issues"]["fetched"], counts["pulls"]["fetched"]) == (3, 2)
    assert len(list(tmp_path.rglob("*.json"))) == 8
    assert TOKEN not in again.stdout + again.stderr


def test_what_fails_is_told_with_status_4(github, tmp_path):
    github.server.answers[f"{BASE}/issues/2"] = b"<html>"
    done = _run(github, tmp_path, "--kind", "issues")
    assert done.returncode == 4
    [failure] = json.loads(done.stdout)["failures"]
    assert (failure["item"], failure["reason"]) == ("2", "not_json")
    assert "run the same command again" in done.stderr


@pytest.mark.parametrize(
    "more", [["--kind", "commits"], ["--since", "yesterday"], ["--max-items", "0"]]
)
def test_wrong_use_has_status_2(github, tmp_path, more):
    assert _run(github, tmp_path, *more).returncode == 2
    assert github.server.asked == []


def test_a_refused_token_has_status_2_and_is_not_shown(github, tmp_path):
    github.server.answers[f"{BASE}/issues"] = Reply({"message": "Bad credentials"}, 401)
    done = _run(github, tmp_path)
    assert done.returncode == 2
    assert TOKEN not in done.stderr
