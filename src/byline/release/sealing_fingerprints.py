"""Fingerprints of a whole release, filed under keyed hashes: how many examples have each.

Numbers are dealt out by their leading bits, hashed and sorted part by part, and merged by the
leading bits of their keys. Invariants: memory is bounded by a part, not by the release; the result
depends on the rows and the salt alone.
"""

import hashlib
import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from byline.engine.executor import Executor
from byline.proof import trie
from byline.proof.blinding import FINGERPRINT_PREFIX
from byline.release.fingerprints import Numbers
from byline.release.sealing_survey import Survey, merge_counts
from byline.workspace.files import replacing

PART: Final = 1 << 19  # fingerprints hashed or merged at a time
HASH: Final = 32
MANY: Final = 64 << 20  # bytes of pairs that are worth starting processes for
FINGERPRINTS: Final = pa.schema(
    [
        pa.field("key", pa.binary(HASH), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
    ]
)

Keys = npt.NDArray[np.uint8]  # of shape (n, 32)
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class HashTask:
    """Hash the numbers from `first` to `last` (both included) of some surveys."""

    surveys: tuple[Survey, ...]
    first: int
    last: int
    salt: bytes
    target: Path


@dataclass(frozen=True)
class Hashed:
    """Sorted keys with their counts, on disk."""

    target: Path

    def keys(self) -> Keys:
        """The keys, ascending."""
        keys: Keys = np.load(self.target.with_suffix(".keys.npy"), mmap_mode="r")
        return keys

    def counts(self) -> Counts:
        """In the order of `keys`."""
        counts: Counts = np.load(self.target.with_suffix(".counts.npy"), mmap_mode="r")
        return counts


def write_fingerprints(
    path: Path, surveys: Sequence[Survey], *, salt: bytes, scratch: Path, executor: Executor
) -> trie.Trie:
    """Write ``fingerprints.parquet`` and return its tree, whose pairs are a file in `scratch`."""
    total = sum(len(one.fingerprints()[0]) for one in surveys)
    parts = 1 << max(0, -(-total // PART) - 1).bit_length()
    width = (1 << 64) // parts
    tasks = [
        HashTask(tuple(surveys), at * width, (at + 1) * width - 1, salt, scratch / f"hashed-{at}")
        for at in range(parts)
    ]
    hashed = sorted(executor.map(hash_part, tasks), key=lambda one: one.target)
    packing = {"compression": "zstd", "use_dictionary": ["count"]}
    with (
        replacing(path) as aside,
        (scratch / "fingerprints.pairs").open("w+b") as stream,
        pq.ParquetWriter(aside, FINGERPRINTS, **packing) as writer,
    ):
        for keys, counts in merged(hashed, parts=parts):
            writer.write_table(_table(keys, counts))
            stream.write(as_pairs(keys, counts).tobytes())
        return tree_of_pairs(stream, processes=executor.workers)


def hash_part(task: HashTask) -> Hashed:
    """Merge, hash and sort one part of the numbers."""
    parts = []
    for survey in task.surveys:
        numbers, counts = survey.fingerprints()
        bounds = np.array([task.first, task.last], np.uint64)
        low = int(np.searchsorted(numbers, bounds[0], side="left"))
        high = int(np.searchsorted(numbers, bounds[1], side="right"))
        parts.append((numbers[low:high], counts[low:high]))
    numbers, counts = merge_counts(parts)
    keys = hashed_keys(numbers, task.salt)
    order = key_order(keys)
    made = Hashed(task.target)
    np.save(task.target.with_suffix(".keys.npy"), keys[order])
    np.save(task.target.with_suffix(".counts.npy"), counts[order])
    return made


def hashed_keys(numbers: Numbers, salt: bytes) -> Keys:
    """The key of each number (`byline.proof.blinding.fingerprint_key`)."""
    data = memoryview(numbers.astype(">u8").tobytes())
    prefix, sha256 = FINGERPRINT_PREFIX + salt, hashlib.sha256
    digests = [sha256(prefix + data[at : at + 8]).digest() for at in range(0, len(data), 8)]
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, HASH)


def key_order(keys: Keys) -> npt.NDArray[np.int64]:
    """Where the keys go in ascending order; two with equal first 8 bytes are compared whole."""
    words = _words(keys)
    order = np.argsort(words[:, 0], kind="stable")
    leading = words[order, 0]
    if np.any(leading[1:] == leading[:-1]):
        order = np.lexsort([words[:, column] for column in (3, 2, 1, 0)])
    return order


def merged(hashed: Sequence[Hashed], *, parts: int) -> Iterator[tuple[Keys, Counts]]:
    """All keys in ascending order, a part at a time."""
    opened = [(one.keys(), one.counts()) for one in hashed]
    width = (1 << 64) // parts
    places = [0] * len(opened)
    for part in range(parts):
        last = np.uint64((part + 1) * width - 1)
        ends = [_until(keys, last, start) for (keys, _), start in zip(opened, places, strict=True)]
        slices = list(zip(opened, places, ends, strict=True))
        keys = np.concatenate([keys[start:end] for (keys, _), start, end in slices])
        counts = np.concatenate([counts[start:end] for (_, counts), start, end in slices])
        order = key_order(keys)
        places = ends
        yield keys[order], counts[order]


def as_pairs(keys: Keys, counts: Counts) -> npt.NDArray[np.uint8]:
    """Keys and counts as the pairs of a tree of keys, of shape (n, 64)."""
    values = np.zeros((len(keys), 2 * HASH), np.uint8)
    values[:, :HASH] = keys
    values[:, -8:] = counts.astype(">u8").view(np.uint8).reshape(-1, 8)
    return values


def tree_of_pairs(stream: IO[bytes], *, processes: int = 1) -> trie.Trie:
    """The tree over the pairs in a file, mapped: it is asked for as long as the tree is.

    Processes are started only where there is enough for them to do.
    """
    stream.flush()
    size = os.fstat(stream.fileno()).st_size
    if not size:
        return trie.build_sorted(b"")  # nothing cannot be mapped
    data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    return trie.build_sorted(data, processes=processes if size > MANY else 1)


def _until(keys: Keys, last: np.uint64, start: int) -> int:
    """The first place from `start` whose key begins with a number above `last`."""
    low, high = start, len(keys)
    while low < high:
        middle = (low + high) // 2
        if int.from_bytes(keys[middle, :8].tobytes(), "big") <= int(last):
            low = middle + 1
        else:
            high = middle
    return low


def _words(keys: Keys) -> Numbers:
    words: Numbers = np.ascontiguousarray(keys).view(">u8").astype(np.uint64)
    return words


def _table(keys: Keys, counts: Counts) -> pa.Table:
    column = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(HASH), len(keys), [None, pa.py_buffer(np.ascontiguousarray(keys))]
    )
    return pa.table([column, pa.array(counts)], schema=FINGERPRINTS)
