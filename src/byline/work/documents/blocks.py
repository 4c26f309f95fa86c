"""Lists, tables and fields inside a section, as ranges of lines, and references to them.

A reference is what details are made of: ``{"part": native id, "start": line, "end": line}``, lines
counted from 1 within the part's text. It holds none of the text, because only the texts of parts
are searched for secrets and checked for permission.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from byline.work.documents.sections import Section

Reference = dict[str, str | int]
BULLET: Final = re.compile(
    r"(?P<indent>[ \t]{0,40})(?:[-*+•]|\d{1,3}[.)]|\.{1,3}|\*{2,5})[ \t]+(?=\S)"
)
ROW: Final = re.compile(r"[ \t]{0,40}\|")
RULE: Final = re.compile(r"[\s|:+=-]+$")
GOOD: Final = re.compile(
    r"\W{0,4}(?:good|pros?|advantages?|positive|benefits?)\b|\(?\+\)?\s", re.IGNORECASE
)
BAD: Final = re.compile(
    r"\W{0,4}(?:bad|cons?|disadvantages?|negative|drawbacks?)\b|\(-\)\s", re.IGNORECASE
)
LABEL: Final = re.compile(
    r"\W{0,6}(?P<good>pros?|advantages|benefits|positives?|good)?(?P<bad>cons?|disadvantages"
    r"|drawbacks|negatives?|bad)?"
    r"\W{0,6}$",
    re.IGNORECASE,
)
FIELD: Final = re.compile(
    r"[ \t]{0,8}(?:[-*+][ \t]+|:|\|[ \t]*)?[*_]{0,2}(?P<name>[A-Za-z][A-Za-z"
    r" _/-]{1,40}?)[*_]{0,2}[ \t]*"
    r"(?::|\|)[*_]{0,2}[ \t]*(?P<value>\S.{0,400})"
)


@dataclass(frozen=True)
class Passage:
    """A section as a part.

    Attributes:
        native: The part's native id.
        section: Which lines it has.
        raw: They themselves: the part's text.
        lines: What a reader sees of each; the same as `raw` where it is not HTML.
        role: What its heading announces.
    """

    native: str
    section: Section
    raw: Sequence[str]
    lines: Sequence[str]
    role: str | None

    def refer(self, start: int, end: int) -> Reference:
        """A reference to lines of the document, cut to this passage."""
        first = self.section.start
        return {"part": self.native, "start": start - first + 1, "end": end - first + 1}

    @property
    def text_lines(self) -> list[tuple[int, str]]:
        """The lines below the heading with their numbers in the document."""
        offset = self.section.start
        return [
            (number, self.lines[number - offset])
            for number in range(self.section.body, self.section.end + 1)
        ]


def whole(passage: Passage) -> list[Reference]:
    """A reference to all that stands below the heading, without blank lines at its ends."""
    filled = [number for number, line in passage.text_lines if line.strip()]
    return [passage.refer(filled[0], filled[-1])] if filled else []


def bullets(passage: Passage) -> list[tuple[int, int]]:
    """First and last line of each outermost list item."""
    return _items(passage.text_lines)


def _items(numbered: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    found: list[list[int]] = []
    indent = None
    for number, line in numbered:
        match = BULLET.match(line)
        width = len(match["indent"].expandtabs(4)) if match else 0
        if match and (indent is None or width <= indent):
            indent = width
            found.append([number, number])
        elif found and line.strip() and (line[0].isspace() or number == found[-1][1] + 1):
            found[-1][1] = number
    return [(start, end) for start, end in found]


def rows(passage: Passage) -> list[int]:
    """The lines of a table's rows, without its head and its rule."""
    table = [(n, line) for n, line in passage.text_lines if ROW.match(line)]
    rules = [place for place, (_, line) in enumerate(table) if RULE.match(line[:400])]
    first = rules[0] + 1 if rules else 1
    return [n for n, line in table[first:] if not RULE.match(line[:400])]


def entries(passage: Passage) -> list[tuple[int, int]]:
    """List items, or rows of a table where there is no list."""
    return bullets(passage) or [(number, number) for number in rows(passage)]


def arguments(passage: Passage) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The list items for and against: "Good, because …", "Bad, because …", or below "Pros"."""
    good: list[tuple[int, int]] = []
    bad: list[tuple[int, int]] = []
    lines = dict(passage.text_lines)
    starts = sorted((number, label) for number, label in _labels(passage))
    for start, end in bullets(passage):
        line = BULLET.sub("", lines[start], count=1)
        below = [label for number, label in starts if number < start]
        if GOOD.match(line):
            good.append((start, end))
        elif BAD.match(line):
            bad.append((start, end))
        elif below:
            (good if below[-1] == "good" else bad).append((start, end))
    return good, bad


def _labels(passage: Passage) -> Iterator[tuple[int, str]]:
    for number, line in passage.text_lines:
        bare = line.strip()
        match = LABEL.match(bare) if 3 <= len(bare) <= 40 else None
        if match and (match["good"] or match["bad"]):
            yield number, "good" if match["good"] else "bad"


def fields(numbered: Sequence[tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """``Name: value`` lines, by name in lower case: the line and the value; the first counts."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in numbered:
        match = FIELD.match(line) if len(line) < 600 else None
        if match:
            name = " ".join(match["name"].lower().replace("_", " ").replace("-", " ").split())
            found.setdefault(name, (number, match["value"].strip().strip("|").strip()))
    return found
