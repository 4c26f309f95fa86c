"""Agent sessions as OpenTelemetry spans of generative AI (semantic conventions, development).

Read are OTLP/JSON (``resourceSpans``), and one span a line as exporters write them. Spans of one
conversation (``gen_ai.conversation.id``, else their trace) are one session, in order of their
start; who is whose parent is not followed. Every call to a model repeats the conversation so far:
a message is taken once, when it first appears.

Conventions: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (attributes
``gen_ai.input.messages`` and ``gen_ai.output.messages``), and the events of earlier versions.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from byline.work.builds.fields import identity_of, list_of, moment, text_of
from byline.work.traces.messages import as_json, call_text, content_text, is_mistake
from byline.work.traces.steps import Recorded, Steps
from byline.workspace.files import sha256_text

MOST_SPANS: Final = 200_000
OPERATIONS: Final = frozenset(
    {"chat", "text_completion", "generate_content", "execute_tool", "invoke_agent"}
)
EVENTS: Final = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}  # fmt: skip


@dataclass
class _Session:
    steps: Steps = field(default_factory=Steps)
    seen: set[str] = field(default_factory=set)
    times: list[datetime] = field(default_factory=list)
    models: dict[str, None] = field(default_factory=dict)
    agents: dict[str, None] = field(default_factory=dict)


def has_spans(value: Any) -> bool:
    """Whether a value is OTLP/JSON, or one span of an exporter."""
    if not isinstance(value, Mapping):
        return False
    return "resourceSpans" in value or ("attributes" in value and bool(_trace(value)))


def read_spans(values: Iterable[Any]) -> Iterator[Recorded]:
    """The sessions of all spans of a file, in order of their first span's start.

    Args:
        values: Objects of OTLP/JSON, spans, or lists of them.
    """
    spans = sorted(_spans(values), key=lambda one: one[0])
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for _, _, span, attributes in spans:
        name = text_of(attributes, "gen_ai.conversation.id") or _trace(span) or ""
        grouped.setdefault(name, []).append({**span, "attributes": attributes})
    several = len(grouped) > 1
    for name, own in grouped.items():
        session = _Session()
        for span in own:
            _take(span, session)
        yield Recorded(
            form="spans",
            steps=session.steps,
            name=f"#{name}" if several else "",
            title=next(iter(session.agents), ""),
            opened=min(session.times, default=None),
            closed=max(session.times, default=None),
            detail={
                "conversation": name,
                "agent": next(iter(session.agents), None),
                "model": next(iter(session.models), None),
                "spans": len(own),
            },
        )


def _spans(
    values: Iterable[Any],
) -> Iterator[tuple[tuple[int, str], int, Mapping[str, Any], dict[str, Any]]]:
    count = 0
    for span in _flat(values):
        attributes = _attributes(span.get("attributes"))
        if text_of(attributes, "gen_ai.operation.name") not in OPERATIONS:
            continue
        count += 1
        if count > MOST_SPANS:
            return
        identity = identity_of(span, "spanId", "span_id") or ""
        yield (_start(span), identity), count, span, attributes


def _flat(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, Mapping):
                continue
            if "resourceSpans" not in one:
                yield one
            for resource in list_of(one, "resourceSpans"):
                for scope in list_of(resource, "scopeSpans"):
                    yield from (span for span in list_of(scope, "spans")
                                if isinstance(span, Mapping))  # fmt: skip


def _start(span: Mapping[str, Any]) -> int:
    """Nanoseconds since 1970, 0 where a span does not say."""
    value = span.get("startTimeUnixNano") or span.get("start_time_unix_nano")
    if isinstance(value, str) and value.isdecimal() and len(value) <= 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return max(0, value)
    text = moment(span.get("start_time") or span.get("startTime"), whole=False)
    return int(text.timestamp() * 1e9) if text is not None else 0


def _trace(span: Mapping[str, Any]) -> str | None:
    context = span.get("context")
    inner = context if isinstance(context, Mapping) else {}
    return identity_of(span, "traceId", "trace_id") or identity_of(inner, "trace_id", "traceId")


def _attributes(value: Any) -> dict[str, Any]:
    """Attributes as an object, from OTLP's list of keys and typed values too."""
    if isinstance(value, Mapping):
        return dict(value)
    found: dict[str, Any] = {}
    for one in value if isinstance(value, list) else []:
        key = text_of(one, "key") if isinstance(one, Mapping) else None
        typed = one.get("value") if key else None
        if key and isinstance(typed, Mapping) and typed:
            found[key] = next(iter(typed.values()))
    return found


