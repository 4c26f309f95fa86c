"""Fingerprints of text: what a text leaves behind in a seal, so that its author finds it again.

Winnowing (Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003, https://doi.org/10.1145/872757.872770) over tokens, in the form `FORM` that
docs/proof-formats.md gives bytes for. Invariants: white space and the case of ASCII letters change
nothing; two texts that share `SHARED` tokens in a row share a fingerprint; a table of texts gives
what its texts give one by one.

All texts of a batch are worked on at once. A run's number is the difference of two prefix sums of
`t[m] * B**-m`, times a power of B: B is odd, so it has an inverse modulo 2**64.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

FORM: Final = "byline/fingerprints/1"
RUN: Final = 25  # tokens
WINDOW: Final = 10  # runs
SHARED: Final = RUN + WINDOW - 1
BASE: Final = 0x9E3779B97F4A7C15
INVERSE: Final = pow(BASE, -1, 1 << 64)
BATCH_BYTES: Final = 1 << 20
NOTHING, WORD, SINGLE = 0, 1, 2
TEXT_COLUMNS: Final = ("text", "prompt", "completion", "chosen", "rejected")
"""Columns of a row that are texts; `messages` are more."""

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Texts:
    """Texts one after the other, each with the number of what it belongs to.

    Attributes:
        data: Their UTF-8 bytes, with nothing between.
        ends: Where each ends, in bytes.
        owners: For each text, the number of its example; these do not fall.
    """

    data: npt.NDArray[np.uint8]
    ends: Places
    owners: Places


def fingerprints(text: str) -> Numbers:
    """The fingerprints of one text, ascending, each once."""
    data = np.frombuffer(text.encode("utf-8"), np.uint8)
    one = Texts(data, np.array([len(data)], np.int64), np.zeros(1, np.int64))
    return np.unique(fingerprints_of(one)[0])


def fingerprints_of(texts: Texts) -> tuple[Numbers, Places]:
    """The fingerprints of many texts: numbers, ascending, and whose each is; no pair twice.

    Memory is some 30 times the texts, so give a few megabytes at a time (`batches_of`).
    """
    numbers, firsts = _tokens(texts)
    runs = _runs(numbers)
    kept, text = _winnowed(runs, firsts)
    return _unique_pairs(kept, texts.owners[text])


def row_fingerprints(rows: pa.RecordBatch | pa.Table) -> Iterator[tuple[Numbers, Places]]:
    """The fingerprints of the texts of rows of `EXAMPLES`, some megabytes of text at a time.

    Yields numbers and the rows that have them; no pair comes twice, and rows only rise from one
    yield to the next.
    """
    for start, end in _slices(_row_bytes(rows)):
        numbers, owners = fingerprints_of(texts_of(rows.slice(start, end - start)))
        yield numbers, owners + start


def texts_of(rows: pa.RecordBatch | pa.Table) -> Texts:
    """The texts of rows: `text`; prompt and completion; prompt and each answer; each message."""
    column = {name: _strings(rows.column(name)) for name in TEXT_COLUMNS}
    prompt = pc.fill_null(column["prompt"], "")
    kinds = [column["text"]]
    kinds += [_after(prompt, column[name]) for name in ("completion", "chosen", "rejected")]
    messages, of_row = _messages(rows)
    owners = [np.arange(rows.num_rows, dtype=np.int64)] * len(kinds)
    return _joined([*kinds, messages], [*owners, of_row])


def _messages(rows: pa.RecordBatch | pa.Table) -> tuple[pa.Array, Places]:
    """The text of every message, and the row that each is of."""
    lists = _one_chunk(rows.column("messages"))
    texts = _strings(pc.struct_field(pc.list_flatten(lists), "content"))
    return texts, np.asarray(pc.list_parent_indices(lists), dtype=np.int64)


def _joined(kinds: list[pa.Array], owners: list[Places]) -> Texts:
    """Arrays of texts as one, in order of whose they are; those that are null are left out."""
    everything = pa.concat_arrays(kinds)
    owner = np.concatenate(owners)
    filled = np.flatnonzero(np.asarray(everything.is_valid()))
    order = filled[np.argsort(owner[filled], kind="stable")]
    chosen = everything.take(pa.array(order))
    offsets = np.frombuffer(chosen.buffers()[1], np.int64)[chosen.offset :][: len(chosen) + 1]
    data = np.frombuffer(chosen.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    return Texts(data, offsets[1:] - offsets[0], owner[order])


def _after(prompt: pa.Array, answer: pa.Array) -> pa.Array:
    """Null where there is no answer."""
    return pc.binary_join_element_wise(prompt, answer, pa.scalar("", pa.large_string()))


def _strings(values: Any) -> pa.Array:
    return _one_chunk(values).cast(pa.large_string())


def _one_chunk(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _row_bytes(rows: pa.RecordBatch | pa.Table) -> Places:
    """About how many bytes of text each row has."""
    total = np.zeros(rows.num_rows, np.int64)
    for name in TEXT_COLUMNS:
        total += _lengths(_strings(rows.column(name)))
    messages, of_row = _messages(rows)
    np.add.at(total, of_row, _lengths(messages))
    return total


def _lengths(texts: pa.Array) -> Places:
    return np.asarray(pc.fill_null(pc.binary_length(texts), 0), dtype=np.int64)


def _slices(sizes: Places) -> Iterator[tuple[int, int]]:
    """Rows in slices of about `BATCH_BYTES`, at least one row each."""
    bins = np.cumsum(sizes) // BATCH_BYTES
    cuts = [0, *(np.flatnonzero(np.diff(bins)) + 1).tolist(), len(sizes)]
    for start, end in pairwise(cuts):
        if end > start:
            yield start, end


def _byte_tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """For each byte its kind, and the byte that it counts as."""
    kind = np.full(256, NOTHING, np.uint8)
    kind[0x21:0x7F] = SINGLE
    for first, last in ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0x80, 0xFF)):
        kind[first : last + 1] = WORD
    lower = np.arange(256, dtype=np.uint8)
    lower[0x41:0x5B] += 0x20
    return kind, lower


KIND, LOWER = _byte_tables()


def _tokens(texts: Texts) -> tuple[Numbers, Places]:
    """The number of every token, and for each text its first token (and, last, their count)."""
    kind = KIND[texts.data]
    begins = kind == SINGLE
    word = kind == WORD
    begins[:1] |= word[:1]
    begins[1:] |= word[1:] & ~word[:-1]
    cuts = texts.ends[:-1][texts.ends[:-1] < len(kind)]
    begins[cuts] |= word[cuts]  # a word does not go on into the next text
    filled = kind != NOTHING
    kept = np.flatnonzero(filled)
    starts = np.flatnonzero(begins[kept])
    counted = np.searchsorted(kept[starts], texts.ends)
    firsts = np.concatenate([np.zeros(1, np.int64), counted])
    return _numbers(LOWER[texts.data[kept]], starts), firsts


def _numbers(data: npt.NDArray[np.uint8], starts: Places) -> Numbers:
    """The first 8 bytes of each token's SHA-256; each different token is hashed once."""
    offsets = np.append(starts, len(data)).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    tokens = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(starts), buffers)
    coded = tokens.dictionary_encode()
    hashed = b"".join(hashlib.sha256(one).digest()[:8] for one in coded.dictionary.to_pylist())
    different: Numbers = np.frombuffer(hashed, ">u8").astype(np.uint64)
    places: Places = np.asarray(coded.indices)
    return different[places]


