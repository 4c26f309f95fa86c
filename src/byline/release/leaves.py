"""The leaves of a release's seal in little memory, for whoever reads its rows.

Invariants: these are all the leaves, in strictly increasing order of id, and they lead to the
sealed root (that is `verify_order`, the part of an auditor, at every opening for reading); about 70
bytes are held for each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from byline.errors import IntegrityError
from byline.proof.absence import Leaf
from byline.proof.errors import OrderError, ProofError
from byline.proof.merkle import build_row, hash_leaves

BATCH: Final = 65_536
HASH: Final = 32


@dataclass(frozen=True)
class Leaves:
    """Ids in order, and the digest of each id's row.

    Attributes:
        ids: Of a fixed width in bytes, n of them.
        digests: Of shape (n, 32).
    """

    ids: npt.NDArray[np.bytes_]
    digests: npt.NDArray[np.uint8]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.ids)

    def places_of(self, ids: Sequence[str]) -> npt.NDArray[np.int64]:
        """The place of each id, -1 for one that is not there."""
        if not self.size or not ids:
            return np.full(len(ids), -1, np.int64)
        wanted = [one.encode() for one in ids]
        places = np.minimum(np.searchsorted(self.ids, np.array(wanted)), self.size - 1)
        same = [one == held for one, held in zip(wanted, self.ids[places].tolist(), strict=True)]
        return np.where(same, places, -1).astype(np.int64)


def read_leaves(path: Path, *, root: str, subject: str) -> Leaves:
    """Read the leaves of a seal.

    Args:
        path: Their table.
        root: The sealed root, in hexadecimal.
        subject: What they are of, for messages.

    Raises:
        IntegrityError: They cannot be read, are out of order, or do not lead to the root.
    """
    ids = [np.zeros(0, "S1")]
    digests = [np.zeros((0, HASH), np.uint8)]
    hashes: list[bytes] = []
    last = b""
    try:
        for some, theirs in _batches(path):
            if any(one >= other for one, other in pairwise([last, *some])):
                raise OrderError("they are out of order")
            pairs = zip(some, theirs, strict=True)
            hashes.append(hash_leaves(Leaf(*pair).data for pair in pairs))
            ids.append(np.array(some))
            digests.append(np.frombuffer(b"".join(theirs), np.uint8).reshape(-1, HASH))
            last = some[-1]
    except (pa.ArrowInvalid, OSError, KeyError) as error:
        raise IntegrityError(f"{path} cannot be read: {error}") from error
    except (ProofError, ValueError, AttributeError, TypeError) as error:  # a cell of another type
        raise IntegrityError(f"{subject}: its leaves are damaged: {error}") from error
    found = build_row(b"".join(hashes)).root.hex()
    if found != root:
        raise IntegrityError(f"{subject}: its leaves give the root {found}, sealed is {root}")
    return Leaves(np.concatenate(ids), np.concatenate(digests))


def _batches(path: Path) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Ids and digests, never none at a time."""
    with pq.ParquetFile(path) as source:
        for batch in source.iter_batches(batch_size=BATCH, columns=["id", "sha256"]):
            if batch.num_rows:
                ids = [identity.encode() for identity in batch.column("id").to_pylist()]
                yield ids, batch.column("sha256").to_pylist()
