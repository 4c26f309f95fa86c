"""Recordings as their tools write them: asciicast v2 and v3, SWE-agent, ATIF, editor, notebook.

Formats: https://docs.asciinema.org/manual/asciicast/v2/ (times from the start) and ``/v3/`` (times
since the event before), SWE-agent's trajectory files, ATIF 1.7, nbformat 4.
"""

import json
from collections.abc import Callable
from typing import Any

from byline.sample.fast_import import Commit
from byline.sample.process.accounts import github_time
from byline.sample.process.edits import CONTEXT, edited, text_of, unified
from byline.sample.process.scene import Step
from byline.sample.process.trace_stage import Trace

_PROMPT = "\x1b[1;32m{who}@harbour\x1b[0m:\x1b[1;34m~/{repository}\x1b[0m$ "


def trace_file(trace: Trace, start: Commit | None = None) -> str:
    """Return the text of a recording, by the kind that its scene gives.

    Args:
        trace: What was recorded.
        start: The commit that an editor's events start from.
    """
    makers: dict[str, Callable[[Trace], str]] = {
        "asciicast2": _asciicast2, "asciicast3": _asciicast3, "swe-agent": _swe_agent,
        "atif": _atif, "notebook": _notebook,
    }  # fmt: skip
    if start is not None:
        return _editor(trace, start)
    return makers[trace.step.fact("kind")](trace)


def submission(trace: Trace, *, address: str, links: list[str]) -> str | None:
    """Return the engineer's own record of the submission, or None where there is none."""
    step = trace.step
    if not step.fact("submitted"):
        return None
    rows = [
        f'submitted_by = "{address}"',
        f"submitted = {step.fact('submitted')}",
        f"reviewed = {step.fact('reviewed', 'true')}",
        f'repository = "{step.fact("repository")}"',
        "links = [" + ", ".join(f'"{one}"' for one in links) + "]",
        f'outcome = "{step.fact("outcome", "resolved")}"',
    ]
    return "\n".join(rows) + "\n"


def _events(trace: Trace) -> list[tuple[float, str]]:
    """What the terminal showed: (seconds from the start, bytes as text)."""
    prompt = _PROMPT.format(who=trace.step.fact("user", "dev"),
                            repository=trace.step.fact("repository"))  # fmt: skip
    rows: list[tuple[float, str]] = [(0.4, prompt)]
    for step in trace.steps:
        start = float(step.when - trace.step.when)
        if step.word == "do":
            typed = step.text
            rows += [(start + place * 0.11, letter) for place, letter in enumerate(typed)]
            rows.append((start + len(typed) * 0.11 + 0.3, "\r\n"))
        elif step.word == "see":
            rows += _shown(step, start)
            rows.append((start + 1.6, prompt))
    return rows


def _shown(step: Step, start: float) -> list[tuple[float, str]]:
    rows = []
    if step.fact("progress"):
        for share in (12, 47, 83, 100):
            bar = f"\r\x1b[2K{step.fact('progress')} {share}%"
            rows.append((start + share / 200, bar))
        rows.append((start + 0.6, "\r\n"))
    if step.text:
        rows.append((start + 0.9, step.text.replace("\n", "\r\n") + "\r\n"))
    return rows


def _asciicast2(trace: Trace) -> str:
    head = {"version": 2, "width": 120, "height": 32, "timestamp": trace.step.when,
            "title": trace.step.text.split("\n")[0],
            "env": {"SHELL": "/bin/bash", "TERM": "xterm-256color"}}  # fmt: skip
    rows = [json.dumps([round(time, 6), "o", text]) for time, text in sorted(_events(trace))]
    return "\n".join([json.dumps(head), *rows]) + "\n"


def _asciicast3(trace: Trace) -> str:
    head = {"version": 3, "term": {"cols": 120, "rows": 32, "type": "xterm-256color"},
            "timestamp": trace.step.when, "title": trace.step.text.split("\n")[0],
            "env": {"SHELL": "/bin/bash"}}  # fmt: skip
    rows, last = ["# recorded with --quiet"], 0.0
    for time, text in sorted(_events(trace)):
        rows.append(json.dumps([round(time - last, 3), "o", text]))
        last = time
    rows.append(json.dumps([0.4, "x", "0"]))
    return "\n".join([json.dumps(head), *rows]) + "\n"


