r"""Encoded blobs: base64, hexadecimal and unicode escapes inside texts, hunks and comments.

The rules are StarCoder2's (arXiv 2402.19173): a text goes if such a run is longer than 1,024 bytes
or takes more than half of it. `byline.corpus.quality` asks the same of whole files, with the same
patterns and limits; here they are asked of any column, and it is said which lines are meant, so
that one blob in a comment does not cost the comment.

A run of base64 may go over line ends, as certificates do. A list of short words, one a line, would
be one too: a run counts as encoded only if it mixes digits with letters of both cases, or if it is
of hexadecimal digits or escapes.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import re2

from byline.corpus.quality import ENCODED_RUN, ENCODED_SHARE
from byline.corpus.schema import RULE

BASE64: Final = re2.compile(r"[a-zA-Z0-9+/\n=]{64,}")
HEX: Final = re2.compile(r"(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8,}|\b[0-9a-fA-F]{65,}\b")
"""StarCoder2's, and unbroken runs that are longer than any digest."""
ESCAPES: Final = re2.compile(r"(?:\\u[0-9a-fA-F]{4}){8,}")
SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half a character, which a JSON export may hold and RE2 does not read."""
FAST: Final = 64
"""A shorter text holds no run of base64, and none of the others of a size that matters."""


def encoded_runs(text: str) -> list[tuple[int, int]]:
    """Where encoded data stands: code points [start, end), in order, apart from each other."""
    if len(text) < FAST:
        return []
    if not text.isascii():
        text = SURROGATE.sub("\ufffd", text)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(_runs(text)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _runs(text: str) -> Iterator[tuple[int, int]]:
    for match in BASE64.finditer(text):
        start, end = _whole_lines(text, *match.span())
        if end - start >= FAST and _is_mixed(text[start:end]):
            yield start, end
    for match in HEX.finditer(text):
        yield match.start(), match.start() + len(match[0].rstrip())
    if "\\u" in text:
        for match in ESCAPES.finditer(text):
            yield match.span()


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """A run without line ends at its borders, and without words of the lines beside it."""
    first = text.find("\n", start, end)
    if 0 <= first - start < FAST and start > 0 and text[start - 1] != "\n":
        start = first
    last = text.rfind("\n", start, end)
    if last >= 0 and end - last <= FAST and end < len(text) and text[end] != "\n":
        end = last
    while start < end and text[start] == "\n":
        start += 1
    while end > start and text[end - 1] == "\n":
        end -= 1
    return start, end


def _is_mixed(run: str) -> bool:
    """Whether a run looks like bytes rather than like words: digits, and letters of both cases."""
    has_digit = any(letter in run for letter in "0123456789")
    return has_digit and run != run.lower() and run != run.upper()


def encoded_rules(text: str | None) -> list[dict[str, Any]]:
    """Rows of `RULE`: the longest run in bytes, and the share of all bytes in runs."""
    if text is None:
        return []
    sizes = [_size(text[start:end]) for start, end in encoded_runs(text)]
    share = sum(sizes) / max(_size(text), 1)
    measured = (
        ("encoded.run", float(max(sizes, default=0)), ENCODED_RUN),
        ("encoded.share", share, ENCODED_SHARE),
    )
    return [
        {"rule": rule, "value": value, "limit": limit, "keep": value <= limit}
        for rule, value, limit in measured
    ]


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def encoded(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The rules' rows for every text of a column.

    Args:
        texts: Strings; a null has no rows.

    Returns:
        A list array of `RULE` structs as long as `texts`.
    """
    rows = [encoded_rules(text) for text in texts.to_pylist()]
    return pa.array(rows, pa.list_(RULE))


def encoded_lines(text: str, *, longest: float = ENCODED_RUN) -> list[tuple[int, int]]:
    """The lines that hold runs of more than `longest` bytes, as (first, number), counted from 1."""
    found: list[tuple[int, int]] = []
    for start, end in encoded_runs(text):
        if _size(text[start:end]) <= longest:
            continue
        first = text.count("\n", 0, start) + 1
        last = first + text.count("\n", start, end)
        if found and first < sum(found[-1]):
            found[-1] = (found[-1][0], last - found[-1][0] + 1)
        else:
            found.append((first, last - first + 1))
    return found
