"""Agent sessions in the Agent Data Protocol (ADP): actions and observations in turn.

One object is one session: ``{"id", "content": [{"class_": …}], "details"}``.

Format: https://github.com/neulab/agent-data-protocol (arXiv 2510.24702)
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from byline.work.builds.fields import identity_of, list_of, mapping_of, text_of
from byline.work.traces.messages import call_text, content_text, is_mistake
from byline.work.traces.steps import Recorded, Steps

CLASSES: Final = frozenset(
    {"api_action", "code_action", "message_action", "text_observation", "web_observation"}
)


def is_adp(value: Any) -> bool:
    """Whether a value has the shape of an ADP session."""
    content = list_of(value, "content")
    return bool(content) and all(isinstance(one, Mapping) and "class_" in one for one in content)


def read_adp(value: Mapping[str, Any], *, name: str = "") -> Iterator[Recorded]:
    """The one session of a value.

    Args:
        value: The object.
        name: What distinguishes it in its file.
    """
    steps = Steps()
    content = [one for one in list_of(value, "content") if isinstance(one, Mapping)]
    failed = [_fails(one) for one in content]
    for number, one in enumerate(content):
        error = failed[number] or (number + 1 < len(content) and failed[number + 1])
        _part(one, number, error, steps)
    yield Recorded(
        form="adp",
        steps=steps,
        name=name,
        title=identity_of(value, "id") or "",
        detail={"dataset": text_of(mapping_of(value, "details"), "dataset", "source")},
    )


def _fails(one: Mapping[str, Any]) -> bool:
    observed = one.get("class_") in ("text_observation", "web_observation")
    environment = one.get("source") in (None, "environment", "tool")
    return observed and environment and is_mistake(content_text(one.get("content")))


def _part(one: Mapping[str, Any], number: int, error: bool, steps: Steps) -> None:
    kind = one.get("class_")
    if kind not in CLASSES:
        steps.problem(f"content[{number}]", "unknown_class", f"{str(kind)[:60]!r} is not read")
        return
    detail = {"error": error}
    if kind.endswith("_action") and kind != "message_action":
        thought = text_of(one, "description") or ""
        steps.add("thought", thought, "ai", detail=detail)
    if kind == "api_action":
        tool = text_of(one, "function") or ""
        text = call_text(tool, one.get("kwargs"))
        steps.add("tool_call", text, "ai", detail={**detail, "tool": tool})
    elif kind == "code_action":
        language = text_of(one, "language")
        text = text_of(one, "content") or ""
        steps.add("tool_call", text, "ai", detail={**detail, "tool": language})
    elif kind == "message_action":
        text = text_of(one, "content") or ""
        steps.add("message", text, "ai", detail={"role": "assistant"})
    elif one.get("source") == "user":
        steps.add("message", content_text(one.get("content")), "human", detail={"role": "user"})
    else:
        text = content_text(one.get("content")) or text_of(one, "html", "axtree") or ""
        steps.add("tool_result", text, "tool", detail=detail)
