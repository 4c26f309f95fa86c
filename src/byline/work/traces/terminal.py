r"""A terminal, as far as needed to know what stood on it: rows, a cursor, what a program erased.

Fed with the bytes that a terminal was sent, it keeps every row that was ever shown, with lines that
only the width broke put together again. A carriage return overwrites, so that of a progress bar
only its last state stays. The alternate screen (editors, pagers) is not kept.

Control functions: ECMA-48 and xterm's (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html);
marks of the shell: OSC 133 (https://gitlab.freedesktop.org/Per_Bothner/specifications).

Bounded: an unfinished sequence of at most `LONGEST_SEQUENCE`
characters waits for its end, numbers in sequences are clamped.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from byline.work.traces.screen import Screen

LONGEST_SEQUENCE: Final = 16_384
TAB: Final = 8
TOKEN: Final = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\](?P<command>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b[PX^_][^\x1b]*\x1b\\"
    r"|\x1b[ -/]*(?P<escape>[0-OQ-WYZ`-~\\])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
)
ALTERNATE: Final = frozenset({"?47", "?1047", "?1049"})


class Mark(NamedTuple):
    """A mark of the shell: ``A`` a prompt begins, ``B`` ends, ``C`` output begins, ``D`` ends."""

    letter: str
    row: int  # counted from the very first one
    column: int
    value: str  # of a D, the exit status
    time: float


class Terminal(Screen):
    """A screen that is fed with what a terminal was sent.

    Args:
        columns: Its width.
        rows: Its height.
        marked: Called with each mark of the shell, while the screen is as it was then.
    """

    def __init__(
        self, columns: int, rows: int, *, marked: Callable[[Mark], None] | None = None
    ) -> None:
        super().__init__(columns, rows)
        self.hidden = False  # on the alternate screen
        self.programs = 0  # how often the alternate screen was used
        self._marked = marked
        self._saved = (0, 0)
        self._waiting = ""

    def feed(self, data: str, time: float) -> None:
        """Show what was sent at a time."""
        self.time = time
        data, self._waiting = self._waiting + data, ""
        place = 0
        while place < len(data):
            match = TOKEN.match(data, place)
            if match is None:  # an escape sequence that is not complete, or never will be
                if len(data) - place <= LONGEST_SEQUENCE:
                    self._waiting = data[place:]
                    return
                place += 1
                continue
            place = match.end()
            self._take(match)

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if kind == "command":
            self._operating_system(match["command"])
        elif kind == "final":
            self._control_sequence(match["parameters"], match["final"])
        elif self.hidden:
            return
        elif kind == "text":
            self.write(match["text"])
        elif kind == "control":
            self._control(match["control"])
        elif kind == "escape":
            self._escape(match["escape"])

    def _control(self, letter: str) -> None:
        if letter == "\r":
            self.x = 0
        elif letter in "\n\x0b\x0c\x85":
            self.line()
            self.feed_line()
        elif letter == "\b":
            self.x = max(0, min(self.x, self.width - 1) - 1)
        elif letter == "\t":
            self.x = min((self.x // TAB + 1) * TAB, self.width - 1)

    def _escape(self, letter: str) -> None:
        if letter == "7":
            self._saved = (self.y, self.x)
        elif letter == "8":
            self.y, self.x = min(self._saved[0], self.height - 1), self._saved[1]
        elif letter == "c":
            self.clear()
        elif letter in "DE":
            self.feed_line()
            self.x = 0 if letter == "E" else self.x
        elif letter == "M":
            self.y = max(0, self.y - 1)

    def _operating_system(self, command: str) -> None:
        number, _, rest = command.partition(";")
        if number != "133" or self.hidden or self._marked is None:
            return
        letter, _, values = rest.partition(";")
        if letter in ("A", "B", "C", "D"):
            mark = Mark(letter, *self.position, values.partition(";")[0], self.time)
            self._marked(mark)

    def _control_sequence(self, parameters: str, final: str) -> None:
        if final in "hl":
            if parameters in ALTERNATE:
                self.programs += self.hidden is False and final == "h"
                self.hidden = final == "h"
            return
        if self.hidden or parameters[:1] in ("?", ">", "<", "="):
            return
        numbers = [_number(one) for one in parameters.split(";")[:16]]
        move = MOVES.get(final)
        if move is not None:
            move(self, numbers)


MOVES: Final[dict[str, Callable[[Screen, list[int]], None]]] = {
    "A": Screen.up, "B": Screen.down, "C": Screen.right, "D": Screen.left, "G": Screen.column,
    "`": Screen.column, "d": Screen.to_row, "H": Screen.place, "f": Screen.place,
    "J": Screen.erase_screen, "K": Screen.erase_line, "P": Screen.delete, "@": Screen.insert,
    "X": Screen.blank,
}  # fmt: skip


def _number(text: str) -> int:
    digits = text.partition(":")[0]
    return min(int(digits[:6]), 100_000) if digits.isascii() and digits.isdecimal() else 0
