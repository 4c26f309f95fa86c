"""Where a newer version of a file differs from an older one, and what that does to lines followed.

Lines are followed from newer to older versions. Each has a number in the version it has reached and
a final line that it stands for; two final lines can stand for one line of an older version, because
two files may come from one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from byline.work.git import texts

Pair = tuple[str, str]  # the ids of an older and a newer blob
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one version of a file, as one table: half the work on them is small steps.

    Attributes:
        table: Three rows, and a column for each line: its number in this version, counted from 0;
            the final line that it stands for; 1 where it begins an entry in the sense of `git
            blame`, what it moves, weighs and finds copies of as one. (Entries are only kept where
            the compiled library follows lines.)
    """

    table: Numbers

    @staticmethod
    def of(here: Numbers, final: Numbers, edge: Numbers) -> "Lines":
        """Lines from their three rows."""
        return Lines(np.stack([here, final, edge]).astype(np.int32, copy=False))

    def __len__(self) -> int:
        """How many lines."""
        return int(self.table.shape[1])

    @property
    def here(self) -> Numbers:
        """Their numbers in this version."""
        row: Numbers = self.table[0]
        return row

    @property
    def final(self) -> Numbers:
        """The final line of each."""
        row: Numbers = self.table[1]
        return row

    @property
    def edge(self) -> Numbers:
        """Where an entry begins."""
        row: Numbers = self.table[2]
        return row

    def some(self, which: slice | npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Lines":
        """Some of the lines, or all in another order."""
        return Lines(self.table[:, which])


@dataclass(frozen=True)
class Hunks:
    """The hunks between two versions of a file.

    Attributes:
        rows: Each hunk's first line and count in the older, then in the newer version, in order;
            lines are counted from 0.
    """

    rows: Numbers

    def part(self, lines: Lines) -> tuple[Lines, Lines]:
        """The lines outside all hunks, as lines of the older version; and those inside, as here."""
        if texts.available():
            outside, table = texts.parted(self.rows, lines.table)
            return Lines(table[:, :outside]), Lines(table[:, outside:])
        old_first, removed, new_first, added = self.rows.T
        zero = np.zeros(1, dtype=np.int32)
        ends = np.concatenate([zero, new_first + added])
        shifts = np.concatenate([zero, old_first + removed - new_first - added])
        behind = new_first.searchsorted(lines.here, side="right")
        kept = lines.here >= ends[behind]
        older = Lines.of(lines.here + shifts[behind], lines.final, lines.edge)
        return older.some(kept), lines.some(~kept)


def joined_lines(*parts: Lines) -> Lines:
    """The lines of all parts, one after another."""
    return Lines(np.concatenate([part.table for part in parts], axis=1))
