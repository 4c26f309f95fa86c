"""A store of near duplicates as files: kept from run to run, beside the releases."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from byline.corpus.duplicates import SCHEME, THRESHOLD
from byline.corpus.near_duplicates import EDGES, SEEN, Store, empty_store, updated
from byline.errors import InputError
from byline.workspace.files import write_table


def write_store(folder: Path, store: Store) -> None:
    """Write a store as two Parquet files that carry the scheme, each replaced as a whole.

    A run that is killed between the two leaves edges of another state: `read_store` sees it.
    """
    state = _state(store.seen)
    mark = {b"scheme": SCHEME.encode(), b"state": state.encode()}
    write_table(folder / "edges.parquet", store.edges.replace_schema_metadata(mark))
    write_table(folder / "seen.parquet", store.seen.replace_schema_metadata(mark))


def read_store(folder: Path, *, threshold: float = THRESHOLD) -> Store:
    """Read a store; an empty one where there is none. Edges of another state are made anew.

    Raises:
        InputError: Its signatures are of another scheme.
    """
    if not (folder / "seen.parquet").is_file():
        return empty_store()
    seen = pq.read_table(folder / "seen.parquet")
    mark = seen.schema.metadata or {}
    if mark.get(b"scheme") != SCHEME.encode():
        raise InputError(
            f"{folder}: signatures of another scheme ({mark.get(b'scheme', b'none').decode()})",
            advice="remove the folder: the store is made anew from the texts",
        )
    seen = seen.replace_schema_metadata(None).cast(SEEN)
    if (folder / "edges.parquet").is_file():
        edges = pq.read_table(folder / "edges.parquet")
        if (edges.schema.metadata or {}).get(b"state") == mark.get(b"state"):
            return Store(seen, edges.replace_schema_metadata(None).cast(EDGES))
    return updated(empty_store(), seen, threshold=threshold)


def _state(seen: pa.Table) -> str:
    digest = hashlib.sha256()
    for row in zip(seen["id"].to_pylist(), seen["minhash"].to_pylist(), strict=True):
        digest.update(row[0].encode())
        digest.update(row[1])
    return digest.hexdigest()
