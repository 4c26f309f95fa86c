"""What of a build log is kept: the first error block and the end, read in one pass.

A log of any size passes through: held are at most `FIRST` lines of the first error of a tool, the
same of the first line that merely looks like an error, and the last `LAST` lines. Which of both
blocks counts is decided at the end: a tool's own, if there is one. Numbers are
ours: 60 lines and 40.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import re2

from byline.work.builds.causes import INFRASTRUCTURE, infrastructure
from byline.work.builds.log_text import alike, plain
from byline.work.builds.tools import (
    EXIT,
    GENERIC,
    INTERESTING,
    failed_test,
    paths_in,
    tool_of,
)
from byline.workspace.files import sha256_text

FIRST: Final = 60
LAST: Final = 40
RAW: Final = 3 * LAST  # lines as logged, some of which only the runner reads
BEFORE: Final = 2  # lines before an error that belong to it
WIDEST: Final = 500  # characters of a line
MOST_NAMES: Final = 50
WORTH: Final = re2.compile(
    "|".join([INTERESTING, *(pattern.pattern for _, pattern in INFRASTRUCTURE)])
)
"""A line as logged that is looked at more closely; most are not."""
GAP: Final = "[… lines left out …]"
SIGNATURE: Final = 16  # hexadecimal digits


@dataclass(frozen=True)
class Excerpt:
    """What is kept of a log.

    Attributes:
        text: The first error block and the end, ended by a line feed; empty for an empty log.
        tool: Whose error it is, or None.
        essence: The first error's own words.
        failed_tests: Names of failed tests, in order.
        named_paths: Files that the kept lines name, in order.
        infra: Why no change of the code repairs it, or None.
        lines: How many lines the log has.
    """

    text: str
    tool: str | None
    essence: str
    failed_tests: tuple[str, ...]
    named_paths: tuple[str, ...]
    infra: str | None
    lines: int

    @property
    def signature(self) -> str | None:
        """One for all failures that are the same failure; None where nothing says which it is."""
        return signature_of(self.tool, self.failed_tests, self.essence)


@dataclass
class _Reading:
    number: int = 0
    tail: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=RAW))  # as logged
    own: list[tuple[int, str]] = field(default_factory=list)
    general: list[tuple[int, str]] = field(default_factory=list)
    tool: str | None = None
    essence: str = ""
    vague: bool = True  # the essence is only a heading
    general_essence: str = ""
    failed: dict[str, None] = field(default_factory=dict)
    infra: tuple[int, str] | None = None  # the last line that tells of it


def excerpt(lines: Iterable[str]) -> Excerpt:
    """The excerpt of a log, from its lines without endings; they are read once and not kept."""
    state = _Reading()
    for raw in lines:
        state.number += 1
        collecting = 0 < len(state.own or state.general) < FIRST
        if collecting or WORTH.search(raw) is not None:
            _take(state, raw)
        state.tail.append((state.number, raw))
    block = (state.own or state.general)[:FIRST]
    tail = _read(state.tail)[-LAST:]
    paths = dict.fromkeys(path for _, line in (*block, *tail) for path in paths_in(line))
    return Excerpt(
        text=_joined(block, tail),
        tool=state.tool,
        essence=state.essence or state.general_essence,
        failed_tests=tuple(state.failed),
        named_paths=tuple(islice(paths, MOST_NAMES)),
        infra=_infra(state, tail),
        lines=state.number,
    )


def _infra(state: _Reading, tail: list[tuple[int, str]]) -> str | None:
    """What infrastructure did; long before the end of a log with an error it was overcome."""
    if state.infra is None or not tail:
        return None
    number, reason = state.infra
    return reason if state.tool is None or number >= tail[0][0] else None


def _read(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines as logged, as kept: those that only the runner reads are not among them."""
    read = ((number, plain(raw)) for number, raw in lines)
    return [
        (number, alike(line[: 4 * WIDEST])[:WIDEST]) for number, line in read if line is not None
    ]


def _take(state: _Reading, raw: str) -> None:
    for numbered in _read([(state.number, raw)]):
        line = numbered[1]
        reason = infrastructure(line)
        state.infra = (state.number, reason) if reason else state.infra
        _collect(state, numbered)
        test = failed_test(line) if len(state.failed) < MOST_NAMES else None
        if test is not None:
            state.failed[test] = None


def _collect(state: _Reading, numbered: tuple[int, str]) -> None:
    line = numbered[1]
    if len(state.own) < FIRST:
        found = tool_of(line) if not state.own or state.vague else None
        if state.own:
            state.own.append(numbered)
        elif found is not None:
            state.tool = found[0].name
            state.own = [*_earlier(state), numbered]
        if found is not None and found[0].name == state.tool:
            state.vague = found[1] == line.strip()
            state.essence = state.essence if state.vague and state.essence else found[1]
    if not state.own and len(state.general) < FIRST:
        if state.general:
            state.general.append(numbered)
        elif GENERIC.search(line) and not EXIT.match(line):
            state.general = [*_earlier(state), numbered]
            state.general_essence = line.strip()


def _earlier(state: _Reading) -> list[tuple[int, str]]:
    """The lines before the present one that belong to it."""
    return _read(list(state.tail)[-BEFORE:])


def _joined(block: list[tuple[int, str]], tail: list[tuple[int, str]]) -> str:
    """The block, a mark where lines are missing, and what of the tail comes after it."""
    if not block:
        return "".join(f"{line}\n" for _, line in tail)
    end = block[-1][0]
    rest = [(number, line) for number, line in tail if number > end]
    gap = [GAP] if rest and rest[0][0] > end + 1 else []
    return "".join(
        f"{line}\n" for line in (*(line for _, line in block), *gap, *(line for _, line in rest))
    )


def signature_of(tool: str | None, failed: Iterable[str], essence: str) -> str | None:
    """A digest of what failed: the tool, its tests, and the error's words without numbers."""
    tests = sorted(failed)[:5]
    words = "".join("0" if one.isdigit() else one for one in essence.lower())[:200]
    if not tests and not words:
        return None
    return sha256_text(tool or "", *tests, words if not tests else _kind(words))[:SIGNATURE]


def _kind(words: str) -> str:
    """The kind of an error, such as ``assertionerror``, of its words."""
    return words.partition(":")[0].strip() if ":" in words else ""
