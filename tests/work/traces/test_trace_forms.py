"""Each form of agent session, edit log and notebook becomes the same parts."""

import json
from typing import Any

from recording import put, read, reasons, said


def agent_step(number: int, **fields: Any) -> dict[str, Any]:
    return {"thought": f"thought {number}", "action": f"cat {number}.py\n",
            "observation": f"text {number}", "response": "both",
            "state": json.dumps({"working_dir": "/ledger"}), **fields}  # fmt: skip


QUERY = [{"role": "system", "content": "You have a shell."},
         {"role": "user", "content": [{"type": "text", "text": "Mend the rounding."}]}]  # fmt: skip


def test_swe_agent_of_both_versions_reads_alike(tmp_path) -> None:
    later = [*QUERY, {"role": "assistant", "content": "both"}, {"role": "user", "content": "text"}]
    new = {"trajectory": [agent_step(1, query=QUERY), agent_step(2, query=later)],
           "info": {"exit_status": "submitted"}}  # fmt: skip
    old = {"trajectory": [agent_step(1, messages=later), agent_step(2, messages=later)],
           "info": {"exit_status": "submitted"}}  # fmt: skip
    put(tmp_path, "new.traj", new)
    put(tmp_path, "old.traj", old)
    first, second = read(tmp_path)
    assert said(first) == said(second) == [
        ("message", "You have a shell."), ("message", "Mend the rounding."),
        ("thought", "thought 1"), ("tool_call", "cat 1.py"), ("tool_result", "text 1"),
        ("thought", "thought 2"), ("tool_call", "cat 2.py"), ("tool_result", "text 2"),
    ]  # fmt: skip
    by = {part.native: part for part in first.parts}
    assert by["message-1"].origin == "tool"
    assert (by["message-2"].origin, by["message-2"].email) == (None, "ada@harbour.example")
    assert (by["tool_call-4"].origin, by["tool_call-4"].email) == ("ai", None)
    assert by["tool_call-4"].detail["label"] == "read"
    assert by["tool_call-4"].detail["cwd"] == "/ledger"
    assert first.state == "resolved"
    assert first.detail["form"] == "swe-agent"


def test_a_step_that_was_a_mistake_says_so(tmp_path) -> None:
    step = agent_step(
        1, action="edit 3", observation="Your proposed edit has introduced new errors"
    )
    put(tmp_path, "a.traj", {"trajectory": [step, None], "info": {}})
    (one,) = read(tmp_path)
    assert [part.detail["error"] for part in one.parts[1:]] == [True, True, True]
    assert reasons([one]) == ["bad_step"]


ATIF = {
    "schema_version": "ATIF-v1.7", "session_id": "s", "agent": {"name": "coder", "model_name": "m"},
    "steps": [
        {"step_id": 1, "timestamp": "2026-03-04T09:00:00Z", "source": "user", "message": "Mend it.",
         "is_copied_context": True},
        {"step_id": 2, "timestamp": "2026-03-04T09:01:00Z", "source": "agent", "message": "",
         "reasoning_content": "It is probably the rounding.",
         "tool_calls": [{"tool_call_id": "c1", "function_name": "bash",
                         "arguments": {"command": "grep -rn round src"}},
                        {"tool_call_id": "c2", "function_name": "edit",
                         "arguments": {"path": "a.py", "text": "x"}}],
         "observation": {"results": [{"source_call_id": "c1", "content": "src/a.py:1"},
                                     {"source_call_id": "c2",
                                      "content": [{"type": "text", "text": "done"}]}]}},
        {"step_id": 3, "source": "nobody"},
    ],
    "subagent_trajectories": [
        {"trajectory_id": "sub", "steps": [{"source": "agent", "message": "below"}]}],
}  # fmt: skip


def test_atif_with_subagents_and_copied_context(tmp_path) -> None:
    put(tmp_path, "a.atif.json", ATIF)
    one, sub = read(tmp_path)
    assert said(one) == [
        ("message", "Mend it."), ("thought", "It is probably the rounding."),
        ("tool_call", "grep -rn round src"),
        ("tool_call", '{"arguments": {"path": "a.py", "text": "x"}, "name": "edit"}'),
        ("tool_result", "src/a.py:1"), ("tool_result", "done"),
    ]  # fmt: skip
    assert [part.detail["label"] for part in one.parts[2:5]] == ["hypothesise", "locate", "edit"]
    assert one.parts[1].detail["copied_context"] is True
    assert one.parts[1].origin == "human"
    assert {part.detail["model"] for part in one.parts if part.origin == "ai"} == {"m"}
    assert {part.name for part in one.parts} == {None}
    assert one.parts[3].detail["call"] == one.parts[5].detail["call"] == "c1"
    assert sub.key == f"{one.key}#sub"
    assert reasons([one]) == ["bad_step"]
    assert one.links[0].target == "github:acme/ledger#41"
    assert one.repository == "ledger-core"


