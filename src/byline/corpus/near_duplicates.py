"""Duplicates across runs and releases: what was seen before is kept as signatures, and compared.

A store holds, for everything that was ever a candidate and still may be, its id, its time, an exact
key, its MinHash signature, and the hash of each of its bands; never its text. New candidates are
compared with all of it by looking only into the buckets that they fall into. The clusters are those
that `byline.corpus.duplicates` finds over everything at once: which came in which run, and in which
order, is no matter. A candidate that was withdrawn is taken out by `without`, and the rest is as if
it had never been there.

Scopes are compared each for itself (a recipe; an edit and the file it led to teach different
things). Signatures of another scheme are not comparable: a store of one is refused, and is made
anew from the texts.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.duplicates import (
    PERMUTATIONS,
    THRESHOLD,
    Signatures,
    components,
    exact_keys,
    keep_earliest,
    signatures,
)
from byline.corpus.near_duplicates_pairs import Pairs, band_hashes, joined_in_buckets
from byline.errors import InputError, IntegrityError

SEEN: Final = pa.schema(
    [
        pa.field("scope", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("exact", pa.string()),  # null for a blank text
        pa.field("minhash", pa.binary(4 * PERMUTATIONS), nullable=False),
        pa.field("bands", pa.list_(pa.uint64()), nullable=False),  # empty for a text too short
    ]
)
"""One row for each candidate that was ever compared, by scope and id."""
EDGES: Final = pa.schema(
    [
        pa.field("bucket", pa.uint64(), nullable=False),
        pa.field("left", pa.string(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
    ]
)
"""What joins two rows of one bucket of one scope; a bucket's rows are replaced together."""
KEPT: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kept_id", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),  # of the two signatures; 1 for exact
        pa.field("kind", pa.string(), nullable=False),  # exact | near
    ]
)
"""One row for each candidate that is not kept: of which one it is a duplicate."""

EMPTY: Final = np.uint32(np.iinfo(np.uint32).max)
NEEDED: Final = ("scope", "id", "time", "text")
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Store:
    """Everything seen so far.

    Attributes:
        seen: `SEEN`, by scope and id.
        edges: `EDGES`, by bucket and ids.
    """

    seen: pa.Table
    edges: pa.Table


def empty_store() -> Store:
    """A store that has seen nothing."""
    return Store(SEEN.empty_table(), EDGES.empty_table())


def signed(candidates: pa.Table) -> pa.Table:
    """`SEEN` rows of candidates; the only step that looks at texts.

    Args:
        candidates: Columns ``scope``, ``id``, ``time`` and ``text``.

    Raises:
        InputError: A column is missing.
    """
    for column in NEEDED:
        if column not in candidates.column_names:
            raise InputError(f"the candidates have no column {column!r}")
    texts = candidates["text"].to_pylist()
    return seen_of(
        candidates["scope"].to_pylist(), candidates["id"].to_pylist(), candidates["time"],
        exact=exact_keys(texts), hashes=signatures(texts),
    )  # fmt: skip


def seen_of(
    scopes: Sequence[str],
    ids: Sequence[str],
    times: pa.Array | pa.ChunkedArray,
    *,
    exact: Sequence[str | None],
    hashes: Signatures,
) -> pa.Table:
    """`SEEN` rows of signatures that were made before, such as those of a release's candidates.

    Args:
        scopes: What each is compared within.
        ids: Its id.
        times: When it was written, timestamps with a zone.
        exact: From `byline.corpus.duplicates.exact_keys`.
        hashes: From `byline.corpus.duplicates.signatures`, shape (n, 112).
    """
    whole = np.ascontiguousarray(hashes, dtype=np.uint32)
    filled = (whole != EMPTY).any(axis=1)
    bands = band_hashes(whole, scopes)
    data = whole.tobytes()
    width = 4 * PERMUTATIONS
    return pa.table(
        {
            "scope": pa.array(scopes, pa.string()),
            "id": pa.array(ids, pa.string()),
            "time": times.cast(SEEN.field("time").type),
            "exact": pa.array(exact, pa.string()),
            "minhash": pa.array([data[at : at + width] for at in range(0, len(data), width)],
                                SEEN.field("minhash").type),
            "bands": pa.array([row.tolist() if full else [] for row, full in
                               zip(bands, filled, strict=True)], SEEN.field("bands").type),
        },
        schema=SEEN,
    )  # fmt: skip


def updated(
    store: Store, new: pa.Table, *, withdrawn: Collection[str] = (), threshold: float = THRESHOLD
) -> Store:
    """The store with new rows and without withdrawn ones.

    Args:
        store: As it was; it is not changed.
        new: `SEEN` rows; an id that is there already is replaced, whatever its text was.
        withdrawn: Ids that are to leave no trace.
        threshold: Least share of agreeing permutations, the same in every run.

    Raises:
        IntegrityError: Two new rows have one id, or a replaced id changes its scope.
    """
    _check_ids(store.seen, new)
    gone = pa.array(sorted({*withdrawn, *new["id"].to_pylist()}), pa.string())
    leaves = pc.is_in(store.seen["id"], value_set=gone)
    fresh = new.filter(
        pc.invert(pc.is_in(new["id"], value_set=pa.array(sorted(withdrawn), pa.string())))
    )
    touched = _distinct_bands([store.seen.filter(leaves), fresh])
    seen = pa.concat_tables([store.seen.filter(pc.invert(leaves)), fresh.cast(SEEN)])
    seen = seen.sort_by([("scope", "ascending"), ("id", "ascending")]).combine_chunks()
    stale = pc.is_in(store.edges["bucket"], value_set=pa.array(touched, pa.uint64()))
    edges = pa.concat_tables(
        [store.edges.filter(pc.invert(stale)), _edges(seen, touched, threshold)]
    )
    order = [("bucket", "ascending"), ("left", "ascending"), ("right", "ascending")]
    return Store(seen, edges.sort_by(order).combine_chunks())


