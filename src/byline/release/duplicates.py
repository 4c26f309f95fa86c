"""Which candidates are duplicates, and of which: of each cluster the earliest stays.

The earliest stays because its author wrote it first, and because a test example that repeats a
training example must go. Candidates are compared within a recipe and a task of it: an edit and the
file that it led to teach different things. The store of a workspace keeps signatures from run to
run, so that only what is new is compared; the result is that of comparing everything, in any order.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.duplicates import PERMUTATIONS
from byline.corpus.near_duplicates import (
    SEEN,
    Store,
    duplicates_of,
    empty_store,
    seen_of,
    updated,
)
from byline.corpus.near_duplicates_files import read_store, write_store
from byline.errors import InputError, IntegrityError


def duplicates(signatures: pa.Table, *, store: Path | None = None) -> pa.Table:
    """`KEPT` rows of a release's candidates: each duplicate with what stands for it.

    Args:
        signatures: `SIGNATURES` of all candidates that may be in the release.
        store: The folder of what earlier runs compared; what is no longer a candidate leaves it.

    Raises:
        IntegrityError: Two candidates have one id.
    """
    seen = _seen(signatures)
    if pc.count_distinct(seen["id"]).as_py() != seen.num_rows:
        counts = pc.value_counts(seen["id"]).to_pylist()
        twice = next(row["values"] for row in counts if row["counts"] > 1)
        raise IntegrityError(f"two candidates have the id {twice}")
    known = _known(store)
    changed = _changed(known, seen)
    gone = known.seen["id"].filter(
        pc.invert(pc.is_in(known.seen["id"], value_set=seen["id"].combine_chunks()))
    )
    if changed.num_rows or len(gone):
        rescoped = _rescoped(known, changed)
        known = updated(known, SEEN.empty_table(), withdrawn=[*gone.to_pylist(), *rescoped])
        known = updated(known, changed)
        if store is not None:
            write_store(store, known)
    return duplicates_of(known)


def _known(store: Path | None) -> Store:
    if store is None:
        return empty_store()
    try:
        return read_store(store)
    except InputError:  # of another scheme: everything is compared anew, and it is written over
        return empty_store()


def _seen(signatures: pa.Table) -> pa.Table:
    joined = b"".join(signatures["minhash"].to_pylist())
    hashes = np.frombuffer(joined, dtype=np.uint32).reshape(signatures.num_rows, PERMUTATIONS)
    return seen_of(
        signatures["scope"].to_pylist(), signatures["id"].to_pylist(), signatures["time"],
        exact=signatures["exact"].to_pylist(), hashes=hashes,
    )  # fmt: skip


def _changed(known: Store, seen: pa.Table) -> pa.Table:
    """The rows that the store does not hold exactly so."""
    columns = ("scope", "id", "time", "exact", "minhash")
    held = set(zip(*(known.seen[name].to_pylist() for name in columns), strict=True))
    rows = zip(*(seen[name].to_pylist() for name in columns), strict=True)
    return seen.filter(pa.array([row not in held for row in rows], pa.bool_()))


def _rescoped(known: Store, changed: pa.Table) -> list[str]:
    """Ids that are now compared within something else."""
    scopes = dict(zip(known.seen["id"].to_pylist(), known.seen["scope"].to_pylist(), strict=True))
    pairs = zip(changed["id"].to_pylist(), changed["scope"].to_pylist(), strict=True)
    return [identity for identity, scope in pairs if scopes.get(identity, scope) != scope]
