"""Whom the copyright lines of a file name, and whether that is the organisation.

A line counts where the mark of copyright is followed by a year or by (c), or where it is an SPDX
tag: prose that speaks about copyright names nobody. Lines are read in the head of a file only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

HEAD_LINES: Final = 60
HEAD_CHARACTERS: Final = 8_192
MARK: Final = re.compile(
    r"(?i)(?:^|[^\w-])(?:SPDX-FileCopyrightText:|SPDX-SnippetCopyrightText:"
    r"|(?:copyright|\N{COPYRIGHT SIGN})(?=[\s:(\N{COPYRIGHT SIGN}]))[ \t]*(?P<rest>[^\n]{2,300})"
)
STRONG: Final = re.compile(r"(?i)^[:\s]*(?:\(c\)|\N{COPYRIGHT SIGN}|copyright|\d{4})")
LEADING: Final = re.compile(
    r"(?i)^(?:[\s:,;.\N{EN DASH}-]|\(c\)|\N{COPYRIGHT SIGN}|copyright\b|\d{4}(?!\d)|present\b"
    r"|(?:by|held by|assigned to)\s|the original author)+"
)
TRAILING: Final = re.compile(
    r"(?i)\s*(?:all rights reserved.*|<[^>]*>.*|\(?https?://.*|,?\s*\d{4}(?:\s*-\s*\d{4})?"
    r"|,? and (?:other )?contributors.*|\*/.*|-->.*|[\"'#*.,;:\s]+)$"
)
CONTRIBUTORS: Final = re.compile(r"(?i)^(?:the\s+)?(?:authors|contributors|see\s.*|license.*)?$")


@dataclass(frozen=True)
class Holder:
    """A name from a copyright line, and the line, counted from 1."""

    name: str
    line: int


def holders_of(text: str, *, any_line: bool = False) -> Iterator[Holder]:
    """Whom the copyright lines in the head of a text name, in order.

    Args:
        text: The text.
        any_line: Whether a line without a year or (c) counts too, as in declarations.
    """
    head = text[:HEAD_CHARACTERS].split("\n")[:HEAD_LINES]
    for number, line in enumerate(head, start=1):
        match = MARK.search(line)
        if match is None:
            continue
        rest = match["rest"]
        if not (any_line or "SPDX" in match[0] or STRONG.match(rest) or "(c)" in match[0].lower()):
            continue
        name = _name(rest)
        if name:
            yield Holder(name, number)


def _name(rest: str) -> str:
    name = LEADING.sub("", rest)
    for _ in range(4):
        name, before = TRAILING.sub("", name).strip(), name
        if name == before:
            break
    letters = sum(one.isalpha() for one in name)
    template = any(mark in name for mark in "{}\\$%")
    return "" if letters < 2 or template or CONTRIBUTORS.match(name) else name[:120]


def foreign_holder(found: Sequence[Holder], own: Sequence[str]) -> Holder | None:
    """The first holder that is not the organisation; None where `own` is empty: nothing tells.

    Args:
        found: Whom a file names.
        own: How the organisation's own lines name it; case and punctuation do not count, and a
            longer name that begins with one of these is its own too.
    """
    if not own:
        return None
    names = [_plain(one) for one in own]
    return next((one for one in found if not _is_own(_plain(one.name), names)), None)


def _is_own(name: str, own: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one} ") for one in own)


def _plain(name: str) -> str:
    words = re.findall(r"\w+", name.casefold())
    return " ".join(words[1:] if words[:1] == ["the"] else words)
