"""A screen and everything that scrolled off it: rows of cells, and a cursor.

Every row that was ever shown is kept, up to `MOST_ROWS`, those that left the screen as text.
Clearing the screen keeps what was on it, as the scrollback of most terminals does.
"""

import unicodedata
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

MOST_ROWS: Final = 100_000
WIDEST, HIGHEST = 2000, 500


class Row(NamedTuple):
    """A row that was shown.

    Attributes:
        text: Without white space at the end, unless it goes on in the next row.
        goes_on: Whether only the width broke it.
        time: Seconds from the beginning when it was first written.
    """

    text: str
    goes_on: bool
    time: float


class Line:
    """A row on the screen, which can still change."""

    __slots__ = ("cells", "goes_on", "time")

    def __init__(self, time: float) -> None:
        self.cells: list[str] = []
        self.goes_on = False
        self.time = time

    def row(self) -> Row:
        """What stands on it now."""
        text = "".join(self.cells)
        return Row(text if self.goes_on else text.rstrip(), self.goes_on, self.time)


class Screen:
    """A screen; numbers of moves are those of its control sequences, of which 0 means 1.

    Args:
        columns: Its width.
        rows: Its height.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.width = within(columns, 1, WIDEST)
        self.height = within(rows, 1, HIGHEST)
        self.past: deque[Row] = deque(maxlen=MOST_ROWS)
        self.scrolled = 0  # how many rows ever left the screen
        self.screen: list[Line] = [Line(0.0)]
        self.x = self.y = 0
        self.time = 0.0

    @property
    def position(self) -> tuple[int, int]:
        """The row of the cursor, counted from the very first, and its column."""
        return self.scrolled + self.y, self.x

    def rows(self, start: int = 0, end: int | None = None) -> Iterator[Row]:
        """Rows from one to before another, counted from the very first; lost ones are missing."""
        first = self.scrolled - len(self.past)
        for number in range(max(start, first), self.scrolled):
            if end is not None and number >= end:
                return
            yield self.past[number - first]
        for number, line in enumerate(self.screen, start=self.scrolled):
            if number >= start and (end is None or number < end):
                yield line.row()

    def text(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """What stands from one position to another, lines that only the width broke as one."""
        kept: list[str] = []
        first = max(start[0], self.scrolled - len(self.past))
        for number, row in enumerate(self.rows(first, end[0] + 1), start=first):
            text = row.text
            if number == end[0]:
                text = text[: end[1]]
            if number == start[0]:
                text = text[start[1] :]
            kept.append(text if row.goes_on and number != end[0] else f"{text}\n")
        return "".join(kept)

    def line(self) -> Line:
        """The row that the cursor is on."""
        while len(self.screen) <= self.y:
            self.screen.append(Line(self.time))
        line = self.screen[self.y]
        if not line.cells:
            line.time = self.time
        return line

    def write(self, text: str) -> None:
        """Write over what stands at the cursor."""
        cells = list(text) if text.isascii() else _cells(text)
        place = 0
        while place < len(cells):
            if self.x >= self.width:
                self.line().goes_on = True
                self.feed_line()
                self.x = 0
            line = self.line()
            some = cells[place : place + self.width - self.x]
            if len(line.cells) < self.x:
                line.cells.extend(" " * (self.x - len(line.cells)))
            line.cells[self.x : self.x + len(some)] = some
            self.x += len(some)
            place += len(some)

    def feed_line(self) -> None:
        """Move the cursor down; at the lowest row the screen scrolls."""
        self.y += 1
        if self.y >= self.height:
            self.line()
            self.scroll(self.y - self.height + 1)

    def scroll(self, count: int) -> None:
        """Let rows at the top leave the screen."""
        for line in self.screen[:count]:
            self.past.append(line.row())
        gone = min(count, len(self.screen))
        self.scrolled += gone
        del self.screen[:gone]
        self.y = max(0, self.y - gone)
        if not self.screen:
            self.screen.append(Line(self.time))

    def up(self, numbers: list[int]) -> None:
        """Move the cursor up."""
        self.y = max(0, self.y - max(1, numbers[0]))

    def down(self, numbers: list[int]) -> None:
        """Move the cursor down, on the screen."""
        self.y = min(self.height - 1, self.y + max(1, numbers[0]))

    def right(self, numbers: list[int]) -> None:
        """Move the cursor to the right."""
        self.x = min(self.width - 1, self.x + max(1, numbers[0]))

    def left(self, numbers: list[int]) -> None:
        """Move the cursor to the left."""
        self.x = max(0, min(self.x, self.width - 1) - max(1, numbers[0]))

    def column(self, numbers: list[int]) -> None:
        """Move the cursor to a column, counted from 1."""
        self.x = within(numbers[0] - 1, 0, self.width - 1)

    def to_row(self, numbers: list[int]) -> None:
        """Move the cursor to a row of the screen, counted from 1."""
        self.y = within(numbers[0] - 1, 0, self.height - 1)

    def place(self, numbers: list[int]) -> None:
        """Move the cursor to a row and a column."""
        self.to_row(numbers)
        self.column([*numbers[1:2], 1][:1])

    def erase_line(self, numbers: list[int]) -> None:
        """Erase the rest (0), the beginning (1) or all (2) of a row."""
        line = self.line()
        if numbers[0] == 0:
            del line.cells[self.x :]
        elif numbers[0] == 1:
            count = min(self.x + 1, len(line.cells))
            line.cells[:count] = [" "] * count
        else:
            line.cells.clear()
        if numbers[0] != 1:
            line.goes_on = False

    def erase_screen(self, numbers: list[int]) -> None:
        """Erase the rest (0) or all (2) of the screen."""
        if numbers[0] == 0 and (self.x, self.y) != (0, 0):
            self.erase_line([0])
            del self.screen[self.y + 1 :]
        elif numbers[0] in (0, 2):
            self.clear(keep=(self.y, self.x))

    def clear(self, keep: tuple[int, int] = (0, 0)) -> None:
        """Let all rows leave the screen; the cursor then stands where it was on it."""
        used = len(self.screen)
        while used and not self.screen[used - 1].cells:
            used -= 1
        self.scroll(used)
        self.screen = [Line(self.time)]
        self.y, self.x = keep

    def delete(self, numbers: list[int]) -> None:
        """Take out characters at the cursor."""
        cells = self.line().cells
        del cells[self.x : self.x + max(1, numbers[0])]

    def insert(self, numbers: list[int]) -> None:
        """Make room at the cursor."""
        line = self.line()
        if self.x < len(line.cells):
            line.cells[self.x : self.x] = [" "] * min(max(1, numbers[0]), self.width)
            del line.cells[self.width :]

    def blank(self, numbers: list[int]) -> None:
        """Overwrite characters with spaces."""
        cells = self.line().cells
        end = min(self.x + max(1, numbers[0]), len(cells))
        cells[self.x : end] = [" "] * max(0, end - self.x)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size from now on."""
        self.width, self.height = within(columns, 1, WIDEST), within(rows, 1, HIGHEST)
        if self.y >= self.height:
            self.scroll(self.y - self.height + 1)


def _cells(text: str) -> list[str]:
    """The cells of a text: wide characters take two, combining ones none of their own."""
    cells: list[str] = []
    for letter in text:
        if unicodedata.combining(letter) and cells:
            if len(cells[-1]) < 8:
                cells[-1] += letter
        else:
            cells.append(letter)
            if unicodedata.east_asian_width(letter) in "WF":
                cells.append("")
    return cells


def within(number: int, low: int, high: int) -> int:
    """The number, or the nearest that is allowed."""
    return max(low, min(number, high))
