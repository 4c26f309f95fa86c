"""Words of source text and the fingerprints of runs of words, for finding copies.

A text is read as its words (letters, digits, underscore, and any byte above ASCII) in order.
Indentation, line breaks, punctuation, comments and import lines are left out, so re-indenting,
reformatting, taking a licence header away or adding one changes nothing. A fingerprint is the hash
of `RUN` words in a row; of each `WINDOW` neighbours the smallest is selected, the rightmost of
equal ones: winnowing (Schleimer, Wilkerson, Aiken 2003, doi:10.1145/872757.872770). So two texts
that share `RUN + WINDOW - 1` words in a row share a selected fingerprint, wherever the run begins.

Invariant: `WINDOW <= RUN`, so that two selected neighbours on one diagonal prove every word between
them equal. What a word or a run hashes to is part of `VERSION`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

VERSION: Final = "1"
RUN: Final = 8
"""Words in a fingerprint."""
WINDOW: Final = 5
"""Fingerprints of which one is selected: about one in three of all."""
DISTINCT: Final = 4
"""A run of fewer distinct words (rows of numbers, closing tags) says nothing: never selected."""

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

BASE: Final = np.uint64(0x9E3779B97F4A7C15 | 1)
INVERSE: Final = np.uint64(pow(int(BASE), -1, 1 << 64))
BLOCKS: Final = {"//": (b"/*", b"*/"), "<": (b"<!--", b"-->")}
STYLES: Final = {
    "#": "py pyi pyx pxd rb sh bash zsh ksh pl pm r yaml yml toml tcl cmake mk nix ex exs cr jl "
    "conf cfg ps1 awk",
    "//": "c h cc cpp cxx hh hpp hxx m mm java js mjs cjs jsx ts tsx go rs cs kt kts swift scala "
    "dart php groovy proto css scss less v sv zig",
    "--": "sql lua hs elm adb ads vhd",
    ";": "lisp el clj cljs scm asm s ini",
    "%": "tex sty cls m4 erl hrl pro",
    "<": "html htm xml xhtml svg vue md markdown xsl xslt",
}
STYLE_OF: Final = {ending: style for style, endings in STYLES.items() for ending in endings.split()}
IMPORTS: Final = ("import", "from", "include", "using", "package", "use", "require")


def _flags(*characters: int) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[list(characters)] = True
    return table


IS_WORD: Final = _flags(*b"_0123456789", *range(65, 91), *range(97, 123), *range(128, 256))
IS_SPACE: Final = _flags(*b" \t\r\n\f\v")


@dataclass(frozen=True)
class Words:
    """The words of one text that count.

    Attributes:
        hashes: Shape (n,), a 64-bit hash of each word.
        lines: Shape (n,), the line of each word, counted from 0.
    """

    hashes: Hashes
    lines: Places


class _Powers:
    """Powers of `BASE` and of its inverse modulo 2^64, grown as texts ask for them."""

    def __init__(self) -> None:
        self._grow(1 << 16)

    def _grow(self, size: int) -> None:
        base = np.full(size, BASE, dtype=np.uint64)
        inverse = np.full(size, INVERSE, dtype=np.uint64)
        base[0] = inverse[0] = 1
        self._base, self._inverse = np.cumprod(base), np.cumprod(inverse)

    def upto(self, size: int) -> tuple[Hashes, Hashes]:
        if size > len(self._base):
            self._grow(2 * size)
        return self._base[:size], self._inverse[:size]


_POWERS: Final = _Powers()


def words_of(text: str, path: str) -> Words:
    """The words of a text that count; `path` tells by its ending how comments are written."""
    raw = text.encode("utf-8", "surrogatepass")
    data = np.frombuffer(raw, dtype=np.uint8)
    flags = np.zeros(len(data) + 2, dtype=np.int8)
    flags[1:-1] = IS_WORD[data]
    edges = np.flatnonzero(np.diff(flags))
    starts, ends = edges[0::2], edges[1::2]
    if not len(starts):
        return Words(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64))
    lines = np.searchsorted(np.flatnonzero(data == 10), starts).astype(np.int64)
    kept = ~_in_comment(raw, data, starts, lines, _style(path))
    hashes = _hash_words(data, starts[kept], ends[kept])
    lines = lines[kept]
    kept = ~_on_import_line(hashes, lines)
    return Words(hashes[kept], lines[kept])


def _style(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    return STYLE_OF.get(name.rpartition(".")[2] if "." in name else "", "#")


def _hash_words(data: npt.NDArray[np.uint8], starts: Places, ends: Places) -> Hashes:
    """A polynomial hash of each word, read off one running sum over the whole text."""
    base, inverse = _POWERS.upto(len(data))
    total = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum((data.astype(np.uint64) + np.uint64(1)) * base, out=total[1:])
    return _mixed((total[ends] - total[starts]) * inverse[starts])


def _mixed(numbers: Hashes) -> Hashes:
    """An invertible mix (the finaliser of splitmix64), so that close numbers separate."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: Hashes = mixed ^ (mixed >> np.uint64(31))
    return result


