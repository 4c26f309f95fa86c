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
    ROWS,
    SMALL_BUCKET,
    Indices,
    Signatures,
    agreeing,
    all_pairs,
    components,
    led_pairs,
)


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

    def agree(pairs: Indices) -> npt.NDArray[np.bool_]:
        return agreeing(table, rows[pairs], threshold)

    _, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    found: list[Indices] = [np.zeros((0, 2), dtype=np.int64)]
    for size in np.unique(counts[counts > 1]).tolist():
        places = starts[counts == size][:, None] + np.arange(size)
        if size <= SMALL_BUCKET:
            pairs = all_pairs(places)
            found.append(pairs[agree(pairs)])
        else:
            found += [led_pairs(one, agree) for one in places]
    pairs = np.concatenate(found)
    labels = components(len(rows), pairs)
    joined = np.flatnonzero(labels != np.arange(len(rows)))
    return Pairs(keys[joined], rows[labels[joined]], rows[joined])
