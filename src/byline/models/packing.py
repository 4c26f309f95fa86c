"""Tokenised, masked and packed by us: rows of fixed length, and a sidecar that says whose they are.

Invariants: examples follow one another in the order of `order_key`, each closed by the end token;
the sidecar's spans of an example, in order, are exactly its tokens; a token that must not be
learnt has weight 0 (label -100). Memory is bounded by the batch and by one index entry an example.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from byline.errors import InputError
from byline.models.encoding import Encoded, sentinels_read_as_letters
from byline.models.sealed import order_key
from byline.models.tokenizer import SPECIAL_TOKENS

IGNORED = -100  # the label that the loss leaves out, as in torch and transformers
ROWS_AT_ONCE = 1024
SPANS_AT_ONCE = 65_536

SIDECAR = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),  # packed row, counted from 0
        pa.field("start", pa.int32(), nullable=False),  # first token of the span in the row
        pa.field("end", pa.int32(), nullable=False),  # token after the span in the row
        pa.field("example", pa.string(), nullable=False),
        pa.field("example_start_token", pa.int64(), nullable=False),  # place in the example
    ]
)


@dataclass(frozen=True)
class Packed:
    """Rows on disk, memory-mapped.

    Attributes:
        tokens: Token ids, `[rows, context]`; after the last example, padding.
        weights: Weight of each token in the loss, `[rows, context]`.
        sidecar: Parquet file with the columns of SIDECAR, in order of row and start.
        counts: Parquet file with one line an example: example, recipe, repository, tokens, learnt.
        people: Everyone who has a part in the examples.
        token_count: Tokens without padding, end tokens included.
        learnt_count: Tokens whose weight is above 0.
        sentinels_as_letters: Sentinel strings in people's text, which were read as letters.
        digest: SHA-256 of tokens, weights and spans; equal inputs give equal digests.
    """

    tokens: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    sidecar: Path
    counts: Path
    people: frozenset[str]
    token_count: int
    learnt_count: int
    sentinels_as_letters: int
    digest: str


def labels_of(
    tokens: npt.NDArray[np.int32], weights: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Token ids, -100 where nothing is learnt, of the shape of `tokens`."""
    return np.where(weights > 0, tokens, IGNORED).astype(np.int64)


@dataclass
class _Index:
    """What is remembered of each example while the stream is written, in reading order."""

    ids: list[str]
    lengths: list[int]  # tokens with the end token
    learnt: list[int]
    recipes: list[str]
    repositories: list[str]
    people: set[str]
    sentinels: int = 0


def pack(
    encoded: Iterable[Encoded], *, directory: Path, context: int, end: int, padding: int, seed: int
) -> Packed:
    """Write `encoded` into `directory` as rows of `context` tokens.

    Args:
        encoded: Examples as tokens, read once.
        directory: An existing folder that is the run's own; files there are replaced.
        context: Tokens in a row.
        end: Id of the token that closes an example.
        padding: Id of the token that fills the last row.
        seed: Orders the examples.

    Raises:
        InputError: There is nothing to learn from.
    """
    index = _write_stream(encoded, directory=directory, end=end)
    if not sum(index.learnt):
        raise InputError(
            "the train split has no token to learn from",
            advice="look at the release's report: which examples were left out, and why",
        )
    keys = np.array([order_key(seed, example) for example in index.ids], dtype=np.int64)
    order = np.argsort(keys, kind="stable")  # equal keys keep the order of their ids
    rows = -(-sum(index.lengths) // context)
    tokens = _rows(directory / "tokens.npy", np.int32, shape=(rows, context), fill=padding)
    weights = _rows(directory / "weights.npy", np.float32, shape=(rows, context), fill=0)
    _gather(directory / "tokens.stream", into=tokens, index=index, order=order)
    _gather(directory / "weights.stream", into=weights, index=index, order=order)
    sidecar, counts = directory / "sidecar.parquet", directory / "examples.parquet"
    _write_sidecar(sidecar, index, order, context=context)
    pq.write_table(_counts(index, order), counts, compression="zstd")
    return Packed(
        tokens=tokens,
        weights=weights,
        sidecar=sidecar,
        counts=counts,
        people=frozenset(index.people),
        token_count=sum(index.lengths),
        learnt_count=sum(index.learnt),
        sentinels_as_letters=index.sentinels,
        digest=_digest(tokens, weights, index, order),
    )


def _write_stream(encoded: Iterable[Encoded], *, directory: Path, end: int) -> _Index:
    index = _Index([], [], [], [], [], set())
    with (
        (directory / "tokens.stream").open("wb") as tokens,
        (directory / "weights.stream").open("wb") as weights,
    ):
        for item in encoded:
            if len(item.tokens):
                _append(item, end=end, tokens=tokens, weights=weights, index=index)
    return index


def _append(item: Encoded, *, end: int, tokens: BinaryIO, weights: BinaryIO, index: _Index) -> None:
    # The end token is learnt where the last token before it is: then the model learns to stop.
    closed = np.append(item.weights, item.weights[-1])
    tokens.write(np.append(item.tokens, np.int32(end)).astype(np.int32).tobytes())
    weights.write(closed.astype(np.float32).tobytes())
    index.ids.append(item.example.id)
    index.lengths.append(len(closed))
    index.learnt.append(int(np.count_nonzero(closed)))
    index.recipes.append(item.example.recipe)
    index.repositories.append(item.example.repository)
    index.people.update(item.example.people)
    index.sentinels += sentinels_read_as_letters(item, SPECIAL_TOKENS)


def _rows(path: Path, kind: type, *, shape: tuple[int, int], fill: int) -> npt.NDArray[Any]:
    rows: npt.NDArray[Any] = np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)
    rows[-1] = fill  # every other row is written whole
    return rows


