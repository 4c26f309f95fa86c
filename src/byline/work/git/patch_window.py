"""A moving window over what git prints, with the places of its line feeds.

Lines are found for a whole window at once and counted, never looked for one by one.
"""

from typing import IO

import numpy as np

READ = 1 << 20
LINE_FEED = ord("\n")


class Window:
    """Bytes not yet taken: `data` from `at` on.

    Attributes:
        data: What is held.
        at: Where the next byte to take is.
        ends: Where each line feed of `data` is.
        line: The first of `ends` that is not before `at`.
    """

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        self._finished = False
        self.data = b""
        self.at = 0
        self.ends = np.empty(0, dtype=np.int64).data
        self.line = 0

    def need(self, size: int) -> None:
        """Hold at least so many bytes, or all that there are."""
        while not self._finished and len(self.data) - self.at < size:
            self._fill(size)

    def need_lines(self, count: int, *, most: int) -> bool:
        """Hold at least so many whole lines, or all that there are; False when too long for it.

        Args:
            count: Lines from `at` on.
            most: Bytes that may be held for it.
        """
        while not self._finished and len(self.ends) - self.line < count:
            held = len(self.data) - self.at
            if held > most:
                return False
            self._fill(held)
        return True

    def find(self, mark: bytes) -> int:
        """How far from `at` a mark is.

        Raises:
            EOFError: It never comes.
        """
        start = 0
        while (found := self.data.find(mark, self.at + start)) < 0:
            if self._finished:
                raise EOFError
            start = max(len(self.data) - self.at - len(mark) + 1, 0)
            self._fill(start)
        return found - self.at

    def skip_lines(self, count: int) -> None:
        """Take so many lines without ever holding them all."""
        while True:
            here = min(count, len(self.ends) - self.line)
            if here:
                self.take(self.ends[self.line + here - 1] + 1, lines=here)
                count -= here
            if not count or self._finished:
                return
            self.at = len(self.data)
            self.line = len(self.ends)
            self._fill(0)

    def take(self, end: int, *, lines: int | None = None) -> None:
        """Go on to `end`; `lines` is how many line feeds are before it, where that is known."""
        self.line += self.data.count(b"\n", self.at, end) if lines is None else lines
        self.at = end

    def _fill(self, size: int) -> None:
        """Read as much again as is held, so that a long piece is copied few times."""
        more = self._output.read(max(READ, size))
        self._finished = not more
        if more:
            self.data = self.data[self.at :] + more
            self.at = self.line = 0
            here = np.frombuffer(self.data, dtype=np.uint8) == LINE_FEED
            self.ends = np.flatnonzero(here).astype(np.int64, copy=False).data
