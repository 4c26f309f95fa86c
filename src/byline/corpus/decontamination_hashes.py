"""Hashes of runs of words and of windows of bytes, over whole texts at once.

They are not cryptographic, and meant to be verified where a false match would matter. Equal runs
and windows have equal hashes, whatever the text and the machine.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

WORD: Final = re.compile(r"\w+")
WINDOW: Final = 32
"""Bytes of a protected text, from its middle, whose hash is looked for."""
PIECE: Final = 1 << 16
"""Bytes of a text that are hashed at a time."""
CACHED_WORDS: Final = 1 << 20
BASE: Final = 0x9E3779B97F4A7C15 | 1
MODULUS: Final = 1 << 64
MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)

SIEVE_BITS: Final = 20

Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Sieve:
    """Which hashes may be among some known ones, by their first bits: most are not."""

    holes: npt.NDArray[np.bool_]

    def places(self, hashes: Numbers) -> npt.NDArray[np.int64]:
        """Where the hashes stand that may be known."""
        return np.flatnonzero(self.holes[hashes >> np.uint64(64 - SIEVE_BITS)])

    def passed(self, hashes: Numbers) -> Numbers:
        """The hashes that may be known."""
        return hashes[self.places(hashes)]


def sieve_of(hashes: Numbers) -> Sieve:
    """A sieve that lets these pass."""
    holes = np.zeros(1 << SIEVE_BITS, dtype=np.bool_)
    holes[hashes >> np.uint64(64 - SIEVE_BITS)] = True
    return Sieve(holes)


def stripped_of(text: str) -> bytes:
    """A text without its white space, as UTF-8."""
    return "".join(text.split()).encode("utf-8", "surrogatepass")


def middle_of(text: bytes) -> int:
    """Where the window of a protected text begins: many begin alike, as with their imports."""
    return (len(text) - WINDOW) // 2


def run_hashes(text: str, words: int, cache: dict[str, int]) -> Numbers:
    """Hashes of runs of so many words, in the order of the text."""
    found = WORD.findall(text.lower())
    count = len(found) - words + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint64)
    if len(cache) > CACHED_WORDS:
        cache.clear()
    numbers = np.fromiter((_number(word, cache) for word in found), np.uint64, len(found))
    rolled = numbers[:count].copy()
    for step in range(1, words):
        rolled = _mixed(rolled) + numbers[step : step + count]
    return _mixed(rolled)


def _number(word: str, cache: dict[str, int]) -> int:
    known = cache.get(word)
    if known is None:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = cache[word] = int.from_bytes(digest, "little")
    return known


def _mixed(numbers: Numbers) -> Numbers:
    """An invertible mix, so that the order of words matters."""
    mixed = numbers * MULTIPLIER
    result: Numbers = mixed ^ (mixed >> np.uint64(29))
    return result


def _powers(base: int) -> Numbers:
    """Powers of an odd number modulo 2 ** 64, as many as a piece has bytes."""
    powers = np.full(PIECE + WINDOW, base, dtype=np.uint64)
    powers[0] = 1
    result: Numbers = np.cumprod(powers, dtype=np.uint64)
    return result


UP: Final = _powers(BASE)
DOWN: Final = _powers(pow(BASE, -1, MODULUS))
LETTERS: Final = np.asarray(
    [int.from_bytes(hashlib.blake2b(bytes([n]), digest_size=8).digest(), "little")
     for n in range(256)],
    dtype=np.uint64,
)  # fmt: skip


def window_hashes(data: bytes) -> Numbers:
    """A polynomial hash of each window of `WINDOW` bytes; equal windows have equal ones."""
    letters = LETTERS[np.frombuffer(data, dtype=np.uint8)]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(letters * UP[: len(letters)])])
    count = len(letters) - WINDOW + 1
    return _mixed((sums[WINDOW:] - sums[:-WINDOW]) * DOWN[:count])
