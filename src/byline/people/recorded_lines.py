"""Lines that a commit wrote, found again in the states that a record counts lines of.

A line that `git blame` gives to a commit stands as it is in one of the files that the commit
changed, as it left them. Which of them, and where, is not kept: lines are followed through renames,
moves and copies. So all places with that text are considered. Where all agree, that is what the
record says of the line; where they do not, it is ``mixed`` if an AI may have written it, and else
``unknown``: never ``human`` by a guess. A short line is not looked for in other files, as git does
not follow it there on its own.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from byline.people.attribution import agreed
from byline.people.attribution_records import AI, MIXED, UNKNOWN
from byline.work.identifiers import line_list

WEIGHTY = 20  # letters and digits of a line that may have come alone from another file


@dataclass(frozen=True)
class Known:
    """What records say of one commit and path.

    Attributes:
        ranges: First line, line after the last, origin; in order and apart.
        whole: What is said of all lines that the commit wrote there, or None.
        text: The file as the commit left it, where it is known.
        evidence: ``kind: what``.
    """

    ranges: tuple[tuple[int, int, str], ...]
    whole: str | None
    text: str | None
    evidence: tuple[str, ...]

    @property
    def by_ai(self) -> bool:
        """Whether an AI wrote any of it."""
        return self.whole is not None or any(o in (AI, MIXED) for *_, o in self.ranges)

    @cached_property
    def said(self) -> Mapping[str, frozenset[str | None]] | None:
        """What is said of lines by their text; None where the state that it speaks of is not known.

        A record that counts more lines than the file has is of another state.
        """
        if self.text is None:
            return None
        lines = line_list(self.text)
        if not all(end <= len(lines) + 1 for _, end, _ in self.ranges):
            return None
        found: dict[str, set[str | None]] = {}
        for line, origin in zip(lines, by_line(self, len(lines)), strict=True):
            found.setdefault(line.rstrip("\n"), set()).add(origin)
        return {line: frozenset(origins) for line, origins in found.items()}


def combined(rows: Sequence[Mapping[str, Any]]) -> Known:
    """What several rows of `ATTRIBUTIONS` for one commit and path come to."""
    cuts = sorted({edge for row in rows for part in row["ranges"]
                   for edge in (part["start"], part["start"] + part["lines"])})  # fmt: skip
    said: list[set[str]] = [set() for _ in cuts]
    for row in rows:
        for part in row["ranges"]:
            first = bisect_left(cuts, part["start"])
            for place in range(first, bisect_left(cuts, part["start"] + part["lines"])):
                said[place].add(part["origin"])
    ranges = [
        (start, end, origin)
        for start, end, origins in zip(cuts, cuts[1:], said, strict=False)
        if (origin := agreed(origins)) is not None
    ]
    evidence = {
        f"{row['format']}: {agent}" for row in rows for agent in row["agents"] or ["no agent named"]
    }
    return Known(
        ranges=tuple(ranges),
        whole=next((row["whole"] for row in rows if row["whole"]), None),
        text=next((row["text"] for row in rows if row["text"] is not None), None),
        evidence=tuple(sorted(evidence)),
    )


def said_of(
    wanted: Sequence[str],
    here: Known | None,
    others: Sequence[Known],
    *,
    moved: bool,
    complete: bool,
) -> list[str | None]:
    """What records say of lines that one commit wrote, wherever they stand now.

    Args:
        wanted: The lines, without line feeds.
        here: What is recorded of the path that they stand in, at that commit.
        others: What is recorded of the other paths that the commit changed.
        moved: Whether the commit did not change this path, so that it wrote the lines in another.
        complete: Whether the commit changed no path besides those that are recorded.
    """
    settled = here is not None or complete
    return [_said_of_one(line, here, others, moved=moved, settled=settled) for line in wanted]


def _said_of_one(
    line: str, here: Known | None, others: Sequence[Known], *, moved: bool, settled: bool
) -> str | None:
    weighty = sum(map(str.isalnum, line)) >= WEIGHTY
    asked = [known for known in (here,) if known is not None]
    if weighty or moved:
        asked += [known for known in others if moved or known.said is not None]
    options: set[str | None] = set()
    for known in asked:
        # Where the state is not known the line may stand there or not.
        options |= {guess(known)} if known.said is None else known.said.get(line, frozenset())
    if not options:
        # A line that was passed on under another text, or one that no record speaks of.
        possible = [*asked, *others]
        return _vague({guess(known) for known in possible}) if settled else None
    if not settled:
        return _vague(options)
    return options.pop() if len(options) == 1 else _vague(options)


def _vague(options: set[str | None]) -> str | None:
    if options == {None}:
        return None
    return MIXED if options & {AI, MIXED} else UNKNOWN


def guess(known: Known) -> str:
    """Where lines cannot be placed: never human."""
    return MIXED if known.by_ai else UNKNOWN


def by_line(known: Known, lines: int) -> list[str | None]:
    """What a record says of each line of its commit's state; None of those it passes over."""
    said: list[str | None] = [known.whole] * lines
    for start, end, origin in known.ranges:
        both = agreed({origin, known.whole} if known.whole else {origin})
        stop = min(end - 1, lines)
        said[start - 1 : stop] = [both] * max(stop - start + 1, 0)
    return said
