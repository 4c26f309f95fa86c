"""Sessions of SWE-agent: ``.traj`` files, one JSON object each.

A step is what the agent thought, what it did and what came of it. The messages that it was given
stand in ``query`` since version 1.1 and in ``messages`` before; there they are the input of the
step *after*, so that only what comes before the first answer is read from either, once.

Format: https://swe-agent.com/latest/usage/trajectories/
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from byline.work.builds.fields import list_of, mapping_of, text_of
from byline.work.traces.messages import content_text, is_mistake
from byline.work.traces.steps import Recorded, Steps


def read_swe_agent(value: Mapping[str, Any]) -> Iterator[Recorded]:
    """The one session of a file's value."""
    steps = Steps()
    info = mapping_of(value, "info")
    trajectory = list_of(value, "trajectory")
    for message in _opening(value, trajectory):
        _message(message, steps)
    for number, step in enumerate(trajectory, start=1):
        if isinstance(step, Mapping):
            _step(step, number, steps)
        else:
            steps.problem(f"trajectory[{number - 1}]", "bad_step", "a step is no object")
    yield Recorded(
        form="swe-agent",
        steps=steps,
        title=text_of(value, "instance_id", "environment") or "",
        detail={
            "agent": "swe-agent",
            "agent_version": text_of(info, "swe_agent_version"),
            "exit": text_of(info, "exit_status"),
            "submitted_patch": bool(text_of(info, "submission")),
        },
    )


def _opening(value: Mapping[str, Any], trajectory: list[Any]) -> list[Mapping[str, Any]]:
    """The messages before the agent's first answer."""
    first = trajectory[0] if trajectory and isinstance(trajectory[0], Mapping) else {}
    for messages in (list_of(first, "query"), list_of(value, "history"),
                     list_of(first, "messages")):  # fmt: skip
        known = [one for one in messages if isinstance(one, Mapping)]
        if known:
            answers = [
                place
                for place, one in enumerate(known)
                if one.get("role") == "assistant" and not one.get("is_demo")
            ]
            return known[: answers[0]] if answers else known
    return []


def _message(message: Mapping[str, Any], steps: Steps) -> None:
    role = text_of(message, "role") or "user"
    detail = {"role": role, "copied_context": message.get("is_demo") is True}
    steps.add(
        "message", content_text(message.get("content")), "tool" if role == "system" else None,
        detail=detail,
    )  # fmt: skip


def _step(step: Mapping[str, Any], number: int, steps: Steps) -> None:
    observation = content_text(step.get("observation"))
    action = text_of(step, "action") or ""
    detail = {"error": is_mistake(observation), "cwd": _directory(step.get("state"))}
    thought = text_of(step, "thought")
    if thought is None and not action:
        thought = text_of(step, "response")
    steps.add("thought", thought or "", "ai", detail={"error": detail["error"]})
    call = f"step-{number}"
    steps.add("tool_call", action.strip(), "ai", detail={**detail, "call": call})
    steps.add("tool_result", observation, "tool", detail={**detail, "call": call})


def _directory(state: Any) -> str | None:
    """The working directory of a state, which older versions give as JSON text."""
    if isinstance(state, str):
        try:
            state = json.loads(state)
        except (RecursionError, ValueError):
            return None
    return text_of(state, "working_dir") if isinstance(state, Mapping) else None
