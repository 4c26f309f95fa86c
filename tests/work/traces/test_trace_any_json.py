"""Whatever a submitted file holds, reading ends in items and problems that tables can hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recording import put, read, source

from byline.work.items import tables_of

NAMES = st.sampled_from(
    ["trajectory", "history", "query", "messages", "role", "content", "thought", "action", "state",
     "observation", "info", "steps", "source", "message", "tool_calls", "function_name", "results",
     "arguments", "subagent_trajectories", "trajectory_id", "class_", "kwargs", "id", "timestamp",
     "resourceSpans", "scopeSpans", "spans", "attributes", "key", "value", "traceId", "events",
     "gen_ai.operation.name", "gen_ai.input.messages", "gen_ai.conversation.id", "parts", "type",
     "nbformat", "cells", "worksheets", "cell_type", "outputs", "output_type", "data", "text",
     "traceback", "metadata", "startTimeUnixNano", "time", "path", "diff", "cursor", "predicted"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(), st.text(max_size=12),
    st.sampled_from(["agent", "user", "assistant", "chat", "execute_tool", "code", "stream", "error",
                     "api_action", "text_observation", "tool_call", "\ud800", "[[1]]", "{}",
                     "2026-03-04T10:00:00Z", '{"command": "ls"}', "@@ -1 +1 @@"]),
)  # fmt: skip
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=20,
)
TOP = st.dictionaries(NAMES, ANY, max_size=8) | ANY | st.lists(ANY, max_size=5)


@pytest.mark.parametrize("name", ["a.json", "a.traj", "a.ipynb", "a.jsonl", "a.edits.jsonl"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=TOP)
def test_any_json_is_read_or_explained(name: str, value: Any, tmp_path: Path) -> None:
    many = isinstance(value, list) and name.endswith("l")
    put(tmp_path, name, "\n".join(json.dumps(one) for one in value) if many else json.dumps(value))
    found = read(tmp_path)
    tables = tables_of(source(tmp_path), found)
    assert found
    assert len(set(tables.items["item"].to_pylist())) == tables.items.num_rows
    assert tables.parts.num_rows >= tables.items.num_rows


EVENTS = st.lists(
    st.tuples(st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
              st.sampled_from(["o", "i", "r", "x", "m", ""]),
              st.text(st.sampled_from("$ ls\r\n\x1b[]133;ABCD\x07>~@ab#%\ud800"), max_size=30)),
    max_size=20,
)  # fmt: skip


@pytest.mark.parametrize("version", [2, 3])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_any_recording_is_read_or_explained(version: int, events: Any, tmp_path: Path) -> None:
    lines = [json.dumps({"version": version, "timestamp": 1772618400}), *map(json.dumps, events)]
    put(tmp_path, "a.cast", "\n".join(lines))
    found = read(tmp_path)
    tables_of(source(tmp_path), found)
    assert found[0].key or found[0].problems
