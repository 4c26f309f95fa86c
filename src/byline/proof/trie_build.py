"""Hashing sorted pairs into a tree of keys (docs/proof-formats.md, `byline/trie/1`).

Invariants: a pair is 64 bytes, its key then its value; pairs are concatenated, and keys strictly
increase. Work goes from left to right over one bucket of pairs at a time, so that memory beyond the
pairs is 64 bytes a bucket; a bucket is all pairs whose keys share their first `bits` bits.
"""

import hashlib
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from mmap import mmap
from multiprocessing import get_context

from byline.proof.errors import MalformedError, OrderError, ProofError
from byline.proof.merkle import HASH_SIZE, node_hash

PAIR_SIZE = 64
KEY_BITS = 256
EMPTY = bytes(HASH_SIZE)

Pairs = bytes | mmap
Row = tuple[bytes, bytes]
"""The hashes of the subtrees at one depth, and a byte for each: 0, 1 or 2 for more pairs."""

_PAIRS_PER_BUCKET_BITS = 6
_PART_BITS = 11
_PREFIX_SIZE = 8


def bucket_bits(size: int) -> int:
    """Return how many leading bits make a bucket: 32 to 63 pairs each where keys are hashes."""
    return max(0, size.bit_length() - _PAIRS_PER_BUCKET_BITS)


def subtree_root(pairs: bytes, depth: int) -> bytes:
    """Return the root at `depth` of pairs whose keys agree in their first `depth` bits.

    Raises OrderError unless keys strictly increase and so agree. Neighbours part at the bit in
    which they first differ; a left subtree waits on a stack until its fork has its right one.
    """
    sha256, number = hashlib.sha256, int.from_bytes
    forks, lefts = [depth - 1], [EMPTY]
    last = len(pairs) - PAIR_SIZE
    key = number(pairs[:HASH_SIZE], "big")
    current = EMPTY
    for at in range(0, len(pairs), PAIR_SIZE):
        current = sha256(b"\x00" + pairs[at : at + PAIR_SIZE]).digest()
        following, fork = key, depth - 1
        if at < last:
            following = number(pairs[at + PAIR_SIZE : at + PAIR_SIZE + HASH_SIZE], "big")
            fork = KEY_BITS - (key ^ following).bit_length()
            if following <= key or fork < depth:
                raise _disorder(key, following)
        top = forks[-1]
        while top > fork:
            current = sha256(b"\x01" + lefts.pop() + current).digest()
            below = forks.pop()
            top = forks[-1]
            for bit in range(below - 1, max(fork, top), -1):
                right = key >> (KEY_BITS - 1 - bit) & 1
                both = EMPTY + current if right else current + EMPTY
                current = sha256(b"\x01" + both).digest()
        forks.append(fork)
        lefts.append(current)
        key = following
    return current


def build_rows(pairs: Pairs, *, processes: int = 1) -> tuple[bytes, ...]:
    """Return the hashes at each depth from the root (one hash) to the buckets (2**bits hashes).

    Raises MalformedError for a length that is no number of pairs and OrderError for pairs that are
    not in strictly increasing order of key.
    """
    size, left_over = divmod(len(pairs), PAIR_SIZE)
    if left_over:
        raise MalformedError(f"expected pairs of {PAIR_SIZE} bytes, got {left_over} bytes beyond")
    bits = bucket_bits(size)
    parts = _parts(pairs, bits=bits)
    done = _rows_in_processes(parts, processes) if processes > 1 else map(_part_row, parts)
    hashes, kinds = (b"".join(column) for column in zip(*done, strict=True))
    rows = [(hashes, kinds)]
    for _ in range(bits):
        rows.append(_row_above(rows[-1]))
    return tuple(row[0] for row in reversed(rows))


def first_at_or_above(pairs: Pairs, boundary: bytes, first: int, last: int) -> int:
    """Return the index of the first pair from `first` to before `last` whose key is no less."""
    width = len(boundary)

    def key(index: int) -> bytes:
        return pairs[index * PAIR_SIZE : index * PAIR_SIZE + width]

    return first + bisect_left(range(first, last), boundary, key=key)


Part = tuple[bytes, int, int, int]
"""Pairs of neighbouring buckets, the first bucket's number, how many, and the bits of a bucket."""


def _parts(pairs: Pairs, *, bits: int) -> Iterator[Part]:
    part_bits = max(0, bits - _PART_BITS)
    count = 1 << (bits - part_bits)
    start, size = 0, len(pairs) // PAIR_SIZE
    for part in range(1 << part_bits):
        stop = _bucket_end(pairs, part, bits=part_bits, first=start, last=size)
        yield pairs[start * PAIR_SIZE : stop * PAIR_SIZE], part * count, count, bits
        start = stop


def _part_row(part: Part) -> Row:
    pairs, number, count, bits = part
    hashes, kinds, start, size = [], bytearray(), 0, len(pairs) // PAIR_SIZE
    for bucket in range(number, number + count):
        stop = _bucket_end(pairs, bucket, bits=bits, first=start, last=size)
        held = pairs[start * PAIR_SIZE : stop * PAIR_SIZE]
        key = int.from_bytes(held[:HASH_SIZE], "big")
        if held and key >> (KEY_BITS - bits) != bucket:
            raise _disorder(bucket << (KEY_BITS - bits), key)
        hashes.append(subtree_root(held, bits))
        kinds.append(min(stop - start, 2))
        start = stop
    return b"".join(hashes), bytes(kinds)


def _bucket_end(pairs: Pairs, bucket: int, *, bits: int, first: int, last: int) -> int:
    if bucket + 1 == 1 << bits:
        return last
    boundary = ((bucket + 1) << (_PREFIX_SIZE * 8 - bits)).to_bytes(_PREFIX_SIZE, "big")
    near = min(last, first + (4 << _PAIRS_PER_BUCKET_BITS))
    if near < last and pairs[near * PAIR_SIZE : near * PAIR_SIZE + _PREFIX_SIZE] < boundary:
        near = last
    return first_at_or_above(pairs, boundary, first, near)


def _row_above(row: Row) -> Row:
    hashes, kinds = row
    above, counts = [], bytearray()
    for index in range(0, len(kinds), 2):
        at = index * HASH_SIZE
        left, right = hashes[at : at + HASH_SIZE], hashes[at + HASH_SIZE : at + 2 * HASH_SIZE]
        count = min(kinds[index] + kinds[index + 1], 2)
        if count == 2:
            above.append(node_hash(left, right))
        else:
            above.append(left if kinds[index] else right)
        counts.append(count)
    return b"".join(above), bytes(counts)


def _rows_in_processes(parts: Iterator[Part], processes: int) -> Iterator[Row]:
    context = get_context("forkserver")
    running: deque[Future[Row]] = deque()
    try:
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            for part in parts:
                running.append(pool.submit(_part_row, part))
                if len(running) > processes + 1:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
    except BrokenProcessPool as error:
        raise ProofError(
            "a process that hashed pairs was ended from outside",
            advice="free some memory, or build with one process",
        ) from error


def _disorder(before: int, after: int) -> OrderError:
    return OrderError(
        f"expected a key above {before:064x}, got {after:064x}",
        advice="sort the pairs by key; every key stands once",
    )
