r"""Duplicates: exact ones by hash, near ones by MinHash over words.

Near duplicates are found with 112 permutations in 14 bands of 8 over shingles of 5 words (`\w+`),
the numbers of StarCoder2 and FineWeb for a Jaccard similarity of about 0.7. Signatures of different
libraries, versions or schemes are not comparable (rensa issue 88, datasketch issue 326): `SCHEME`
goes beside every stored signature, and signatures are recomputed, never migrated.

No result depends on the order of the rows.
"""

import hashlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import rensa

from byline.corpus.words import batches, run_hashes
from byline.errors import InputError

WORDS: Final = 5
BANDS: Final = 14
ROWS: Final = 8
PERMUTATIONS: Final = BANDS * ROWS
THRESHOLD: Final = 0.7
SEED: Final = 20_240_229
SCHEME: Final = (
    f"rensa {version('rensa')}, R-MinHash {rensa.RMinHash.ALGORITHM_VERSION}, seed {SEED}, "
    f"{PERMUTATIONS} permutations, {BANDS} bands of {ROWS}, {WORDS}-word shingles of \\w+, "
    "blake2b-64 words"
)
"""What a stored signature must carry to be comparable."""

SMALL_BUCKET: Final = 24
"""Buckets up to this size are compared pair by pair; larger ones against leaders."""
LEADERS: Final = 16
"""Rounds of comparison in a large bucket: boilerplate costs at most this many times its size."""
VERIFY_ROWS: Final = 32_768

Signatures = npt.NDArray[np.uint32]
Indices = npt.NDArray[np.int64]


def exact_keys(texts: Sequence[str | None]) -> list[str | None]:
    """The SHA-256, in hex, of each text without its white space; None for a null or blank text."""
    keys: list[str | None] = []
    for text in texts:
        stripped = "".join(text.split()) if text else ""
        keys.append(hashlib.sha256(stripped.encode()).hexdigest() if stripped else None)
    return keys


def signatures(texts: Sequence[str | None]) -> Signatures:
    """MinHash signatures, shape (n, 112).

    A text of fewer than five words has no shingle: its row is all ones in binary, and `clusters`
    leaves it alone.
    """
    cache: dict[str, int] = {}
    parts = [_signed(batch, cache) for batch in batches([text or "" for text in texts])]
    return np.concatenate([np.zeros((0, PERMUTATIONS), dtype=np.uint32), *parts])


def _signed(texts: Sequence[str], cache: dict[str, int]) -> Signatures:
    """A shingle that stands in a text twice counts once: the least of its hashes is the same."""
    shingles = run_hashes(texts, WORDS, cache)
    result = np.full((len(texts), PERMUTATIONS), np.iinfo(np.uint32).max, dtype=np.uint32)
    if len(shingles.hashes):
        matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            shingles.hashes, shingles.offsets.astype(np.uint64), PERMUTATIONS, SEED
        )
        full = np.flatnonzero(np.diff(shingles.offsets))
        result[full] = np.asarray(matrix.to_rows(), dtype=np.uint32)[full]
    return result


def clusters(
    ids: Sequence[str], signatures: Signatures, *, threshold: float = THRESHOLD
) -> npt.NDArray[np.object_]:
    """The cluster of each row, named by the smallest id in it.

    Rows that agree in all rows of a band are candidates; candidates whose signatures agree in at
    least `threshold` of the permutations are joined, transitively. In a bucket of more than 24 rows
    each row is compared with at most 16 leaders (the smallest ids not yet joined), so a licence
    header in a million files costs no more than sixteen passes.

    Args:
        ids: An id for each row; equal ids are one row.
        signatures: Shape (n, 112), from `signatures`.
        threshold: Least share of agreeing permutations, an estimate of the Jaccard similarity.

    Returns:
        Shape (n,), strings; a row without duplicates is its own cluster.

    Raises:
        InputError: `signatures` has another shape.
    """
    if signatures.shape != (len(ids), PERMUTATIONS):
        raise InputError(
            f"signatures have shape {signatures.shape}, not ({len(ids)}, {PERMUTATIONS})"
        )
    names = np.asarray(ids, dtype=np.object_)
    order = sorted(range(len(ids)), key=lambda row: (ids[row], signatures[row].tobytes()))
    ordered = np.asarray(order, dtype=np.int64)
    table = np.ascontiguousarray(signatures[ordered])
    pairs = _joined_pairs(table, threshold)
    same = _same_neighbours(names[ordered])
    labels = components(len(ids), np.concatenate([pairs, same]))
    result = np.empty(len(ids), dtype=np.object_)
    result[ordered] = names[ordered][labels]
    return result


def _same_neighbours(names: npt.NDArray[np.object_]) -> Indices:
    equal = np.flatnonzero(names[1:] == names[:-1]) if len(names) > 1 else np.zeros(0, np.int64)
    return np.stack([equal, equal + 1], axis=1).astype(np.int64)


