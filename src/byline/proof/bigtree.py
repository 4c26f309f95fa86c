"""Merkle trees of millions of leaves, built by several processes into one file.

The file holds the rows of `byline.proof.merkle.Levels` one after another, leaves first: row h has
ceil(size / 2**h) hashes of 32 bytes. Each process builds whole subtrees of 65,536 leaves, reading
its leaves by itself, and writes them to their places, so nothing but numbers passes between
processes and no process holds more than one subtree. Proofs are read from the mapped file.

Invariant: the root is that of `merkle.build` over the same leaves (RFC 6962 section 2.1).
"""

import concurrent.futures
import itertools
import mmap
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from byline.proof.errors import LogDamagedError, LogWriteError, MalformedError
from byline.proof.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    build_row,
    consistency_path,
    inclusion_path,
)

HEIGHT = 16
SUBTREE = 1 << HEIGHT
PIECES = 8  # subtrees that a process is given at a time

RowReader = Callable[[int, int], bytes]
"""Gives the hashes of the leaves from an index to before another, concatenated.

Where several processes build, it is sent to them: a function of a module, or a `partial` of one.
"""


@dataclass(frozen=True)
class TreeFile:
    """A built tree, mapped from its file; close it after use."""

    size: int
    data: mmap.mmap | bytes

    @property
    def root(self) -> bytes:
        """The 32-byte root."""
        return bytes(self.data[-HASH_SIZE:]) if self.size else EMPTY_ROOT

    def node(self, height: int, index: int) -> bytes:
        """The hash at a height (leaves are 0) and index."""
        at = _row_starts(self.size)[height] + index
        return bytes(self.data[at * HASH_SIZE : (at + 1) * HASH_SIZE])

    def inclusion_proof(self, index: int) -> list[bytes]:
        """As `merkle.inclusion_proof`."""
        return inclusion_path(index, size=self.size, node=self.node)

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """As `merkle.consistency_proof`."""
        return consistency_path(old_size, size=self.size, node=self.node)

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self.data, mmap.mmap):
            self.data.close()


def build_tree(target: Path, *, size: int, row: RowReader, workers: int = 1) -> TreeFile:
    """Build the tree over `size` leaves into a file, over whatever is there, and open it.

    The file is no record but a cache of one: it is not synced, and can be deleted. It has some 64
    bytes a leaf. Raises MalformedError if `row` gives other than the hashes asked for, and
    LogWriteError if the file cannot be written.
    """
    *above, end = _row_starts(size)
    starts = range(0, size, SUBTREE * PIECES)
    build = partial(_build_subtrees, target, size, row)
    try:
        with target.open("wb") as file:
            file.truncate(end * HASH_SIZE)
        if workers > 1 and size > SUBTREE:
            context = multiprocessing.get_context("spawn")
            with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
                tops = b"".join(pool.map(build, starts))
        else:
            tops = b"".join(map(build, starts))
        if len(tops) > HASH_SIZE:
            with target.open("r+b") as file:
                file.seek(above[HEIGHT + 1] * HASH_SIZE)
                file.writelines(build_row(tops).rows[1:])
    except OSError as error:
        raise LogWriteError(f"{target}: cannot be written: {error.strerror or error}") from error
    return open_tree(target, size=size)


def open_tree(path: Path, *, size: int) -> TreeFile:
    """Open a tree of `size` leaves; LogDamagedError if the file is not of its length."""
    expected = _row_starts(size)[-1] * HASH_SIZE
    with path.open("rb") as file:
        found = os.fstat(file.fileno()).st_size
        if found != expected:
            message = f"{path}: expected {expected} bytes, got {found}"
            raise LogDamagedError(message, damaged=(path.name,), advice="build the tree again")
        if not expected:
            return TreeFile(size, b"")
        return TreeFile(size, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def hashes_in(path: Path, start: int, stop: int) -> bytes:
    """A `RowReader`, once given a path: the hashes lie in that file, one after another."""
    with path.open("rb") as file:
        file.seek(start * HASH_SIZE)
        return file.read((stop - start) * HASH_SIZE)


def _build_subtrees(target: Path, size: int, row: RowReader, start: int) -> bytes:
    """Write the rows of some subtrees into the file; returns their roots, concatenated."""
    *rows_start, _ = _row_starts(size)
    tops = []
    with target.open("r+b", buffering=0) as file:
        for first in range(start, min(start + SUBTREE * PIECES, size), SUBTREE):
            stop = min(first + SUBTREE, size)
            leaves = row(first, stop)
            if len(leaves) != (stop - first) * HASH_SIZE:
                raise MalformedError(
                    f"leaves {first} to {stop}: expected {(stop - first) * HASH_SIZE} bytes of"
                    f" hashes, got {len(leaves)}"
                )
            rows = build_row(leaves).rows
            for height, begins in enumerate(rows_start[: HEIGHT + 1]):
                # A subtree of fewer leaves has its root in every row above it, as in `Levels`.
                data = rows[min(height, len(rows) - 1)]
                os.pwrite(file.fileno(), data, (begins + (first >> height)) * HASH_SIZE)
            tops.append(rows[-1])
    return b"".join(tops)


@lru_cache(maxsize=16)
def _row_starts(size: int) -> tuple[int, ...]:
    """How many hashes come before each row, leaves first, and how many there are in all."""
    num_rows = (size - 1).bit_length() + 1 if size else 0
    sizes = (-(-size // (1 << height)) for height in range(num_rows))
    return tuple(itertools.accumulate(sizes, initial=0))
