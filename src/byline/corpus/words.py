r"""The words (`\w+`) of many texts as 64-bit numbers, and hashes of runs of them.

A word's number is its BLAKE2b, so equal words have equal numbers on every machine. Texts in ASCII
are cut into words over the bytes of all of them at once; others by regular expression, one by one.
"""

import hashlib
import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

WORD: Final = re.compile(r"\w+")
MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
CACHED_WORDS: Final = 1 << 20
BATCH_CHARACTERS: Final = 8 << 20
IS_WORD: Final = np.asarray([bool(WORD.match(chr(one))) for one in range(128)], dtype=np.bool_)

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Cache = MutableMapping[str, int]


@dataclass(frozen=True)
class Runs:
    """Hashes of the runs of words of several texts.

    Attributes:
        hashes: Of all texts, one after another, in the order of their words.
        offsets: Where those of each text begin, and the end of the last: one more than texts.
    """

    hashes: Numbers
    offsets: Places

    def each(self) -> list[Numbers]:
        """The hashes of each text."""
        return [self.hashes[start:end] for start, end in pairwise(self.offsets.tolist())]


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in order, as many at a time as have about `BATCH_CHARACTERS` together."""
    begin, size = 0, 0
    for place, text in enumerate(texts):
        size += len(text)
        if size >= BATCH_CHARACTERS:
            yield texts[begin : place + 1]
            begin, size = place + 1, 0
    if begin < len(texts):
        yield texts[begin:]


def run_hashes(texts: Sequence[str], words: int, cache: Cache) -> Runs:
    """Hashes of all runs of so many words, within each text; equal runs have equal ones.

    Args:
        texts: In the case in which they are to be compared.
        words: Words of a run.
        cache: Numbers of words, kept from call to call.
    """
    numbers, counts = word_numbers(texts, cache)
    kept = np.maximum(counts - (words - 1), 0)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    if not offsets[-1]:
        return Runs(np.zeros(0, dtype=np.uint64), offsets)
    total = len(numbers) - words + 1
    rolled = numbers[:total].copy()
    for step in range(1, words):
        rolled = mixed(rolled) + numbers[step : step + total]
    inside = np.ones(len(numbers), dtype=np.bool_)
    ends = np.cumsum(counts)
    for step in range(1, words):  # a run that begins here reaches into the next text
        inside[np.maximum(ends - step, 0)[ends >= step]] = False
    return Runs(mixed(rolled[inside[:total]]), offsets)


def mixed(numbers: Numbers) -> Numbers:
    """An invertible mix, so that the order of words matters and close numbers separate."""
    product = numbers * MULTIPLIER
    result: Numbers = product ^ (product >> np.uint64(29))
    return result


def word_numbers(texts: Sequence[str], cache: Cache) -> tuple[Numbers, Places]:
    """The numbers of all words, text after text, and how many words each text has."""
    if len(cache) > CACHED_WORDS:
        cache.clear()
    plain = np.asarray([text.isascii() for text in texts], dtype=np.bool_)
    found, of_plain = _ascii([text for text in texts if text.isascii()], cache)
    if plain.all():
        return found, of_plain
    others = [_others(text, cache) for text in texts if not text.isascii()]
    counts = np.zeros(len(texts), dtype=np.int64)
    counts[plain] = of_plain
    counts[~plain] = [len(one) for one in others]
    numbers = np.empty(int(counts.sum()), dtype=np.uint64)
    is_plain = np.repeat(plain, counts)
    numbers[is_plain] = found
    numbers[~is_plain] = np.concatenate(others)
    return numbers, counts


def _others(text: str, cache: Cache) -> Numbers:
    found = WORD.findall(text)
    return np.fromiter((_number(word, cache) for word in found), np.uint64, len(found))


def _ascii(texts: Sequence[str], cache: Cache) -> tuple[Numbers, Places]:
    data = np.frombuffer("\n".join(texts).encode("ascii"), dtype=np.uint8)
    flags = np.zeros(len(data) + 2, dtype=np.int8)
    is_word = IS_WORD[data]
    flags[1:-1] = is_word
    edges = np.flatnonzero(np.diff(flags))
    starts, ends = edges[0::2], edges[1::2]
    borders = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)
    counts = np.diff(np.searchsorted(starts, borders), prepend=0)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])
    words = pa.LargeStringArray.from_buffers(
        len(starts), pa.py_buffer(offsets), pa.py_buffer(data[is_word])
    ).dictionary_encode()
    known = [_number(word, cache) for word in words.dictionary.to_pylist()]
    return np.asarray(known, dtype=np.uint64)[np.asarray(words.indices)], counts


def _number(word: str, cache: Cache) -> int:
    known = cache.get(word)
    if known is None:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = cache[word] = int.from_bytes(digest, "little")
    return known
