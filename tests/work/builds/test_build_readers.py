"""Exports of each system become builds with their commit, state, log and tests."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from building import GREEN, JUNIT, LOG, PROJECT, RED, github_job, github_run, source, write

from byline.work.builds.github import read_github_builds
from byline.work.builds.gitlab import read_gitlab_builds
from byline.work.builds.jenkins import read_jenkins_builds
from byline.work.builds.junit import read_junit_builds
from byline.work.items import Reading, tables_of


def whole(readings: list[Reading]) -> list[Reading]:
    return [one for one in readings if one.key]


def test_a_github_job_has_its_commit_log_and_links(tmp_path: Path) -> None:
    folder = tmp_path / PROJECT / "runs"
    run = github_run(7, pull_requests=[{"number": 41}], event="pull_request")
    write(folder / "7.json", {"run": run, "jobs": [github_job(71)]})
    write(folder / "7" / "71.log", LOG)
    write(tmp_path / PROJECT / "pulls" / "41.json", {"pull": {}})
    (one,) = read_github_builds(source(tmp_path))
    assert one.key == f"build:github:{PROJECT}/7/71"
    assert one.aliases == (f"build:github:{PROJECT}/7",)
    assert (one.state, one.repository, one.title) == ("failed", "ledger-core", "CI / test")
    assert one.opened == datetime(2026, 3, 4, 10, 0, 30, tzinfo=UTC)
    assert one.detail["commit"] == RED
    assert one.detail["minutes"] == 5.0
    assert one.detail["failed_tests"] == ["tests/test_round.py::test_round"]
    assert one.detail["named_paths"] == ["tests/test_round.py"]
    assert one.detail["signature"]
    (part,) = one.parts
    assert (part.kind, part.origin, part.account) == ("log", "tool", None)
    assert "E       assert 100 == 101\n" in part.text
    assert [(link.kind, link.target) for link in one.links] == [
        ("ran_on", f"commit:ledger-core:{RED}"),
        ("ran_on", f"github:{PROJECT}#41"),
    ]
    assert tables_of(source(tmp_path), [one]).parts.num_rows == 1


def test_raw_answers_of_the_api_are_read_wherever_they_stand(tmp_path: Path) -> None:
    write(tmp_path / "page1.json", {"total_count": 2, "workflow_runs": [
        github_run(1), github_run(2, conclusion="success", head_sha=GREEN)]})  # fmt: skip
    write(tmp_path / "jobs.json", {"jobs": [github_job(31, run_id=3, conclusion="cancelled")]})
    found = {one.key: one.state for one in read_github_builds(source(tmp_path))}
    assert found == {
        f"build:github:{PROJECT}/1": "failed",
        f"build:github:{PROJECT}/2": "passed",
        "build:github:3/31": "cancelled",
    }


def test_a_log_is_found_in_the_archive_of_a_run(tmp_path: Path) -> None:
    folder = tmp_path / PROJECT / "runs"
    write(folder / "7.json", {"run": github_run(7), "jobs": [
        github_job(71, name="test / unit"), github_job(72, name="lint")]})  # fmt: skip
    with zipfile.ZipFile(folder / "7.zip", "w") as archive:
        archive.writestr("0_test  unit.txt", LOG)
        archive.writestr("1_lint.txt", "src/a.py:1:8: F401 `os` imported but unused\n")
        archive.writestr("../../escape.txt", "never")
    unit, lint = read_github_builds(source(tmp_path))
    assert unit.detail["tool"] == "pytest"
    assert lint.detail["tool"] == "ruff"
    assert not (tmp_path / "escape.txt").exists()


def test_runs_of_a_fork_are_told_apart_from_the_branch_of_that_name(tmp_path: Path) -> None:
    run = github_run(7, head_repository={"full_name": "eve/ledger"})
    write(tmp_path / "7.json", {"run": run, "jobs": []})
    (one,) = read_github_builds(source(tmp_path))
    assert one.detail["branch"] == "eve:main"


def test_a_gitlab_job_is_read_with_its_trace(tmp_path: Path) -> None:
    job = {"id": 5, "name": "unit", "stage": "test", "status": "failed",
           "ref": "refs/merge-requests/9/head", "commit": {"id": RED},
           "started_at": "2026-03-04T10:00:00.000Z", "finished_at": "2026-03-04T10:02:00.000Z",
           "failure_reason": "runner_system_failure", "pipeline": {"source": "push"}}  # fmt: skip
    write(tmp_path / PROJECT / "jobs" / "5.json", job)
    write(tmp_path / PROJECT / "jobs" / "5.log",
          "section_start:1:x\r\x1b[0KStart\nsrc/a.py:3: error: Bad  [misc]\n")  # fmt: skip
    (one,) = read_gitlab_builds(source(tmp_path, "gitlab"))
    assert (one.key, one.state, one.repository) == ("build:gitlab:5", "failed", "ledger-core")
    assert one.detail["infra"] == "runner_lost"
    assert one.detail["tool"] == "mypy"
    assert one.links[1].target == f"gitlab:{PROJECT}!9"
    assert "section_start" not in one.parts[0].text


def test_a_jenkins_build_is_read_with_its_console(tmp_path: Path) -> None:
    action = {"lastBuiltRevision": {"SHA1": RED, "branch": [{"name": "refs/remotes/origin/main"}]},
              "remoteUrls": ["git@git.example:acme/ledger.git"]}  # fmt: skip
    build = {"number": 12, "result": "FAILURE", "timestamp": 1772618400000, "duration": 120_000,
             "building": False, "fullDisplayName": "ledger #12", "actions": [{}, action]}  # fmt: skip
    write(tmp_path / "ledger" / "12" / "build.json", build)
    write(tmp_path / "ledger" / "12" / "consoleText",
          "[Pipeline] sh\n[2026-03-04T10:00:00.000Z] src/main.c:3:5: error: expected ';'\n"
          "Finished: FAILURE\n")  # fmt: skip
    (one,) = read_jenkins_builds(source(tmp_path, "jenkins"))
    assert (one.key, one.state, one.repository) == ("build:jenkins:ledger/12", "failed",
                                                    "ledger-core")  # fmt: skip
    assert (one.detail["branch"], one.detail["commit"]) == ("main", RED)
    assert one.opened == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    assert one.detail["tool"] == "gcc"


def test_a_junit_report_is_a_build_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "verify-1.xml", JUNIT.replace("{commit}", RED))
    write(tmp_path / "pom.xml", "<project/>")
    found = list(read_junit_builds(source(tmp_path, "junit")))
    (one,) = whole(found)
    assert one.aliases == ("build:junit:verify-1.xml",)
    assert (one.state, one.repository, one.detail["commit"]) == ("failed", "ledger-core", RED)
    assert one.detail["failed_tests"] == ["tests.test_round::test_round"]
    assert "tests/test_round.py" in one.detail["named_paths"]
    assert one.parts[0].native == "tests.test_round::test_round"
    assert "assert 100 == 101" in one.parts[0].text
    assert [problem.reason for one in found for problem in one.problems] == ["not_junit"]


def test_reports_beside_a_run_are_its_tests(tmp_path: Path) -> None:
    write(tmp_path / "runs" / "7.json", {"run": github_run(7), "jobs": [github_job(71)]})
    write(tmp_path / "runs" / "7" / "71-report.xml", JUNIT.replace("{commit}", RED))
    (one,) = read_github_builds(source(tmp_path))
    assert [part.native for part in one.parts] == ["tests.test_round::test_round"]


def test_a_broken_file_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "bad.json", "{")
    write(tmp_path / "deep.json", "[" * 100_000)
    write(tmp_path / "nan.json", json.dumps({"run": github_run(7, extra=float("nan")), "jobs": []}))
    write(tmp_path / "odd.json", {"run": {"id": None}, "jobs": [None, 3, {"id": {}}]})
    (tmp_path / "link.json").symlink_to(tmp_path / "nan.json")
    found = list(read_github_builds(source(tmp_path)))
    assert [one.key for one in whole(found)] == [f"build:github:{PROJECT}/7"]
    reasons = sorted(problem.reason for one in found for problem in one.problems)
    assert reasons == ["bad_job", "bad_json", "no_id", "symlink", "too_deep"]
