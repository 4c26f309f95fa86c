"""Replacing what was found by typed placeholders, without moving a line.

Invariants: every line break of the text stays where it was, so line-by-line authorship still holds;
text outside the spans is unchanged; a placeholder is not itself a finding, so redacting twice
changes nothing.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, Protocol

import re2

from byline.errors import InputError

LINE_BREAKS: Final = re2.compile(r"[\n\r\v\f\x1c-\x1e\x{85}\x{2028}\x{2029}]+")
"""Every character at which `str.splitlines` ends a line."""


class Span(Protocol):
    """What `redact` needs of a finding."""

    @property
    def start(self) -> int:
        """First code point."""
        ...

    @property
    def end(self) -> int:
        """One past the last code point."""
        ...

    @property
    def category(self) -> str:
        """``secret`` or ``personal``."""
        ...

    @property
    def kind(self) -> str:
        """The kind of thing found."""
        ...


def placeholder(category: str, kind: str) -> str:
    """The word that stands for a finding: ``<SECRET>`` for every secret, else ``<EMAIL>``, …."""
    word = "SECRET" if category == "secret" else kind.upper().replace("-", "_")
    return f"<{word}>"


def redact(text: str, findings: Iterable[Span]) -> str:
    """`text` with each span replaced by its placeholder.

    A span over several lines is replaced line by line: each of its lines that holds anything gets
    one placeholder.

    Args:
        text: The text that was searched.
        findings: Spans in code points of `text`, in any order, without overlaps (`find` yields
            such).

    Raises:
        InputError: Spans overlap or reach outside `text`.
    """
    ordered = sorted(findings, key=lambda one: (one.start, one.end))
    _check(text, ordered)
    pieces: list[str] = []
    done = 0
    for one in ordered:
        pieces += (text[done : one.start], _replaced(text[one.start : one.end], one))
        done = one.end
    return "".join([*pieces, text[done:]])


def _check(text: str, ordered: list[Span]) -> None:
    overlap = any(left.end > right.start for left, right in pairwise(ordered))
    outside = any(not 0 <= one.start <= one.end <= len(text) for one in ordered)
    if overlap or outside:
        raise InputError(
            "findings overlap or reach outside their text",
            advice="Redact the text that was searched, with the findings of one search.",
        )


def _replaced(value: str, finding: Span) -> str:
    word = placeholder(finding.category, finding.kind)
    pieces: list[str] = []
    done = 0
    for breaks in LINE_BREAKS.finditer(value):
        start, end = breaks.span()
        pieces += (word if start > done else "", value[start:end])
        done = end
    return "".join([*pieces, word if len(value) > done else ""])
