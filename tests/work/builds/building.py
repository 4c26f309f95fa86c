"""Small exports of builds, written to a folder."""

import json
from pathlib import Path
from typing import Any

from byline.work.items import Source

PROJECT = "acme/ledger"
RED, GREEN = "a" * 40, "b" * 40


def source(path: Path, system: str = "github", **fields: Any) -> Source:
    return Source("ci", system, path, {PROJECT: "ledger-core"}, **fields)


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value)
    path.write_text(text, encoding="utf-8")
    return path


def github_run(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "name": "CI", "run_number": number, "run_attempt": 1, "event": "push",
        "head_branch": "main", "head_sha": RED, "conclusion": "failure", "pull_requests": [],
        "created_at": "2026-03-04T10:00:00Z", "updated_at": "2026-03-04T10:06:00Z",
        "repository": {"full_name": PROJECT}, **fields,
    }  # fmt: skip


def github_job(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "run_id": 7, "run_attempt": 1, "name": "test", "head_sha": RED,
        "conclusion": "failure", "started_at": "2026-03-04T10:00:30Z",
        "completed_at": "2026-03-04T10:05:30Z", **fields,
    }  # fmt: skip


LOG = """\
2026-03-04T10:00:00.1234567Z ##[group]Run pytest
2026-03-04T10:00:01.1234567Z =================================== FAILURES ===================================
2026-03-04T10:00:01.1234567Z E       assert 100 == 101
2026-03-04T10:00:01.1234567Z FAILED tests/test_round.py::test_round - assert 100 == 101
2026-03-04T10:00:01.1234567Z ##[error]Process completed with exit code 1.
"""
JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="verify" tests="2" failures="1" timestamp="2026-03-04T10:00:00">
<properties><property name="commit" value="{commit}"/><property name="repository" value="acme/ledger"/>
<property name="branch" value="main"/></properties>
<testcase classname="tests.test_round" name="test_sum" file="tests/test_round.py"/>
<testcase classname="tests.test_round" name="test_round" file="tests/test_round.py">
<failure type="AssertionError" message="assert 100 == 101">tests/test_round.py:12: AssertionError</failure>
</testcase></testsuite></testsuites>
"""