def test_adp_alone_and_in_lines(tmp_path) -> None:
    session = {"id": "x", "details": {}, "content": [
        {"class_": "text_observation", "content": "Mend it.", "source": "user"},
        {"class_": "api_action", "function": "open", "kwargs": {"path": "a.py"},
         "description": "look"},
        {"class_": "text_observation", "content": "x = 1", "source": "environment"},
        {"class_": "code_action", "language": "bash", "content": "pytest", "description": None},
        {"class_": "image_observation", "content": "…"},
        {"class_": "message_action", "content": "Done."},
    ]}  # fmt: skip
    put(tmp_path, "one.json", session)
    put(tmp_path, "two.jsonl", json.dumps(session) + "\n" + json.dumps(session) + "\n")
    found = read(tmp_path)
    assert [one.key.rpartition(":")[2] for one in found] == [
        "one.json", "two.jsonl#1", "two.jsonl#2",
    ]  # fmt: skip
    assert [kind for kind, _ in said(found[0])] == [
        "message", "thought", "tool_call", "tool_result", "tool_call", "message",
    ]  # fmt: skip
    assert reasons(found[:1]) == ["unknown_class"]


def span(number: int, operation: str, parent: str = "", **attributes: Any) -> dict[str, Any]:
    rows = [{"key": "gen_ai.operation.name", "value": {"stringValue": operation}},
            {"key": "gen_ai.conversation.id", "value": {"stringValue": "c"}}]  # fmt: skip
    rows += [{"key": "gen_ai." + key.replace("__", "."),
              "value": {"stringValue": value if isinstance(value, str) else json.dumps(value)}}
             for key, value in attributes.items()]  # fmt: skip
    return {"traceId": "t", "spanId": f"s{number}", "parentSpanId": parent,
            "startTimeUnixNano": str(1772618400_000000000 + number), "attributes": rows}  # fmt: skip


def test_spans_are_ordered_by_start_and_repeat_nothing(tmp_path) -> None:
    ask = {"role": "user", "parts": [{"type": "text", "content": "Mend it."}]}
    call = {"role": "assistant", "parts": [{"type": "tool_call", "id": "1", "name": "bash",
                                            "arguments": {"command": "ls"}}]}  # fmt: skip
    answer = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1",
                                         "response": "a.py"}]}  # fmt: skip
    done = {"role": "assistant", "parts": [{"type": "text", "content": "Done."}]}
    # Each is the parent of the other: parents are not followed.
    spans = [
        span(3, "chat", "s1", input__messages=[ask, call, answer], output__messages=[done]),
        span(1, "chat", "s3", input__messages=[ask], output__messages=[call]),
        span(2, "execute_tool", "s2", tool__name="bash", tool__call__id="1",
             tool__call__arguments={"command": "ls"}, tool__call__result="a.py"),
        {"spanId": "other", "attributes": []},
    ]  # fmt: skip
    put(tmp_path, "a.json", {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    put(tmp_path, "b.jsonl", "\n".join(json.dumps(one) for one in spans))
    first, second = read(tmp_path)
    assert said(first) == said(second) == [
        ("message", "Mend it."), ("tool_call", "ls"), ("tool_result", "a.py"), ("message", "Done."),
    ]  # fmt: skip
    assert first.detail["spans"] == 3


def test_edit_events_have_the_shape_that_next_edit_reads(tmp_path) -> None:
    diff = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    rows = [{"repository": "acme/ledger", "revision": "a" * 40},
            {"time": 1772618400.25, "path": "a.py", "old_path": None, "diff": diff,
             "predicted": False, "cursor": {"line": 1, "column": 4}, "keys": "secret"},
            {"time": "2026-03-04T10:00:01.5Z", "path": "a.py", "diff": diff, "predicted": True,
             "cursor": 17, "outcome": "rejected"},
            {"path": "a.py"}]  # fmt: skip
    text = "\n".join(json.dumps(row) for row in rows)
    put(tmp_path, "a.edits.jsonl", text)
    (one,) = read(tmp_path)
    first, second = one.parts[1:]
    assert (first.kind, first.native, first.text, first.path) == ("event", "event-1", diff, "a.py")
    assert (first.origin, first.email) == ("human", "ada@harbour.example")
    assert (second.origin, second.email, second.state) == ("ai", None, "rejected")
    assert first.detail["seconds"] == 1772618400.25
    assert first.detail["cursor"] == {"line": 1, "column": 4}
    assert second.detail["cursor"] == {"offset": 17}
    assert one.detail["revision"] == "a" * 40
    assert "secret" not in repr(one)
    assert reasons([one]) == ["bad_event"]


def test_a_notebook_has_cells_and_outputs_but_no_pictures(tmp_path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Look\n", "at it"]},
        {"cell_type": "code", "source": "f()", "execution_count": 1, "outputs": [
            {"output_type": "stream", "text": ["a\n", "b\n"]},
            {"output_type": "display_data", "data": {"image/png": "AAAA"}},
            {"output_type": "execute_result", "data": {"text/plain": "3"}}]},
        {"cell_type": "code", "source": "g()", "outputs": [
            {"output_type": "error", "ename": "E", "evalue": "v",
             "traceback": ["\x1b[31mTraceback\x1b[0m", "E: v"]}]},
        {"cell_type": "code", "source": "", "outputs": []},
    ]  # fmt: skip
    put(tmp_path, "a.ipynb", {"nbformat": 4, "metadata": {}, "cells": cells})
    (one,) = read(tmp_path)
    assert said(one) == [
        ("cell", "# Look\nat it"), ("cell", "f()"), ("output", "a\nb\n3\n"), ("cell", "g()"),
        ("output", "Traceback\nE: v\n"),
    ]  # fmt: skip
    assert [part.detail["error"] for part in one.parts[1:]] == [False, False, False, True, True]
    assert {(part.origin, part.email) for part in one.parts if part.kind == "cell"} == {
        (None, "ada@harbour.example")
    }
    assert one.detail["pictures"] == 1
