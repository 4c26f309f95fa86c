"""Agent sessions in the Agent Trajectory Interchange Format (ATIF), versions 1.0 to 1.7.

A session's subagents are sessions of their own, named ``#<trajectory id>``. Steps that only repeat
context of an earlier session (``is_copied_context``) say so in their detail.

Format: https://github.com/laude-institute/harbor/blob/main/docs/rfcs/0001-trajectory-format.md
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from byline.work.builds.fields import identity_of, list_of, mapping_of, moment, text_of
from byline.work.traces.messages import call_text, content_text, is_mistake
from byline.work.traces.steps import Recorded, Steps

DEEPEST: Final = 8
MOST_SESSIONS: Final = 500
ROLES: Final = {"system": "system", "user": "user", "agent": "assistant"}


def read_atif(value: Mapping[str, Any]) -> Iterator[Recorded]:
    """The session of a file's value, and those of its subagents."""
    pending: list[tuple[Mapping[str, Any], str, int]] = [(value, "", 0)]
    done = 0
    while pending:
        session, name, depth = pending.pop(0)
        done += 1
        recorded = _session(session, name)
        below = [one for one in list_of(session, "subagent_trajectories")
                 if isinstance(one, Mapping)]  # fmt: skip
        if below and (depth >= DEEPEST or done + len(pending) + len(below) > MOST_SESSIONS):
            recorded.steps.problem("subagent_trajectories", "too_deep", "too many subagents")
            below = []
        for number, one in enumerate(below, start=1):
            own = identity_of(one, "trajectory_id") or str(number)
            pending.append((one, f"{name}#{own}", depth + 1))
        yield recorded


def _session(value: Mapping[str, Any], name: str) -> Recorded:
    steps = Steps()
    agent = mapping_of(value, "agent")
    model = text_of(agent, "model_name")
    times: list[datetime] = []
    for number, step in enumerate(list_of(value, "steps"), start=1):
        if not isinstance(step, Mapping):
            steps.problem(f"steps[{number - 1}]", "bad_step", "a step is no object")
            continue
        time = moment(step.get("timestamp"))
        times += [time] if time else []
        _step(step, time, model, steps)
    return Recorded(
        form="atif",
        steps=steps,
        name=name,
        title=text_of(value, "notes") or "",
        opened=min(times, default=None),
        closed=max(times, default=None),
        detail={
            "agent": text_of(agent, "name"),
            "agent_version": text_of(agent, "version"),
            "model": model,
            "schema_version": text_of(value, "schema_version"),
            "session": identity_of(value, "session_id"),
        },
    )


def _step(step: Mapping[str, Any], time: datetime | None, model: str | None, steps: Steps) -> None:
    source = text_of(step, "source") or ""
    role = ROLES.get(source)
    if role is None:
        steps.problem(f"step {step.get('step_id')}", "bad_step", f"unknown source {source!r}")
        return
    results = list_of(mapping_of(step, "observation"), "results")
    known = [one for one in results if isinstance(one, Mapping)]
    error = any(is_mistake(content_text(one.get("content"))) for one in known)
    copied = step.get("is_copied_context") is True
    common = {"copied_context": copied, "error": error}
    name = text_of(step, "model_name") or model
    if role == "assistant":
        thought = text_of(step, "reasoning_content") or ""
        steps.add("thought", thought, "ai", time=time, model=name, detail=common)
    message = content_text(step.get("message"))
    origin = {"system": "tool", "assistant": "ai", "user": "human"}[role]
    steps.add(
        "message", message, origin, time=time, model=name if role == "assistant" else None,  # type: ignore[arg-type]
        detail={**common, "role": role, "error": False if role != "assistant" else error},
    )  # fmt: skip
    for call in list_of(step, "tool_calls"):
        if isinstance(call, Mapping):
            tool = text_of(call, "function_name") or ""
            detail = {**common, "tool": tool, "call": identity_of(call, "tool_call_id")}
            text = call_text(tool, call.get("arguments"))
            steps.add("tool_call", text, "ai", time=time, model=name, detail=detail)
    for one in known:
        detail = {**common, "call": identity_of(one, "source_call_id")}
        steps.add("tool_result", content_text(one.get("content")), "tool", time=time, detail=detail)
