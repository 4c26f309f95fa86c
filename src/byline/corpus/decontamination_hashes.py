"""Hashes of windows of bytes, over whole texts at once, and a sieve for hashes.

They are not cryptographic, and meant to be verified where a false match would matter. Equal
windows have equal hashes, whatever the text and the machine.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from byline.corpus.words import Numbers, mixed

WINDOW: Final = 32
"""Bytes of a protected text, from its middle, whose hash is looked for."""
PIECE: Final = 1 << 16
"""Bytes of a text that are hashed at a time."""
BASE: Final = 0x9E3779B97F4A7C15 | 1
MODULUS: Final = 1 << 64

SIEVE_BITS: Final = 20


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
    return mixed((sums[WINDOW:] - sums[:-WINDOW]) * DOWN[:count])


def hashes_of_each(windows: bytes) -> Numbers:
    """The hash of each of some windows that stand one after another."""
    pieces = (windows[begin : begin + PIECE] for begin in range(0, len(windows), PIECE))
    return np.concatenate(
        [np.zeros(0, np.uint64), *(window_hashes(one)[::WINDOW] for one in pieces)]
    )
