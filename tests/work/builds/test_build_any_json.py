"""Whatever JSON an export holds, readers end in items and problems that tables can hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from building import source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byline.work.builds.github import read_github_builds
from byline.work.builds.gitlab import read_gitlab_builds
from byline.work.builds.jenkins import read_jenkins_builds
from byline.work.items import tables_of

NAMES = st.sampled_from(
    ["run", "jobs", "job", "id", "run_id", "runner_id", "workflow_runs", "head_sha", "name",
     "conclusion", "run_number", "run_attempt", "started_at", "repository", "full_name", "commit",
     "pull_requests", "number", "stage", "status", "ref", "pipeline", "sha", "project", "result",
     "actions", "parameters", "lastBuiltRevision", "SHA1", "branch", "remoteUrls", "causes",
     "timestamp", "duration", "fullDisplayName", "builds", "_class", "value", "head_repository"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(), st.text(max_size=12),
    st.sampled_from(["a" * 40, "success", "failure", "2026-03-04T10:00:00Z", "../x", "9999-12-31",
                     "\ud800", "0001-01-01T00:00:00+14:00"]),
)  # fmt: skip
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize("reader", [read_github_builds, read_gitlab_builds, read_jenkins_builds])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ANY)
def test_any_json_is_read_or_explained(reader: Any, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "acme" / "ledger" / "runs" / "1.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    supplied = source(tmp_path)
    tables = tables_of(supplied, reader(supplied))
    assert tables.items.schema.names[0] == "item"
    assert all(json.loads(detail) for detail in tables.items["detail"].to_pylist())
