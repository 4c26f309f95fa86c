"""Rows of a release as canonical bytes: what a leaf in the seal is the hash of.

`row_digest` takes one row as Python values, `row_digests` a table without making any; both give the
same digests.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.proof.absence import Leaf
from byline.proof.canonical import canonical_json

SCALAR: Final = json.JSONEncoder(ensure_ascii=False)  # of a string what `canonical_json` writes
BITS: Final = {pa.float32(): pa.int32(), pa.float64(): pa.int64()}


def row_digest(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of a row in canonical JSON, times as ISO 8601 in UTC with a Z."""
    return hashlib.sha256(canonical_json(_plain(row))).digest()


def leaf(row: Mapping[str, Any]) -> Leaf:
    """The leaf of a row: filed under the example's id."""
    return Leaf(str(row["id"]).encode("utf-8"), row_digest(row))


def row_digests(table: pa.Table) -> list[bytes]:
    """`row_digest` of each row of a table that fits in memory twice."""
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    rows = _objects(columns)
    offsets = np.frombuffer(rows.buffers()[1], np.int64)[: len(rows) + 1].tolist()
    data = memoryview(rows.buffers()[2] or b"")
    return [hashlib.sha256(data[start:end]).digest() for start, end in pairwise(offsets)]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _json(values: pa.Array) -> pa.Array:
    """The canonical JSON of each value, as large strings without nulls."""
    kind = values.type
    if pa.types.is_struct(kind):
        names = [kind.field(place).name for place in range(kind.num_fields)]
        written = _objects(dict(zip(names, values.flatten(), strict=True)))
    elif pa.types.is_list(kind):
        written = _lists(values)
    elif pa.types.is_integer(kind):
        written = values.cast(pa.large_string())
    else:
        written = _scalars(values)
    return pc.if_else(values.is_valid(), written, pa.scalar("null", pa.large_string()))


def _objects(columns: Mapping[str, pa.Array]) -> pa.Array:
    parts: list[Any] = []
    for name in sorted(columns):
        opening = "," if parts else "{"
        key = f"{opening}{canonical_json(name).decode()}:"
        parts += [pa.scalar(key, pa.large_string()), _json(columns[name])]
    closing = pa.scalar("}" if parts else "{}", pa.large_string())
    return pc.binary_join_element_wise(*parts, closing, pa.scalar("", pa.large_string()))


def _lists(values: pa.Array) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    offsets = np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))])
    items = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), _json(values.flatten()))
    joined = pc.binary_join(items, pa.scalar(",", pa.large_string()))
    opening, closing, nothing = (pa.scalar(one, pa.large_string()) for one in ("[", "]", ""))
    return pc.binary_join_element_wise(opening, joined, closing, nothing)


def _scalars(values: pa.Array) -> pa.Array:
    """Each different value is written once; floats differ by their bits, as 0.0 and -0.0 do."""
    kind = values.type
    bits = BITS.get(kind)
    coded = (values.view(bits) if bits else values).dictionary_encode()
    different = coded.dictionary.view(kind) if bits else coded.dictionary
    write = SCALAR.encode if pa.types.is_string(kind) else _written
    texts = [write(one) for one in different.to_pylist()]
    return pa.array(texts, pa.large_string()).take(coded.indices)


def _written(value: Any) -> str:
    return canonical_json(_plain(value)).decode()