def _take(span: Mapping[str, Any], session: _Session) -> None:
    attributes = span["attributes"]
    start = _start(span)
    time = moment(start / 1e9) if start else None
    session.times += [time] if time else []
    model = text_of(attributes, "gen_ai.response.model", "gen_ai.request.model")
    agent = text_of(attributes, "gen_ai.agent.name")
    session.models.update({model: None} if model else {})
    session.agents.update({agent: None} if agent else {})
    operation = text_of(attributes, "gen_ai.operation.name")
    if operation == "execute_tool":
        _tool(attributes, time, session)
    elif operation != "invoke_agent":  # its messages are those of the calls within
        for message in _messages(span, attributes):
            _message(message, time, model, session)


def _messages(
    span: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    for name in ("gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages"):
        value = _value(attributes.get(name))
        unsaid = "system" if name.endswith("instructions") else "user"
        for one in value if isinstance(value, list) else []:
            if isinstance(one, Mapping):
                yield one if "role" in one else {"role": unsaid, "parts": [one]}
    for event in list_of(span, "events"):
        role = EVENTS.get(text_of(event, "name") or "") if isinstance(event, Mapping) else None
        if role is not None:
            body = _attributes(event.get("attributes"))
            message = _value(body.get("message")) if "message" in body else body
            yield {"role": role, **(message if isinstance(message, Mapping) else {})}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (RecursionError, ValueError):
            return None
    return value


def _message(
    message: Mapping[str, Any], time: datetime | None, model: str | None, session: _Session
) -> None:
    role = text_of(message, "role") or "user"
    parts = list_of(message, "parts") or [{"type": "text", "content": message.get("content")}]
    for part in parts:
        if isinstance(part, Mapping):
            _part(part, role, time, model, session)


def _part(
    part: Mapping[str, Any],
    role: str,
    time: datetime | None,
    model: str | None,
    session: _Session,
) -> None:
    kind = text_of(part, "type") or "text"
    call = identity_of(part, "id")
    key = call if kind.startswith("tool_call") and call else as_json(part)
    if not _new(session, kind, role, key):
        return
    if kind == "tool_call":
        tool = text_of(part, "name") or ""
        text = call_text(tool, part.get("arguments"))
        session.steps.add("tool_call", text, "ai", time=time, model=model,
                          detail={"tool": tool, "call": call})  # fmt: skip
    elif kind == "tool_call_response" or role == "tool":
        _result(content_text(part.get("response") or part.get("result") or part.get("content")),
                call, time, session)  # fmt: skip
    elif kind == "reasoning":
        text = content_text(part.get("content"))
        session.steps.add("thought", text, "ai", time=time, model=model)
    else:
        origin = {"assistant": "ai", "system": "tool", "user": "human"}.get(role)
        session.steps.add("message", content_text(part.get("content")), origin, time=time,  # type: ignore[arg-type]
                          model=model if role == "assistant" else None,
                          detail={"role": role})  # fmt: skip


def _new(session: _Session, *key: str) -> bool:
    digest = sha256_text(*key)
    known = digest in session.seen
    session.seen.add(digest)
    return not known


def _tool(attributes: Mapping[str, Any], time: datetime | None, session: _Session) -> None:
    tool = text_of(attributes, "gen_ai.tool.name") or ""
    call = identity_of(attributes, "gen_ai.tool.call.id")
    arguments = _value(attributes.get("gen_ai.tool.call.arguments"))
    result = attributes.get("gen_ai.tool.call.result")
    if _new(session, "tool_call", "assistant", call or as_json([tool, arguments])):
        session.steps.add("tool_call", call_text(tool, arguments or {}), "ai", time=time,
                          detail={"tool": tool, "call": call})  # fmt: skip
    if result is not None and _new(session, "tool_call_response", "tool", call or as_json(result)):
        _result(content_text(result), call, time, session)


def _result(text: str, call: str | None, time: datetime | None, session: _Session) -> None:
    session.steps.add("tool_result", text, "tool", time=time,
                      detail={"call": call, "error": is_mistake(text)})  # fmt: skip
