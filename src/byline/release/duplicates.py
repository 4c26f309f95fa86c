"""Which candidates are kept: of each group of duplicates, the earliest.

The earliest stays because its author wrote it first, and because a test example that repeats a
training example must go. Recipes are compared each for itself: an edit and the file that it led to
teach different things. The result depends on no order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.duplicates import PERMUTATIONS, clusters, keep_earliest
from byline.engine.stage import Partition
from byline.errors import IntegrityError
from byline.examples.commit_edit import LEFT_OUT


@dataclass(frozen=True)
class Selection:
    """What became of every candidate.

    Attributes:
        split: The split of each kept candidate, by id.
        dropped: Why each other candidate was dropped, by id.
        size: UTF-8 bytes of all that is kept.
    """

    split: dict[str, str]
    dropped: dict[str, str]
    size: int


def select(parts: Sequence[Partition]) -> Selection:
    """Choose among all candidates by their signatures.

    Raises:
        IntegrityError: Two candidates have one id.
    """
    tables = [part.read() for part in parts]
    split: dict[str, str] = {}
    dropped: dict[str, str] = {}
    size = 0
    if not tables:
        return Selection({}, {}, 0)
    table = pa.concat_tables(tables)
    table = table.filter(pc.not_equal(table["split"], LEFT_OUT))
    for recipe in sorted(set(table["recipe"].to_pylist())):
        rows = table.filter(pc.equal(table["recipe"], recipe))
        rows = _without(rows, _exact_keep(rows), dropped, "duplicate_exact")
        rows = _without(rows, _near_keep(rows), dropped, "duplicate_near")
        for identity, name in zip(rows["id"].to_pylist(), rows["split"].to_pylist(), strict=True):
            if identity in split or identity in dropped:
                raise IntegrityError(f"two candidates have the id {identity}")
            split[identity] = name
        size += pc.sum(rows["bytes"]).as_py() or 0
    return Selection(split, dropped, size)


def _exact_keep(rows: pa.Table) -> np.ndarray:
    """Earliest of those with one exact key; a candidate without a key is its own."""
    keys = [
        key if key is not None else identity
        for key, identity in zip(rows["exact"].to_pylist(), rows["id"].to_pylist(), strict=True)
    ]
    return keep_earliest(rows["id"].to_pylist(), keys, rows["time"].to_pylist())


def _near_keep(rows: pa.Table) -> np.ndarray:
    """Earliest of each near-duplicate cluster."""
    if rows.num_rows == 0:
        return np.zeros(0, dtype=np.bool_)
    joined = b"".join(rows["minhash"].to_pylist())
    hashes = np.frombuffer(joined, dtype=np.uint32).reshape(rows.num_rows, PERMUTATIONS)
    ids = rows["id"].to_pylist()
    return keep_earliest(ids, clusters(ids, hashes).tolist(), rows["time"].to_pylist())


def _without(rows: pa.Table, keep: np.ndarray, dropped: dict[str, str], reason: str) -> pa.Table:
    for identity in rows.filter(pa.array(~keep))["id"].to_pylist():
        dropped[identity] = reason
    return rows.filter(pa.array(keep))
