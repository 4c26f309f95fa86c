"""Where a newer version of a file differs from an older one, and what that does to lines followed.

Lines are followed from newer to older versions. Each has a number in the version it has reached and
a final line that it stands for; two final lines can stand for one line of an older version, because
two files may come from one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from byline.work.git import texts

Pair = tuple[str, str]  # the ids of an older and a newer blob
Numbers = npt.NDArray[np.int32]
Marks = npt.NDArray[np.uint8]


class Lines(NamedTuple):
    """Lines of one version of a file.

    Attributes:
        here: Their numbers in it, counted from 0.
        final: The final line of each.
        edge: 1 where a line begins an entry in the sense of `git blame`: what it moves, weighs and
            finds copies of as one. Only kept where the compiled library follows lines.
    """

    here: Numbers
    final: Numbers
    edge: Marks

    def some(self, which: slice | npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Lines":
        """Some of the lines, or all in another order."""
        return Lines(self.here[which], self.final[which], self.edge[which])


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
            outside, here, final, edge = texts.parted(self.rows, *lines)
            both = Lines(here, final, edge)
            return both.some(slice(outside)), both.some(slice(outside, None))
        old_first, removed, new_first, added = self.rows.T
        zero = np.zeros(1, dtype=np.int32)
        ends = np.concatenate([zero, new_first + added])
        shifts = np.concatenate([zero, old_first + removed - new_first - added])
        behind = new_first.searchsorted(lines.here, side="right")
        kept = lines.here >= ends[behind]
        older = lines._replace(here=(lines.here + shifts[behind]).astype(np.int32))
        return older.some(kept), lines.some(~kept)


def joined_lines(*parts: Lines) -> Lines:
    """The lines of all parts, one after another."""
    return Lines(
        np.concatenate([part.here for part in parts]),
        np.concatenate([part.final for part in parts]),
        np.concatenate([part.edge for part in parts]),
    )