def _swe_agent(trace: Trace) -> str:
    asked = next(step.text for step in trace.steps if step.word == "ask")
    history: list[dict[str, Any]] = [
        {
            "role": "system",
            "content": "You work in a repository with a shell.",
            "message_type": "system_prompt",
            "agent": "main",
        },
        {"role": "user", "content": asked, "message_type": "observation", "agent": "main"},
    ]
    steps: list[dict[str, Any]] = []
    thought = ""
    for step in trace.steps:
        if step.word == "think":
            thought = step.text
        elif step.word == "do":
            response = f"{thought}\n\n```\n{step.text}\n```"
            steps.append(
                {
                    "action": step.text,
                    "thought": thought,
                    "response": response,
                    "observation": "",
                    "execution_time": 1.4,
                    "state": {"working_dir": f"/{trace.step.fact('repository')}"},
                    "query": [dict(one) for one in history[:4]],
                    "extra_info": {},
                }
            )
            history.append(
                {
                    "role": "assistant",
                    "content": response,
                    "thought": thought,
                    "action": step.text,
                    "agent": "main",
                    "message_type": "action",
                }
            )
        elif step.word == "see":
            steps[-1]["observation"] = step.text
            history.append(
                {
                    "role": "user",
                    "content": f"OBSERVATION:\n{step.text}",
                    "agent": "main",
                    "message_type": "observation",
                }
            )
    info = {"exit_status": trace.step.fact("exit", "submitted"), "swe_agent_version": "1.1.0",
            "submission": "", "model_stats": {"api_calls": len(steps)}}  # fmt: skip
    return json.dumps({"environment": "main", "trajectory": steps, "history": history,
                       "info": info}, indent=1) + "\n"  # fmt: skip


def _atif(trace: Trace) -> str:
    rows: list[dict[str, Any]] = []
    thought = ""
    for step in trace.steps:
        time = github_time(step.when)
        if step.word == "ask":
            rows.append(
                {
                    "step_id": len(rows) + 1,
                    "timestamp": time,
                    "source": "user",
                    "message": step.text,
                    **({"is_copied_context": True} if step.fact("copied") else {}),
                }
            )
        elif step.word == "think":
            thought = step.text
        elif step.word == "do":
            call = f"call_{len(rows) + 1}"
            rows.append(
                {
                    "step_id": len(rows) + 1,
                    "timestamp": time,
                    "source": "agent",
                    "message": "",
                    "reasoning_content": thought,
                    "tool_calls": [
                        {
                            "tool_call_id": call,
                            "function_name": step.fact("tool", "bash"),
                            "arguments": {"command": step.text},
                        }
                    ],
                }
            )
        elif step.word == "see":
            call = rows[-1]["tool_calls"][0]["tool_call_id"]
            rows[-1]["observation"] = {"results": [{"source_call_id": call,
                                                    "content": step.text}]}  # fmt: skip
        elif step.word == "note":
            rows.append({"step_id": len(rows) + 1, "timestamp": time, "source": "agent",
                         "message": step.text})  # fmt: skip
    agent = {"name": "harbour-coder", "version": "0.9", "model_name": "local/coder-7b"}
    stem = trace.file.split(".")[0]
    return (
        json.dumps(
            {
                "schema_version": "ATIF-v1.7",
                "session_id": f"session-{stem}",
                "trajectory_id": stem,
                "agent": agent,
                "steps": rows,
                "final_metrics": {"total_steps": len(rows)},
            },
            indent=1,
        )
        + "\n"
    )


def _editor(trace: Trace, start: Commit) -> str:
    """The commit that the events start from, then one event a line: a pause in typing."""
    tree = start.tree
    rows = [json.dumps({"repository": trace.step.fact("repository"), "revision": start.oid})]
    for step in trace.steps:
        path = step.edits[0].path
        before, tree = text_of(tree, path), edited(tree, step.edits)
        diff = unified(before, text_of(tree, path))
        line = int(diff[0].split("+")[1].split(",")[0].split(" ")[0])
        rows.append(json.dumps({
            "time": github_time(step.when), "path": path, "old_path": path,
            "diff": "\n".join([f"--- a/{path}", f"+++ b/{path}", *diff]) + "\n",
            "predicted": step.fact("predicted") == "true",
            "cursor": {"line": line - 1 + CONTEXT, "column": 0},
        }))  # fmt: skip
    return "\n".join(rows) + "\n"


def _notebook(trace: Trace) -> str:
    cells: list[dict[str, Any]] = []
    for step in trace.steps:
        lines = [f"{line}\n" for line in step.text.split("\n")]
        lines[-1] = lines[-1].removesuffix("\n")
        if step.word == "note":
            cells.append({"cell_type": "markdown", "id": f"c{len(cells)}", "metadata": {},
                          "source": lines})  # fmt: skip
        elif step.word == "do":
            cells.append(
                {
                    "cell_type": "code",
                    "id": f"c{len(cells)}",
                    "metadata": {},
                    "execution_count": len(cells) + 1,
                    "source": lines,
                    "outputs": [],
                }
            )
        elif step.fact("error") == "true":
            last = step.text.split("\n")[-1]
            cells[-1]["outputs"] = [{"output_type": "error", "ename": last.split(":")[0],
                                     "evalue": last.partition(": ")[2],
                                     "traceback": step.text.split("\n")}]  # fmt: skip
        else:
            cells[-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": lines}]
    meta = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python", "version": "3.11.7"}}  # fmt: skip
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": meta, "cells": cells},
                      indent=1, ensure_ascii=False) + "\n"  # fmt: skip
