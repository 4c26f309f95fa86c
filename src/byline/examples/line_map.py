"""Where a line of one state of a file is in another state, in both directions.

Lines are counted from 1, as comments count them. A line outside every changed block has exactly one
counterpart; one inside a block has none, only a place where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from byline.work.diff import Block, changed_blocks


@dataclass(frozen=True)
class LineMap:
    """The lines of an old and a new state.

    Attributes:
        blocks: What differs, in order.
        old: How many lines the old state has; `new` likewise.
    """

    blocks: tuple[Block, ...]
    old: int
    new: int

    def forward(self, line: int) -> int | None:
        """The line of the new state that a line of the old state is, or None if it changed."""
        shift = 0
        for block in self.blocks:
            if line <= block.old_start:
                break
            if line <= block.old_end:
                return None
            shift = block.new_end - block.old_end
        return line + shift if 1 <= line <= self.old else None

    def place(self, line: int) -> int:
        """Where a line of the old state is or was, in lines of the new state.

        A line of a block goes to the line that stands as far into what replaced it, at most to its
        last; a line outside the file to the nearest.
        """
        line = min(max(line, 1), max(self.old, 1))
        exact = self.forward(line)
        if exact is not None:
            return exact
        for block in self.blocks:
            if block.old_start < line <= block.old_end:
                inside = min(line - block.old_start, block.new_end - block.new_start)
                return min(max(block.new_start + inside, 1), max(self.new, 1))
        return min(line, max(self.new, 1))

    def distance(self, line: int, *, end: int | None = None) -> int | None:
        """How many lines of the old state lie between a line and the nearest change.

        Args:
            line: First line, counted from 1.
            end: Last line; the first unless given.

        Returns:
            0 where the change is of one of these lines or touches them; None if nothing changed.
        """
        last = line if end is None else max(end, line)
        return min((_gap(block, line, last) for block in self.blocks), default=None)

    def near(self, line: int, reach: int, *, end: int | None = None) -> list[Block]:
        """The blocks within so many lines of a line (or of lines) of the old state."""
        last = line if end is None else max(end, line)
        return [block for block in self.blocks if _gap(block, line, last) <= reach]

    @property
    def reverse(self) -> "LineMap":
        """The same from the new to the old state."""
        turned = tuple(
            Block(one.new_start, one.new_end, one.old_start, one.old_end) for one in self.blocks
        )
        return LineMap(turned, self.new, self.old)


def line_map(old: Sequence[str], new: Sequence[str]) -> LineMap:
    """The map between two states, as lists of lines."""
    return LineMap(tuple(changed_blocks(old, new)), len(old), len(new))


def _gap(block: Block, first: int, last: int) -> int:
    """Lines between a block and the lines [first, last] of the old state.

    An insertion stands between two lines and is at distance 0 from both.
    """
    start, end = block.old_start + 1, block.old_end
    if end < start:
        start, end = block.old_start, block.old_start + 1
    return max(start - last, first - end, 0)
