"""The same inputs give the same release: elsewhere, after a kill, and after one more commit."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from byline.sample import SampleSummary
from journeys.company import byline, copy_company, shrink, snapshot

REPOSITORIES = ("harbour-web", "tidepool")


@pytest.fixture(scope="module")
def company(
    tmp_path_factory: pytest.TempPathFactory, copy_sample: Callable[[Path], SampleSummary]
) -> Path:
    folder = tmp_path_factory.mktemp("reproducible") / "demo"
    copy_sample(folder)
    shrink(folder / "company", repositories=REPOSITORIES)
    return folder / "company"


@pytest.fixture(scope="module")
def released(company: Path) -> str:
    return byline("release", "--json", "-c", company).json["release"]


def test_another_machine_with_another_number_of_workers(
    company: Path, released: str, tmp_path: Path
):
    elsewhere = copy_company(company, tmp_path / "elsewhere" / "deeper")
    found = byline("release", "--workers", "1", "--json", "-c", elsewhere).json
    assert found["release"] == released


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_release(
    company: Path, released: str, tmp_path: Path
):
    elsewhere = copy_company(company, tmp_path / "killed")
    moments = random.Random(5)
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-m", "byline", "release", "-q", "-c", str(elsewhere)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(1.5 + moments.random() * 4)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        releases = elsewhere / "byline-workspace" / "releases"
        for folder in releases.glob("rel_*"):
            assert (folder / "manifest.json").exists(), "a half-written release became visible"
    found = byline("release", "--json", "-c", elsewhere).json
    assert found["release"] == released
    byline("verify", "-c", elsewhere)
    byline("log", "-c", elsewhere)


def test_one_more_commit_redoes_only_what_it_touched(company: Path, released: str, tmp_path: Path):
    elsewhere = shutil.copytree(company, tmp_path / "grown")  # with what Byline made of it
    assert byline("release", "--json", "-c", elsewhere).json["is_new"] is False
    tables = elsewhere / "byline-workspace" / "tables"
    before = snapshot(tables)
    repository = elsewhere / "repos" / "harbour-web"
    (repository / "tide_table.py").write_text(
        "def high_water(port, day):\n    return port.tides[day].high\n" * 6
    )
    identity = {
        "GIT_AUTHOR_NAME": "Nobody Known",
        "GIT_AUTHOR_EMAIL": "nobody@elsewhere.example",
        "GIT_AUTHOR_DATE": "2026-06-28T12:00:00Z",
        "GIT_COMMITTER_NAME": "Nobody Known",
        "GIT_COMMITTER_EMAIL": "nobody@elsewhere.example",
        "GIT_COMMITTER_DATE": "2026-06-28T12:00:00Z",
    }
    for arguments in (
        ["checkout", "-q", "-f"],
        ["add", "tide_table.py"],
        ["commit", "-q", "-m", "Add"],
    ):
        if arguments[0] != "checkout":
            subprocess.run(
                ["git", "-C", repository, *arguments], env={**os.environ, **identity}, check=True
            )
    found = byline("release", "--json", "-c", elsewhere).json
    after = snapshot(tables)
    rewritten = {name for name in after if before.get(name) != after[name]}
    assert any("harbour-web" in name for name in rewritten)
    # What repeats held-out work is asked anew of all: there is more of it now.
    of_one = {name for name in rewritten if not name.startswith("contamination")}
    assert not {name for name in of_one if "tidepool" in name}
    work = {name for name in rewritten if name.startswith("work/")}
    # A bucket of files, one of commits, one of their signatures, the refs, and the state.
    assert 2 <= len(work) <= 6, work
    account = found["manifest"]["account"]["lines"]
    assert account["terms: outsider"]["harbour-web"] >= 12


def test_a_fresh_collection_equals_a_grown_one(company: Path, released: str, tmp_path: Path):
    """Collect the history in two steps, or in one: the release is the same."""
    grown = copy_company(company, tmp_path / "grown")
    repository = grown / "repos" / "harbour-web"
    head = subprocess.run(
        ["git", "-C", repository, "rev-parse", "HEAD", "HEAD~40"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    branch = subprocess.run(
        ["git", "-C", repository, "symbolic-ref", "HEAD"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    for oid in (head[1], head[0]):
        subprocess.run(["git", "-C", repository, "update-ref", branch, oid], check=True)
        found = byline("release", "--json", "-c", grown).json["release"]
        assert (found == released) == (oid == head[0])
