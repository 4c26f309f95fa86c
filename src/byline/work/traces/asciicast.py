"""Terminal recordings of asciinema: asciicast v2 and v3.

Only what the terminal showed is read. Input events (``i``) are what somebody typed, passwords
without echo included: they are never read, in any case (law 10), and a command is what stood on the
screen. Times of v2 count from the beginning, those of v3 from the event before.

Formats: https://docs.asciinema.org/manual/asciicast/v2/ and /v3/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from byline.work.builds.fields import mapping_of, moment, text_of, whole_of
from byline.work.builds.folder import UnreadableError, json_line, lines_of
from byline.work.traces.shell import MarkedCommands, Ran, prompted_commands
from byline.work.traces.steps import Recorded, Steps
from byline.work.traces.terminal import Terminal

LONGEST: Final = 8 << 20  # bytes of one line
MOST_EVENTS: Final = 5_000_000
LONGEST_SESSION: Final = 30 * 86_400.0  # seconds
SIZE: Final = re.compile(r"(\d{1,5})x(\d{1,5})")


@dataclass
class _Clock:
    """Seconds from the beginning, whichever way a version counts them."""

    relative: bool
    steps: Steps
    now: float = 0.0
    warned: bool = False

    def at(self, value: float, place: int) -> float:
        then = self.now + value if self.relative else value
        if then < self.now or then > LONGEST_SESSION:
            if not self.warned:
                words = "a time goes back" if then < self.now else "a time is a month later"
                self.steps.problem(f"line {place}", "time_out_of_order", words)
                self.warned = True
            then = min(max(then, self.now), LONGEST_SESSION)
        self.now = then
        return then


def read_asciicast(path: Path, *, prompt: str | None = None) -> Recorded:
    """The commands of a recording and what they printed.

    Args:
        path: The file.
        prompt: A pattern (RE2) of the engineer's prompt, or None.

    Raises:
        UnreadableError: It is no asciicast of a known version, or no command is found in it.
    """
    steps = Steps()
    with path.open("rb") as stream:
        lines = lines_of(stream, longest=LONGEST)
        header = _header(next(lines, ""))
        version = whole_of(header, "version")
        columns, rows = _size(header)
        marked = MarkedCommands()
        terminal = Terminal(columns, rows, marked=marked.mark)
        marked.terminal = terminal
        status = _play(lines, terminal, _Clock(version == 3, steps), steps)
    ran = marked.found or list(prompted_commands(terminal.rows(), prompt=prompt))
    if not ran:
        raise UnreadableError(
            "no_commands", "no prompt was found; its submission record can give `prompt`"
        )
    started = moment(header.get("timestamp"))
    for one in ran:
        _add(one, started, steps)
    return Recorded(
        form="asciicast",
        steps=steps,
        title=text_of(header, "title") or "",
        opened=started,
        closed=_later(started, terminal.time),
        detail={
            "version": version,
            "marks": bool(marked.found),
            "full_screen_programs": terminal.programs,
            "exit": status,
            "seconds": round(terminal.time, 3),
        },
    )


def _header(line: str) -> Mapping[str, Any]:
    value = json_line(line)
    if not isinstance(value, Mapping) or whole_of(value, "version") is None:
        raise UnreadableError("not_asciicast", "its first line is no header of an asciicast")
    if value["version"] not in (2, 3):
        raise UnreadableError("unknown_version", f"asciicast version {value['version']}")
    return value


def _size(header: Mapping[str, Any]) -> tuple[int, int]:
    term = mapping_of(header, "term")
    columns = whole_of(term, "cols") or whole_of(header, "width") or 80
    return columns, whole_of(term, "rows") or whole_of(header, "height") or 24


def _play(lines: Iterator[str], terminal: Terminal, clock: _Clock, steps: Steps) -> int | None:
    """Feed the terminal with all events; the exit status, where there is one."""
    status: int | None = None
    for place, line in enumerate(lines, start=2):
        if not line.strip() or line.startswith("#"):
            continue
        if place > MOST_EVENTS:
            steps.problem(f"line {place}", "too_many", f"more than {MOST_EVENTS} events")
            break
        event = json_line(line)
        known = isinstance(event, list) and len(event) == 3 and isinstance(event[2], str)
        if not known or not isinstance(event[0], int | float) or isinstance(event[0], bool):
            steps.problem(f"line {place}", "bad_event", "no event [time, code, data]")
            continue
        time = clock.at(float(min(event[0], 1e12)), place)
        if event[1] == "o":
            terminal.feed(event[2], time)
        elif event[1] == "r" and (match := SIZE.fullmatch(event[2])):
            terminal.resize(int(match[1]), int(match[2]))
        elif event[1] == "x" and event[2].isdecimal():
            status = int(event[2][:3])
    return status


def _add(one: Ran, started: datetime | None, steps: Steps) -> None:
    detail = {"cwd": one.cwd, "exit": one.exit, "error": one.error}
    steps.add("command", one.command, "human", time=_later(started, one.time), detail=detail)
    steps.add("output", one.output, "tool", time=_later(started, one.ended), detail=detail)


def _later(started: datetime | None, seconds: float) -> datetime | None:
    if started is None:
        return None
    return (started + timedelta(seconds=seconds)).astimezone(UTC).replace(microsecond=0)