def _joined_pairs(table: Signatures, threshold: float) -> Indices:
    """Pairs of rows that share a band and agree in enough permutations, shape (p, 2)."""
    filled = np.flatnonzero((table != np.iinfo(np.uint32).max).any(axis=1))

    def agree(pairs: Indices) -> npt.NDArray[np.bool_]:
        return agreeing(table, pairs, threshold)

    candidates: list[Indices] = []
    verified: list[Indices] = [np.zeros((0, 2), dtype=np.int64)]
    for band in range(BANDS):
        columns = np.ascontiguousarray(table[filled, band * ROWS : (band + 1) * ROWS])
        keys = columns.view(np.dtype((np.void, columns.itemsize * ROWS))).ravel()
        for rows in _buckets(keys):
            if rows.shape[1] <= SMALL_BUCKET:
                candidates.append(all_pairs(filled[rows]))
            else:
                verified += [led_pairs(np.sort(filled[one]), agree) for one in rows]
    if candidates:
        unique = np.unique(np.concatenate(candidates), axis=0)
        verified.append(unique[agree(unique)])
    return np.concatenate(verified)


def _buckets(keys: npt.NDArray[np.void]) -> list[Indices]:
    """Groups of equal keys with at least two members, stacked by size: arrays (groups, size)."""
    if not len(keys):
        return []
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.cumsum(counts) - counts
    stacked: list[Indices] = []
    for size in np.unique(counts[counts > 1]):
        begins = starts[counts == size]
        stacked.append(order[begins[:, None] + np.arange(size)])
    return stacked


def all_pairs(rows: Indices) -> Indices:
    """Every pair within each row of places, shape (n, 2)."""
    left, right = np.triu_indices(rows.shape[1], k=1)
    return np.stack([rows[:, left].ravel(), rows[:, right].ravel()], axis=1)


def led_pairs(rest: Indices, agree: Callable[[Indices], npt.NDArray[np.bool_]]) -> Indices:
    """Pairs of a large bucket: each member with the first leader it agrees with.

    Args:
        rest: The members, those that lead first.
        agree: Which of some pairs of members do.
    """
    found: list[Indices] = [np.zeros((0, 2), dtype=np.int64)]
    for _ in range(LEADERS):
        if len(rest) < 2:
            break
        pairs = np.stack([np.full(len(rest) - 1, rest[0]), rest[1:]], axis=1)
        agreed = agree(pairs)
        found.append(pairs[agreed])
        rest = rest[1:][~agreed]
    return np.concatenate(found)


def agreeing(table: Signatures, pairs: Indices, threshold: float) -> npt.NDArray[np.bool_]:
    """Whether enough permutations of each pair of signatures agree."""
    result = np.zeros(len(pairs), dtype=np.bool_)
    for begin in range(0, len(pairs), VERIFY_ROWS):
        part = pairs[begin : begin + VERIFY_ROWS]
        equal = (table[part[:, 0]] == table[part[:, 1]]).sum(axis=1)
        result[begin : begin + VERIFY_ROWS] = equal >= threshold * PERMUTATIONS
    return result


def components(count: int, pairs: Indices) -> Indices:
    """The smallest row of the connected component of each row."""
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


def duplicate_clusters(
    ids: Sequence[str], texts: Sequence[str | None], *, threshold: float = THRESHOLD
) -> npt.NDArray[np.object_]:
    """Clusters of exact and near duplicates together, named by the smallest id in each."""
    if len(ids) != len(texts):
        raise InputError(f"{len(ids)} ids for {len(texts)} texts")
    near = clusters(ids, signatures(texts), threshold=threshold)
    names = sorted(set(ids))
    place = {name: at for at, name in enumerate(names)}
    first: dict[str, str] = {}
    pairs = [(place[one], place[cluster]) for one, cluster in zip(ids, near, strict=True)]
    for one, key in zip(ids, exact_keys(texts), strict=True):
        if key is not None:
            pairs.append((place[one], place[first.setdefault(key, one)]))
    labels = components(len(names), np.asarray(pairs, dtype=np.int64).reshape(-1, 2))
    return np.asarray([names[labels[place[one]]] for one in ids], dtype=np.object_)


def keep_earliest(
    ids: Sequence[str], clusters: Sequence[str], times: Sequence[Any]
) -> npt.NDArray[np.bool_]:
    """Whether each row is the one to keep of its cluster: the earliest by (time, id).

    Args:
        ids: An id for each row.
        clusters: The cluster of each row.
        times: Something comparable for each row.
    """
    best: dict[str, tuple[Any, str, int]] = {}
    for row, (name, cluster, time) in enumerate(zip(ids, clusters, times, strict=True)):
        one = (time, name, row)
        if cluster not in best or one < best[cluster]:
            best[cluster] = one
    keep = np.zeros(len(ids), dtype=np.bool_)
    keep[[row for _, _, row in best.values()]] = True
    return keep
