"""Rows of `EXAMPLES` with people by this release's pseudonyms, and counts of them by person.

Whole columns at a time: a pseudonym is made once for each person, never once for each span.
"""

from collections.abc import MutableMapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.privacy.pseudonyms import pseudonym

Known = MutableMapping[str | None, str | None]


def pseudonymous(table: pa.Table, key: bytes, scope: str, *, known: Known) -> pa.Table:
    """The rows with every person as a pseudonym, and the people of a row in order of those.

    Args:
        table: Of `EXAMPLES`, with people by their workspace key.
        key: The linkage key.
        scope: What makes a release's pseudonyms its own.
        known: Pseudonyms that were made before; new ones are added.
    """

    def named(people: pa.Array) -> pa.Array:
        coded = people.dictionary_encode()
        names = coded.dictionary.to_pylist()
        for person in names:
            if person not in known:
                known[person] = pseudonym(key, scope, person)
        return pa.array([known[one] for one in names], pa.string()).take(coded.indices)

    for column in ("spans", "people"):
        place = table.schema.get_field_index(column)
        lists = table[column].combine_chunks()
        rows = lists.flatten()
        rows = _with_field(rows, "contributor", named(rows.field("contributor")))
        if column == "people":
            rows = rows.take(_order_by_name(lists, rows.field("contributor")))
        changed = pa.ListArray.from_arrays(pa.array(_offsets(lists), pa.int32()), rows)
        field = table.schema.field(column)
        table = table.set_column(place, field, changed.cast(field.type))
    return table


def examples_of_people(table: pa.Table) -> dict[str, int]:
    """How many rows each person is in."""
    lists = table["people"].combine_chunks()
    coded = lists.flatten().field("contributor").dictionary_encode()
    names = np.asarray(coded.indices, dtype=np.int64)
    pairs = np.unique(np.stack([_parents(lists), names]), axis=1)
    counts = np.bincount(pairs[1], minlength=len(coded.dictionary)).tolist()
    return dict(zip(coded.dictionary.to_pylist(), counts, strict=True))


def characters(table: pa.Table) -> int:
    """How many characters the rows have together: each row's last span ends with its text."""
    total = 0
    for chunk in table["spans"].chunks:
        offsets = _offsets(chunk)
        ends = np.asarray(chunk.flatten().field("end"), dtype=np.int64)
        filled = np.diff(offsets) > 0
        total += int(ends[offsets[1:][filled] - 1].sum())
    return total


def _with_field(rows: pa.StructArray, name: str, values: pa.Array) -> pa.StructArray:
    fields: list[Any] = list(rows.type)
    arrays = [values if one.name == name else rows.field(one.name) for one in fields]
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _order_by_name(lists: pa.Array, names: pa.Array) -> pa.Array:
    """Where the rows of each list go, by name."""
    coded = names.dictionary_encode()
    ranks = np.empty(len(coded.dictionary), dtype=np.int64)
    ranks[np.asarray(pc.sort_indices(coded.dictionary))] = np.arange(len(ranks))
    by_name = ranks[np.asarray(coded.indices)]
    return pa.array(np.lexsort((by_name, _parents(lists))))


def _offsets(lists: pa.Array) -> npt.NDArray[np.int64]:
    lengths = np.asarray(pc.list_value_length(lists), dtype=np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


def _parents(lists: pa.Array) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(lists)), np.diff(_offsets(lists)))
