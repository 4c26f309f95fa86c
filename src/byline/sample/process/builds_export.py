"""What continuous integration kept: runs, jobs and logs of GitHub Actions, and JUnit reports.

Layout: ``<owner>/<name>/runs/<id>.json`` and ``runs/<id>/<job id>.log``; JUnit as ``<name>.xml``.
Shape: https://docs.github.com/en/rest/actions/workflow-runs
"""

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from byline.sample.process.accounts import github_time, github_user
from byline.sample.process.records import Build, Played

_CASE = re.compile(r"(ok|FAIL) ([\w./]+)::(\S+) ([\d.]+)")
_WORDS = {"lost": "The self-hosted runner lost communication with the server. Verify the machine "
                  "is running and has a healthy network connection."}  # fmt: skip


def job_id(build: Build) -> int:
    """Return the id of the one job of a run."""
    return build.native * 10 + 1


def run_file(played: Played, build: Build) -> dict[str, Any]:
    """Return a run with its job."""
    step = build.step
    start, end = step.when, step.when + int(step.fact("seconds", "184"))
    outcome = "success" if build.passed else "failure"
    event = step.fact("event") or ("pull_request" if build.review else "push")
    return {
        "run": {
            "id": build.native,
            "name": step.fact("workflow", "CI"),
            "path": ".github/workflows/ci.yml",
            "display_title": build.commit.message.split("\n")[0],
            "run_number": build.native % 1000,
            "run_attempt": int(step.fact("attempt", "1")),
            "event": event,
            "status": "completed",
            "conclusion": outcome,
            "workflow_id": 88_100_421,
            "head_branch": build.branch,
            "head_sha": build.commit.oid,
            "pull_requests": _pulls(build),
            "html_url": f"https://github.com/{played.project}/actions/runs/{build.native}",
            "created_at": github_time(start),
            "run_started_at": github_time(start),
            "updated_at": github_time(end),
            "actor": github_user(step.fact("by", "harbour-ci")),
            "head_commit": {"id": build.commit.oid, "message": build.commit.message,
                            "timestamp": github_time(build.commit.author.when),
                            "author": {"name": build.commit.author.name,
                                       "email": build.commit.author.email}},
            "repository": {"full_name": played.project},
        },
        "jobs": [_job(build, start, end, outcome)],
    }  # fmt: skip


def _pulls(build: Build) -> list[dict[str, Any]]:
    if not build.review:
        return []
    return [{"number": build.review, "head": {"ref": build.branch, "sha": build.commit.oid}}]


def _job(build: Build, start: int, end: int, outcome: str) -> dict[str, Any]:
    step = build.step
    names = ("Set up job", "Check out", "Install", step.fact("job", "test"), "Complete job")
    rows = [
        {"name": name, "status": "completed", "number": place,
         "conclusion": outcome if name == step.fact("job", "test") else "success",
         "started_at": github_time(start), "completed_at": github_time(end)}
        for place, name in enumerate(names, 1)
    ]  # fmt: skip
    return {
        "id": job_id(build),
        "run_id": build.native,
        "run_attempt": int(step.fact("attempt", "1")),
        "workflow_name": step.fact("workflow", "CI"),
        "head_branch": build.branch,
        "head_sha": build.commit.oid,
        "name": step.fact("job", "test"),
        "status": "completed",
        "conclusion": outcome,
        "created_at": github_time(start),
        "started_at": github_time(start),
        "completed_at": github_time(end),
        "labels": ["ubuntu-24.04"],
        "runner_name": f"harbour-runner-{build.native % 7}",
        "steps": rows,
    }


def job_log(build: Build) -> str:
    """Return the log as Actions keeps it: a time before each line, groups, an exit code."""
    step = build.step
    body = [
        f"##[group]Run {step.fact('command', 'make ' + step.fact('job', 'test'))}",
        f"\x1b[36;1m{step.fact('command', 'make ' + step.fact('job', 'test'))}\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        *step.text.split("\n"),
    ]
    if not build.passed:
        body.append("##[error]" + _WORDS.get(step.fact("infra"),
                                             "Process completed with exit code 1."))  # fmt: skip
    rows = []
    for place, line in enumerate(body):
        time = github_time(step.when + 2 + place // 9)[:-1] + f".{(place * 7919) % 10**7:07d}Z"
        rows.append(f"{time} {line}")
    return "\n".join(rows) + "\n"


def junit_file(played: Played, build: Build) -> str:
    """Return a JUnit report; the scene's lines ``ok|FAIL file::test seconds`` are its cases."""
    cases, failed, told = [], 0, build.step.text.split("\n\n", 1)
    words = told[1] if len(told) > 1 else ""
    for outcome, file, name, seconds in _CASE.findall(told[0]):
        head = (f'  <testcase classname={quoteattr(file.removesuffix(".go").replace("/", "."))} '
                f'file={quoteattr(file)} name={quoteattr(name)} time="{seconds}"')  # fmt: skip
        if outcome == "ok":
            cases.append(f"{head}/>")
            continue
        failed += 1
        first = words.split("\n", maxsplit=1)[0]
        cases.append(f'{head}>\n   <failure message={quoteattr(first)} type="failure">'
                     f"{escape(words)}</failure>\n  </testcase>")  # fmt: skip
    facts = {"commit": build.commit.oid, "branch": build.branch, "repository": played.project,
             "job": build.step.fact("job", "verify"), "build": str(build.native),
             **({"change": str(build.review)} if build.review else {})}  # fmt: skip
    rows = "\n".join(f'   <property name="{name}" value={quoteattr(value)}/>'
                     for name, value in facts.items())  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
        f' <testsuite name={quoteattr(build.step.fact("job", "verify"))} tests="{len(cases)}" '
        f'failures="{failed}" errors="0" skipped="0" '
        f'timestamp="{github_time(build.step.when)[:-1]}" hostname="harbour-runner-2">\n'
        f"  <properties>\n{rows}\n  </properties>\n"
        + "\n".join(cases)
        + "\n </testsuite>\n</testsuites>\n"
    )