def _gather(
    stream: Path, *, into: npt.NDArray[Any], index: _Index, order: npt.NDArray[np.int64]
) -> None:
    """Copy the examples of `stream` in `order` into consecutive places; then drop the stream."""
    source = np.memmap(stream, dtype=into.dtype, mode="r")
    offsets = np.concatenate([[0], np.cumsum(index.lengths)])
    target = into.reshape(-1)
    place = 0
    for item in order:
        part = source[offsets[item] : offsets[item + 1]]
        target[place : place + len(part)] = part
        place += len(part)
    del source
    stream.unlink()


def _spans(
    index: _Index, order: npt.NDArray[np.int64], *, context: int
) -> Iterator[tuple[int, int, int, str, int]]:
    """Spans `(row, start, end, example, example_start_token)` in packed order."""
    place = 0
    for item in order:
        length = index.lengths[item] - 1  # the end token belongs to nobody
        read = 0
        while read < length:
            row, start = divmod(place + read, context)
            size = min(context - start, length - read)
            yield row, start, start + size, index.ids[item], read
            read += size
        place += length + 1


def _write_sidecar(
    path: Path, index: _Index, order: npt.NDArray[np.int64], *, context: int
) -> None:
    with pq.ParquetWriter(path, SIDECAR, compression="zstd") as writer:
        spans = _spans(index, order, context=context)
        while part := list(islice(spans, SPANS_AT_ONCE)):
            columns = zip(*part, strict=True)
            arrays = [
                pa.array(column, type=field.type)
                for column, field in zip(columns, SIDECAR, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=SIDECAR))


def _counts(index: _Index, order: npt.NDArray[np.int64]) -> pa.Table:
    table = pa.table(
        {
            "example": pa.array(index.ids, pa.string()),
            "recipe": pa.array(index.recipes, pa.string()),
            "repository": pa.array(index.repositories, pa.string()),
            "tokens": pa.array(index.lengths, pa.int64()),
            "learnt": pa.array(index.learnt, pa.int64()),
        }
    )
    return table.take(pa.array(order))


def _digest(
    tokens: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float32],
    index: _Index,
    order: npt.NDArray[np.int64],
) -> str:
    digest = hashlib.sha256()
    for array in (tokens, weights):
        for start in range(0, len(array), ROWS_AT_ONCE):
            digest.update(np.ascontiguousarray(array[start : start + ROWS_AT_ONCE]).tobytes())
    for item in order:
        digest.update(f"{index.ids[item]}\n{index.lengths[item]}\n".encode())
    return digest.hexdigest()
