"""Columns of Arrow from columns of bytes, without a Python object for each change.

The heads of `git log --raw` have all the same width, so they are cut by position. Text that is not
UTF-8 keeps a sign of replacement where it is not.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.errors import IntegrityError
from byline.work.identifiers import path_text

Letters = npt.NDArray[np.uint8]
MODE = 6  # digits


def texts(values: Sequence[bytes]) -> list[str]:
    """Text of each value; none of them holds a NUL."""
    if not values:
        return []
    try:
        return b"\0".join(values).decode("utf-8").split("\0")
    except UnicodeDecodeError:
        return [value.decode("utf-8", "replace") for value in values]


def path_texts(values: Sequence[bytes]) -> list[str]:
    """Each path as text; one that is not UTF-8 in its display form."""
    if not values:
        return []
    try:
        return b"\0".join(values).decode("utf-8").split("\0")
    except UnicodeDecodeError:
        return [path_text(value)[0] for value in values]


def lists(counts: Sequence[int], values: pa.Array, kind: pa.ListType) -> pa.Array:
    """A list for each count, of the values in order."""
    offsets = pa.array(accumulate(counts, initial=0), pa.int32())
    return pa.ListArray.from_arrays(offsets, values, type=kind)


def parents(values: Sequence[bytes], *, width: int) -> tuple[list[int], pa.Array]:
    """How many parents each commit has, and all of them one after the other."""
    counts = [(len(value) + 1) // (width + 1) for value in values]
    return counts, pa.array(b" ".join(values).decode("ascii").split(), pa.string())


def letters(heads: Sequence[bytes], *, width: int) -> Letters:
    """The heads as a table of bytes, one row each; object ids have `width` hex digits.

    Raises:
        IntegrityError: One of them is not a head of `git log --raw`.
    """
    length = 2 * (MODE + width) + 6
    joined = b"".join(heads).replace(b"\n", b"")  # a commit's first head follows a line feed
    table = np.frombuffer(joined, dtype=np.uint8)
    if len(joined) != length * len(heads) or (table[::length] != ord(":")).any():
        raise IntegrityError("git log printed changes that Byline cannot read")
    return table.reshape(len(heads), length)


def changes(table: Letters, paths: Sequence[str], *, width: int, kind: pa.StructType) -> pa.Array:
    """`CHANGE` for each row of `letters`."""
    old_mode, new_mode = 1, MODE + 2
    old_oid = new_mode + MODE + 1
    new_oid = old_oid + width + 1
    cuts = {
        "status": (new_oid + width + 1, 1),
        "old_oid": (old_oid, width),
        "new_oid": (new_oid, width),
        "old_mode": (old_mode, MODE),
        "new_mode": (new_mode, MODE),
    }
    columns = {name: _cut(table, start, size) for name, (start, size) in cuts.items()}
    columns["path"] = pa.array(paths, pa.string())
    fields = list(kind)
    return pa.StructArray.from_arrays([columns[one.name] for one in fields], fields=fields)


def _cut(table: Letters, start: int, size: int) -> pa.Array:
    """The same columns of every row, as text."""
    data = np.ascontiguousarray(table[:, start : start + size])
    offsets = np.arange(len(table) + 1, dtype=np.int32) * size
    return pa.StringArray.from_buffers(len(table), pa.py_buffer(offsets), pa.py_buffer(data))


def statuses(table: Letters) -> Letters:
    """The status letter of each row."""
    return table[:, -1]
