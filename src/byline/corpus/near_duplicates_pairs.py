"""Buckets by the hash of a band, and which rows of one are near duplicates.

The rules are those of `byline.corpus.duplicates`: a bucket of at most 24 rows is compared pair by
pair, a larger one with at most 16 leaders, the smallest rows that no leader joined. What is found
is kept as a forest: in each bucket, each row that is joined to others with the smallest of them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from byline.corpus.duplicates import (
    BANDS,
    LEADERS,
    PERMUTATIONS,
    ROWS,
    SMALL_BUCKET,
    VERIFY_ROWS,
    Signatures,
)

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, `left` before `right`, and the bucket that they were found in."""

    buckets: npt.NDArray[np.uint64]
    left: Indices
    right: Indices


def band_hashes(hashes: Signatures, scopes: Sequence[str]) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of each band with its place and scope, shape (n, 14)."""
    salts = {name: _salt(name) for name in sorted(set(scopes))}
    mixed = np.asarray([salts[name] for name in scopes], dtype=np.uint64)[:, None]
    mixed = np.repeat(mixed, BANDS, axis=1) + np.arange(BANDS, dtype=np.uint64)[None, :]
    grouped = hashes.reshape(-1, BANDS, ROWS).astype(np.uint64)
    for row in range(ROWS):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed + grouped[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
    result: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(32))
    return result


def _salt(scope: str) -> int:
    digest = hashlib.blake2b(scope.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def joined_in_buckets(
    table: Signatures, rows: Indices, keys: npt.NDArray[np.uint64], *, threshold: float
) -> Pairs:
    """The joined rows of some buckets.

    Args:
        table: Signatures, shape (n, 112), in the order that decides who is a leader.
        rows: The row of each membership.
        keys: The bucket of each membership; a bucket must be there whole.
        threshold: Least share of agreeing permutations.
    """
    order = np.lexsort((rows, keys))
    rows, keys = rows[order], keys[order]
    _, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    found: list[Indices] = [np.zeros((0, 2), dtype=np.int64)]
    for size in np.unique(counts[counts > 1]).tolist():
        places = starts[counts == size][:, None] + np.arange(size)
        if size <= SMALL_BUCKET:
            found.append(_agreeing(table, rows, _all_pairs(places), threshold))
        else:
            found += [_led(table, rows, one, threshold) for one in places]
    pairs = np.concatenate(found)
    labels = components(len(rows), pairs)
    joined = np.flatnonzero(labels != np.arange(len(rows)))
    return Pairs(keys[joined], rows[labels[joined]], rows[joined])


def components(count: int, pairs: Indices) -> Indices:
    """The smallest member of the connected component of each of `count` nodes."""
    labels = np.arange(count, dtype=np.int64)
    while len(pairs):
        smallest = np.minimum(labels[pairs[:, 0]], labels[pairs[:, 1]])
        before = labels.copy()
        for side in (0, 1):
            np.minimum.at(labels, labels[pairs[:, side]], smallest)
            np.minimum.at(labels, pairs[:, side], smallest)
        while not np.array_equal(labels, labels[labels]):
            labels = labels[labels]
        if np.array_equal(labels, before):
            break
    return labels


def _all_pairs(places: Indices) -> Indices:
    left, right = np.triu_indices(places.shape[1], k=1)
    return np.stack([places[:, left].ravel(), places[:, right].ravel()], axis=1)


def _led(table: Signatures, rows: Indices, places: Indices, threshold: float) -> Indices:
    """Pairs of a large bucket: each row with the first leader it agrees with."""
    found: list[Indices] = [np.zeros((0, 2), dtype=np.int64)]
    rest = places
    for _ in range(LEADERS):
        if len(rest) < 2:
            break
        pairs = np.stack([np.full(len(rest) - 1, rest[0]), rest[1:]], axis=1)
        agree = _agree(table, rows, pairs, threshold)
        found.append(pairs[agree])
        rest = rest[1:][~agree]
    return np.concatenate(found)


def _agreeing(table: Signatures, rows: Indices, pairs: Indices, threshold: float) -> Indices:
    chosen: Indices = pairs[_agree(table, rows, pairs, threshold)]
    return chosen


def _agree(
    table: Signatures, rows: Indices, pairs: Indices, threshold: float
) -> npt.NDArray[np.bool_]:
    result = np.zeros(len(pairs), dtype=np.bool_)
    for begin in range(0, len(pairs), VERIFY_ROWS):
        part = rows[pairs[begin : begin + VERIFY_ROWS]]
        equal = (table[part[:, 0]] == table[part[:, 1]]).sum(axis=1)
        result[begin : begin + VERIFY_ROWS] = equal >= threshold * PERMUTATIONS
    return result
