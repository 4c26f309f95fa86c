r"""Editor events: what was changed in an editor, as unified diffs, in order (``*.edits.jsonl``).

One JSON object a line, after Zed's ``ExampleSpec`` and its edit log. A first line without ``diff``
may say ``{"repository": …, "revision": …}``; an event is ``{"time", "path", "old_path", "diff",
"predicted", "cursor"}``. No keystroke, no selection and no presence is read: fields other than
these are left where they are (law 10).

One item a file: ``detail.form`` is ``edits``, ``detail.revision`` the commit that the diffs start
from (or null), ``repository`` the configured repository. One part an event, kind ``event``:

=============  ====================================================================================
``native``     ``event-<n>``, from 1, in the order of the file
``text``       the unified diff, as written: ``---``/``+++`` headers or none, ``@@`` hunks, ``\n``
``path``       the file after the event; ``detail.old_path`` its name before, or null
``origin``     ``ai`` where ``predicted`` is true (an accepted or shown suggestion), else ``human``
``account``    whoever submitted the trace, for human events; null for predicted ones
``time``       whole seconds, UTC; ``detail.seconds`` has the fraction: seconds since 1970, or null
``state``      ``accepted``, ``rejected`` or null, where the log's ``outcome`` says so of a
               suggestion; a rejected one was shown and never applied
``detail``     ``{"predicted": bool, "old_path": str|null, "cursor": {"line": int, "column": int} |
               {"offset": int} | null, "seconds": float|null, "redacted": int}``
=============  ====================================================================================

``detail.cursor`` counts lines and columns from 0, as editors do; ``offset`` counts bytes of UTF-8.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from byline.work.builds.fields import moment, text_of, whole_of
from byline.work.builds.folder import UnreadableError, json_line, lines_of
from byline.work.items import Part
from byline.work.traces.steps import Recorded, Steps

LONGEST: Final = 4 << 20  # bytes of one line
LONGEST_DIFF: Final = 1 << 20  # characters; a cut diff would apply to nothing


def read_edits(
    path: Path, *, max_events: int = 200_000, accept: Callable[[Any], Any] = lambda value: value
) -> Recorded:
    """The events of an edit log; every line's value passes `accept`.

    Raises:
        UnreadableError: The file holds no event.
    """
    steps = Steps()
    about: dict[str, Any] = {}
    number = 0
    with path.open("rb") as stream:
        for place, line in enumerate(lines_of(stream, longest=LONGEST), start=1):
            value = _object(line, place, steps)
            if value is None:
                continue
            value = accept(value)
            if "diff" not in value and number == 0 and not about:
                about = value
                continue
            number += 1
            if number > max_events:
                steps.problem(f"line {place}", "too_many", f"more than {max_events} events")
                break
            steps.parts.extend(_event(value, number, place, steps))
    if not steps.parts:
        raise UnreadableError("no_events", "it holds no edit event")
    return Recorded(
        form="edits",
        steps=steps,
        project=text_of(about, "repository"),
        detail={"revision": text_of(about, "revision")},
    )


def _object(line: str, place: int, steps: Steps) -> dict[str, Any] | None:
    if not line.strip():
        return None
    value = json_line(line)
    if not isinstance(value, dict):
        steps.problem(f"line {place}", "bad_json", "the line is no JSON object")
        return None
    return value


def _event(value: Mapping[str, Any], number: int, place: int, steps: Steps) -> Iterator[Part]:
    diff, path = text_of(value, "diff"), text_of(value, "path")
    if diff is None or not path:
        steps.problem(f"line {place}", "bad_event", "an event needs a path and a diff")
        return
    if len(diff) > LONGEST_DIFF:
        steps.problem(f"line {place}", "too_large", f"a diff of {len(diff)} characters")
        return
    predicted = value.get("predicted") is True
    time = moment(value.get("time"))
    text, cut = steps.clean(diff)
    yield Part(
        kind="event",
        native=f"event-{number}",
        text=text,
        origin="ai" if predicted else "human",
        time=time,
        path=path,
        state=_outcome(value),
        detail={
            "predicted": predicted,
            "old_path": text_of(value, "old_path"),
            "cursor": _cursor(value.get("cursor")),
            "seconds": _seconds(value.get("time"), time),
            "redacted": cut,
        },
    )


def _outcome(value: Mapping[str, Any]) -> str | None:
    outcome = text_of(value, "outcome")
    return outcome if outcome in ("accepted", "rejected") else None


def _seconds(value: Any, time: Any) -> float | None:
    """Seconds since 1970 with their fraction, where the time is a number or ISO text."""
    exact = moment(value, whole=False)
    if exact is None or time is None:
        return None
    seconds = exact.timestamp()
    return seconds if math.isfinite(seconds) else None


def _cursor(value: Any) -> dict[str, int] | None:
    if isinstance(value, Mapping):
        known = {name: whole_of(value, name) for name in ("line", "column", "offset")}
        found = {name: number for name, number in known.items() if number is not None}
        return found or None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40:
        return {"offset": value}
    if isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value):
        return {"line": value[0], "column": value[1]}
    return None