@lru_cache(maxsize=1)
def _powers(count: int) -> tuple[Numbers, Numbers]:
    """The powers of B and of its inverse modulo 2**64, from 0 on."""
    made = []
    for factor in (BASE, INVERSE):
        values = np.full(count, factor, np.uint64)
        values[:1] = 1
        made.append(np.multiply.accumulate(values))
    return made[0], made[1]


def _runs(numbers: Numbers) -> Numbers:
    """The number of the run of `RUN` tokens that begins at each token; wraps modulo 2**64."""
    count = len(numbers) - RUN + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    room = 1 << (len(numbers) + RUN).bit_length()
    powers, inverses = _powers(room)
    sums = np.zeros(len(numbers) + 1, np.uint64)
    np.cumsum(numbers * inverses[: len(numbers)], out=sums[1:])
    differences: Numbers = (sums[RUN:] - sums[:-RUN]) * powers[RUN - 1 : RUN - 1 + count]
    return differences


def _winnowed(runs: Numbers, firsts: Places) -> tuple[Numbers, Places]:
    """The smallest number of each window, and the text that it is of.

    Of equal numbers in a window the rightmost is kept; which one it is does not show in a number.
    """
    counts = np.maximum(np.diff(firsts) - RUN + 1, 0)
    starts = firsts[:-1]
    short = np.flatnonzero((counts > 0) & (counts < WINDOW))
    long = np.flatnonzero(counts >= WINDOW)
    many = _of_long(runs, starts, counts, long)
    few = _of_short(runs, starts, counts, short)
    return np.concatenate([many[0], few[0]]), np.concatenate([many[1], few[1]])


def _of_long(runs: Numbers, starts: Places, counts: Places, long: Places) -> tuple[Numbers, Places]:
    if not len(long):
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    two = np.minimum(runs[:-1], runs[1:])
    four = np.minimum(two[:-2], two[2:])
    eight = np.minimum(four[:-4], four[4:])
    smallest = np.minimum(eight[: len(runs) - WINDOW + 1], eight[2:])
    # +1 where windows of a text begin, -1 after they end: inside, the sum is above nothing.
    text = np.full(len(smallest), -1, np.int64)
    windows = counts[long] - WINDOW + 1
    places = np.repeat(starts[long] - np.cumsum(windows) + windows, windows)
    places += np.arange(len(places))
    text[places] = np.repeat(long, windows)
    chosen = np.flatnonzero(_changes(smallest, text) & (text >= 0))
    return smallest[chosen], text[chosen]


def _of_short(
    runs: Numbers, starts: Places, counts: Places, short: Places
) -> tuple[Numbers, Places]:
    if not len(short):
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    begin, end = starts[short], starts[short] + counts[short]
    padded = np.append(runs, np.uint64(2**64 - 1))  # an end may be the very end
    bounds = np.stack([begin, end], axis=1).ravel()
    return np.minimum.reduceat(padded, bounds)[::2], short


def _unique_pairs(numbers: Numbers, owners: Places) -> tuple[Numbers, Places]:
    order = np.lexsort((owners, numbers))
    numbers, owners = numbers[order], owners[order]
    fresh = _changes(numbers, owners)
    return numbers[fresh], owners[fresh]


def _changes(numbers: Numbers, owners: Places) -> npt.NDArray[np.bool_]:
    """Where a pair is not the one before it."""
    fresh = np.ones(len(numbers), bool)
    fresh[1:] = (numbers[1:] != numbers[:-1]) | (owners[1:] != owners[:-1])
    return fresh