def _in_comment(
    raw: bytes, data: npt.NDArray[np.uint8], starts: Places, lines: Places, style: str
) -> npt.NDArray[np.bool_]:
    """Which words lie in comments. What looks like one inside a string is taken for one too."""
    inside = np.zeros(len(starts), dtype=np.bool_)
    for block in _blocks(raw, style):
        low, high = np.searchsorted(starts, block)
        inside[low:high] = True
    if style == "<":
        return inside
    opens = np.flatnonzero(data == ord(style[0]))
    if len(style) == 2:
        follows = np.minimum(opens + 1, len(data) - 1)
        opens = opens[(data[follows] == ord(style[1])) & (follows > opens)]
    opens = opens[(opens == 0) | IS_SPACE[data[np.maximum(opens - 1, 0)]]]
    if not len(opens):
        return inside
    opened_in = np.searchsorted(np.flatnonzero(data == 10), opens)
    rows, first = np.unique(opened_in, return_index=True)
    at = np.searchsorted(rows, lines)
    found = (at < len(rows)) & (rows[np.minimum(at, len(rows) - 1)] == lines)
    begin = np.where(found, opens[first][np.minimum(at, len(rows) - 1)], len(data))
    result: npt.NDArray[np.bool_] = inside | (starts > begin)
    return result


def _blocks(raw: bytes, style: str) -> Iterator[tuple[int, int]]:
    """Where comments over several lines begin and end; one that never ends is none."""
    opening, closing = BLOCKS.get(style, (b"", b""))
    start = raw.find(opening) if opening else -1
    while start >= 0:
        end = raw.find(closing, start + len(opening))
        if end < 0:
            return
        yield start, end + len(closing)
        start = raw.find(opening, end + len(closing))


def _on_import_line(hashes: Hashes, lines: Places) -> npt.NDArray[np.bool_]:
    if not len(hashes):
        return np.zeros(0, dtype=np.bool_)
    begins = np.flatnonzero(np.diff(lines, prepend=-1))
    imports = np.isin(hashes[begins], IMPORT_HASHES)
    return np.repeat(imports, np.diff(begins, append=len(hashes)))


def hashed(*words: str) -> Hashes:
    """The hashes of words, ascending, as `words_of` gives them."""
    texts = [np.frombuffer(word.encode(), dtype=np.uint8) for word in words]
    zero = np.array([0])
    found = [_hash_words(one, zero, np.array([len(one)]))[0] for one in texts]
    ordered: Hashes = np.sort(np.array(found, dtype=np.uint64))
    return ordered


IMPORT_HASHES: Final = hashed(*IMPORTS)


def runs_of(words: Words) -> Hashes:
    """The hash of each run of `RUN` words, shape (max(n - RUN + 1, 0),); its place is its index."""
    count = len(words.hashes) - RUN + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint64)
    rolled = words.hashes[:count].copy()
    for step in range(1, RUN):
        rolled = rolled * BASE + words.hashes[step : step + count]
    return _mixed(rolled)


def selected(words: Words, runs: Hashes) -> Places:
    """The places of the selected fingerprints among `runs`, ascending (winnowing)."""
    if not len(runs):
        return np.zeros(0, dtype=np.int64)
    width = min(WINDOW, len(runs))
    windows = np.lib.stride_tricks.sliding_window_view(runs, width)
    last = width - 1 - np.argmin(windows[:, ::-1], axis=1)  # the rightmost of equal minima
    places = np.unique(np.arange(len(windows)) + last)
    chosen: Places = places[_distinct(words.hashes, places) >= DISTINCT]
    return chosen


def _distinct(hashes: Hashes, places: Places) -> Places:
    """How many distinct words the run at each place has."""
    ordered = np.sort(hashes[places[:, None] + np.arange(RUN)], axis=1)
    counts: Places = 1 + np.count_nonzero(np.diff(ordered, axis=1), axis=1)
    return counts
