"""Commands and their output from what stood on a terminal.

Where the shell marks its prompts (OSC 133) the marks say what is what, and the exit status. Where
it does not, lines that begin like the first prompt of the recording are prompts: the same user and
host, or none, and the same sign. A pattern of the engineer's own (``prompt`` of the submission
record) goes before that; it is matched by an engine that cannot be made to run away.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import re2

from byline.work.traces.screen import Row
from byline.work.traces.terminal import Mark, Terminal

PROMPT: Final = re.compile(
    r"^(?:\((?P<environment>[\w .-]{1,40})\) ?)?"
    r"(?P<who>\[?[\w.-]{1,64}@[\w.-]{1,64})?(?P<where>[: ]?[~/.\w][^\s$#%❯➜»λ]{0,200}|:)?\]? ?"
    r"(?:(?:git:)?\([\w/.@ -]{1,100}\) ?)?(?P<sign>[$#%❯➜»λ])(?: (?P<command>.*))?$"
)
CONTINUED: Final = re.compile(r"^> ?")
MISTAKEN: Final = re.compile(
    r"command not found|not found$|No such file or directory|Permission denied|syntax error near"
    r"|unrecognized (?:arguments|option)|invalid option|[Uu]nknown (?:option|command|flag)"
    r"|is not a (?:git|[\w-]+) command|^usage: |^Usage: |can't open file|cannot access"
)
FIRST_LINES: Final = 3


class Ran(NamedTuple):
    """A command, what it printed, and how it ended.

    Attributes:
        time: Seconds from the beginning when it was run; `ended` when its output was complete.
        cwd: The working directory as the prompt shows it, or None.
        exit: Its exit status, where the shell's marks say so.
    """

    command: str
    output: str
    time: float
    ended: float
    cwd: str | None
    exit: int | None

    @property
    def error(self) -> bool:
        """Whether the command itself was a mistake; a test that fails is none."""
        if self.exit in (126, 127):
            return True
        first = self.output.splitlines()[:FIRST_LINES]
        return self.exit != 0 and any(MISTAKEN.search(line[:500]) for line in first)


class MarkedCommands:
    """Collects commands while a terminal is fed, from the marks of its shell."""

    def __init__(self) -> None:
        self.found: list[Ran] = []
        self.terminal: Terminal | None = None
        self._typed: Mark | None = None
        self._command: tuple[str, float] | None = None
        self._output: Mark | None = None

    def mark(self, mark: Mark) -> None:
        """Take a mark."""
        terminal = self.terminal
        if terminal is None:
            return
        here = (mark.row, mark.column)
        if mark.letter == "B":
            self._typed = mark
        elif mark.letter == "C" and self._typed is not None:
            typed = terminal.text((self._typed.row, self._typed.column), here)
            self._command, self._output = (_typed(typed), mark.time), mark
            self._typed = None
        elif mark.letter in "AD" and self._command is not None and self._output is not None:
            output = terminal.text((self._output.row, self._output.column), here)
            command, time = self._command
            status = int(mark.value) if mark.letter == "D" and _is_status(mark.value) else None
            if command:
                self.found.append(Ran(command, output.strip("\n"), time, mark.time, None, status))
            self._command = self._output = None


def _is_status(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 3


def _typed(text: str) -> str:
    """What was typed, without the shell's own signs before lines that go on."""
    lines = text.strip().split("\n")
    return "\n".join([lines[0], *(CONTINUED.sub("", line) for line in lines[1:])])


def prompted_commands(rows: Iterable[Row], *, prompt: str | None = None) -> Iterator[Ran]:
    """Commands of a recording without marks, from all rows that were shown.

    Args:
        rows: In order.
        prompt: A pattern (RE2) for the whole of a prompt, or None.
    """
    own = re2.compile(prompt) if prompt else None
    style: tuple[Any, ...] | None = None
    current: tuple[str, float, str | None] | None = None
    output: list[str] = []
    ended = 0.0
    for text, time in _lines(rows):
        found = _prompt(text, own)
        if found is not None and style is None:
            style = found[0]
        if found is not None and found[0] == style:
            if current is not None and current[0]:
                yield _ran(current, output, ended)
            current, output = (found[1], time, found[2]), []
        elif current is not None and not output and _open(current[0]) and CONTINUED.match(text):
            current = (f"{current[0]}\n{CONTINUED.sub('', text)}", *current[1:])
        elif current is not None:
            output.append(text)
        ended = time
    if current is not None and current[0]:
        yield _ran(current, output, ended)


def _lines(rows: Iterable[Row]) -> Iterator[tuple[str, float]]:
    """Lines with the time of their beginning; what only the width broke is one line."""
    held: list[str] = []
    size, begun = 0, 0.0
    for row in rows:
        begun = begun if held else row.time
        held.append(row.text)
        size += len(row.text)
        if not row.goes_on or size > 1 << 20:
            yield "".join(held), begun
            held, size = [], 0
    if held:
        yield "".join(held), begun


def _prompt(text: str, own: Any) -> tuple[tuple[Any, ...], str, str | None] | None:
    """The style of a prompt, what was typed after it, and the directory it shows."""
    if own is not None:
        match = own.match(text)
        return (("own",), text[match.end() :].strip(), None) if match and match.end() else None
    match = PROMPT.match(text[:4000])
    if match is None:
        return None
    where = (match["where"] or "").lstrip(": ") or None
    style = (match["who"], match["sign"], where is None)
    return style, (match["command"] or "").strip(), where


def _open(command: str) -> bool:
    """Whether a command goes on in the next line."""
    unclosed = command.count('"') % 2 or command.count("'") % 2
    return command.endswith("\\") or "<<" in command or bool(unclosed)


def _ran(current: tuple[str, float, str | None], output: list[str], ended: float) -> Ran:
    command, time, cwd = current
    return Ran(command, "\n".join(output).strip("\n"), time, max(time, ended), cwd, None)