def without(store: Store, ids: Collection[str], *, threshold: float = THRESHOLD) -> Store:
    """The store as if these ids had never been there."""
    return updated(store, SEEN.empty_table(), withdrawn=ids, threshold=threshold)


def cluster_names(store: Store) -> list[str]:
    """The cluster of each row of `seen`: its smallest id of the scope."""
    scopes, ids = store.seen["scope"].to_pylist(), store.seen["id"].to_pylist()
    place = {pair: row for row, pair in enumerate(zip(scopes, ids, strict=True))}
    by_id = dict(zip(ids, scopes, strict=True))
    pairs = [
        (place[by_id[left], left], place[by_id[right], right])
        for left, right in zip(
            store.edges["left"].to_pylist(), store.edges["right"].to_pylist(), strict=True
        )
    ]
    first: dict[tuple[str, str], int] = {}
    for row, (scope, key) in enumerate(zip(scopes, store.seen["exact"].to_pylist(), strict=True)):
        if key is not None:
            pairs.append((first.setdefault((scope, key), row), row))
    labels = components(len(ids), np.asarray(pairs, dtype=np.int64).reshape(-1, 2))
    return [ids[label] for label in labels.tolist()]  # rows are by scope and id: the first is least


def duplicates_of(store: Store, ids: Iterable[str] | None = None) -> pa.Table:
    """`KEPT` rows: of each cluster all but the earliest, the smallest id first among equal times.

    Args:
        store: Everything seen.
        ids: Only rows of these candidates; what they are duplicates of may be any.

    Returns:
        Rows in order of id.
    """
    asked = None if ids is None else frozenset(ids)
    seen = store.seen
    names, known = cluster_names(store), seen["id"].to_pylist()
    times = np.asarray(seen["time"].cast(pa.int64()), dtype=np.int64).tolist()
    first = np.flatnonzero(keep_earliest(known, names, times)).tolist()
    best = {names[row]: row for row in first}
    rows = [
        row
        for row, name in enumerate(names)
        if best[name] != row and (asked is None or known[row] in asked)
    ]
    return _kept(seen, rows, [best[names[row]] for row in rows]).sort_by("id")


def _kept(seen: pa.Table, rows: Sequence[int], kept: Sequence[int]) -> pa.Table:
    """Which rows are duplicates of which, and how like they are."""
    sides = [seen.take(pa.array(side, pa.int64())) for side in (rows, kept)]
    one, other = (
        np.frombuffer(b"".join(side["minhash"].to_pylist()), np.uint32).reshape(-1, PERMUTATIONS)
        for side in sides
    )
    exact = pc.fill_null(pc.equal(sides[0]["exact"], sides[1]["exact"]), fill_value=False)
    same = np.asarray(exact, dtype=np.bool_)
    return pa.table(
        {
            "id": sides[0]["id"],
            "kept_id": sides[1]["id"],
            "similarity": np.where(same, 1.0, (one == other).mean(axis=1)),
            "kind": pc.if_else(exact, "exact", "near"),
        },
        schema=KEPT,
    )


def _check_ids(seen: pa.Table, new: pa.Table) -> None:
    ids = new["id"].to_pylist()
    scopes = dict(zip(ids, new["scope"].to_pylist(), strict=True))
    if len(scopes) != len(ids):
        raise IntegrityError("two candidates have one id")
    known = seen.filter(pc.is_in(seen["id"], value_set=pa.array(ids, pa.string())))
    for identity, scope in zip(known["id"].to_pylist(), known["scope"].to_pylist(), strict=True):
        if scopes[identity] != scope:
            raise IntegrityError(f"{identity} was of {scope} before, and is of {scopes[identity]}")


def _distinct_bands(tables: Sequence[pa.Table]) -> Hashes:
    flat = [pc.list_flatten(table["bands"].combine_chunks()) for table in tables]
    return np.unique(np.concatenate([np.asarray(one, dtype=np.uint64) for one in flat]))


def _edges(seen: pa.Table, touched: Hashes, threshold: float) -> pa.Table:
    """The edges of the touched buckets, looking at their rows only."""
    bands = seen["bands"].combine_chunks()
    rows = np.asarray(pc.list_parent_indices(bands), dtype=np.int64)
    keys = np.asarray(pc.list_flatten(bands), dtype=np.uint64)
    inside = np.isin(keys, touched)
    rows, keys = rows[inside], keys[inside]
    members = np.unique(rows)
    joined = b"".join(seen["minhash"].take(pa.array(members)).to_pylist())
    table = np.frombuffer(joined, dtype=np.uint32).reshape(-1, PERMUTATIONS)
    found: Pairs = joined_in_buckets(
        table, np.searchsorted(members, rows), keys, threshold=threshold
    )
    ids = seen["id"].combine_chunks()
    return pa.table(
        {
            "bucket": pa.array(found.buckets, pa.uint64()),
            "left": ids.take(pa.array(members[found.left])),
            "right": ids.take(pa.array(members[found.right])),
        },
        schema=EDGES,
    )
