"""Quality rules that the numbers of a text decide, over a whole column at once.

Everything is counted with numpy over the Arrow value buffer. Lengths are in characters (bytes that
do not continue a UTF-8 character), so that a text is judged the same in every script; any character
outside ASCII counts as alphanumeric. Thresholds are those of StarCoder2 (arXiv 2402.19173, section
3) unless said otherwise. A rule says what it measured and whether it would keep the text; nothing
is dropped here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import re2

from byline.corpus.schema import RULE

MAX_LINE: Final = 1000.0
"""Characters of the longest line (StarCoder2)."""
MEAN_LINE: Final = 100.0
"""Mean characters a line (StarCoder2)."""
ALPHANUMERIC: Final = 0.25
"""Least share of letters and digits among the characters (StarCoder2)."""
ENCODED_RUN: Final = 1024.0
"""Longest run of base64, hexadecimal or unicode escapes, in bytes (StarCoder2)."""
ENCODED_SHARE: Final = 0.5
"""Most of the bytes that such runs may take together (StarCoder2)."""
MIN_LINES: Final = 10.0
"""Least lines of a text that is not data (code completion recipes, configuration exempt)."""
MAX_DATA_LINES: Final = 512.0
"""Most lines of data and plain text files (StarCoder2: Text, JSON and YAML)."""

BATCH_BYTES: Final = 8 << 20
BASE64_RUN: Final = 64
HEX_RUN: Final = re2.compile(r"(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8,}")
ESCAPE_RUN: Final = re2.compile(r"(?:\\u[0-9a-fA-F]{4}){8,}")
"""The patterns of StarCoder2's encoded-data filter; base64 is ``[a-zA-Z0-9+/\\n=]{64,}``."""

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def _class_table(characters: bytes) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[np.frombuffer(characters, dtype=np.uint8)] = True
    return table


LETTERS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
IS_ALPHANUMERIC: Final = _class_table(LETTERS + bytes(range(0xC0, 0x100)))
IS_BASE64: Final = _class_table(LETTERS + b"+/=\n")
IS_CHARACTER: Final = _class_table(bytes([*range(0x80), *range(0xC0, 0x100)]))


@dataclass(frozen=True)
class Measures:
    """What was counted, one value for each text.

    Attributes:
        lines: Lines; a last one without a line break counts.
        characters: Code points.
        longest: Characters of the longest line, without its line break.
        mean: Mean characters of a line, without line breaks; 0 for an empty text.
        alphanumeric: Share of alphanumeric characters; 0 for an empty text.
        encoded_run: Bytes of the longest run of encoded data.
        encoded_share: Share of the bytes in such runs.
    """

    lines: npt.NDArray[np.float64]
    characters: npt.NDArray[np.float64]
    longest: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    alphanumeric: npt.NDArray[np.float64]
    encoded_run: npt.NDArray[np.float64]
    encoded_share: npt.NDArray[np.float64]


def measure(texts: pa.Array | pa.ChunkedArray) -> Measures:
    """Count everything that the rules need; a null text counts as an empty one."""
    parts = [_measure_batch(values, offsets) for values, offsets in _batches(texts)]
    names = list(Measures.__dataclass_fields__)
    columns = [[part[name] for part in parts] for name in names]
    empty = np.zeros(0)
    return Measures(*(np.concatenate(column) if column else empty for column in columns))


def _batches(texts: pa.Array | pa.ChunkedArray) -> Iterator[tuple[Bytes, Integers]]:
    """The bytes and row offsets of the column, in pieces of about `BATCH_BYTES`."""
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    for chunk in chunks:
        filled = pc.fill_null(chunk.cast(pa.large_string()), "")
        sizes = np.asarray(pc.binary_length(filled), dtype=np.int64)
        ends = np.cumsum(sizes)
        begin = 0
        while begin < len(filled):
            base = int(ends[begin - 1]) if begin else 0
            end = int(np.searchsorted(ends, base + BATCH_BYTES, side="right"))
            end = max(end, begin + 1)
            yield _buffers(filled.slice(begin, end - begin))
            begin = end


def _buffers(texts: pa.LargeStringArray) -> tuple[Bytes, Integers]:
    _, offset_buffer, value_buffer = texts.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)
    offsets = offsets[texts.offset : texts.offset + len(texts) + 1]
    if value_buffer is None:
        return np.zeros(0, dtype=np.uint8), offsets - offsets[0]
    values = np.frombuffer(value_buffer, dtype=np.uint8)[offsets[0] : offsets[-1]]
    return values, offsets - offsets[0]


def _measure_batch(values: Bytes, offsets: Integers) -> dict[str, npt.NDArray[np.float64]]:
    rows = len(offsets) - 1
    counted = {name: np.zeros(rows) for name in Measures.__dataclass_fields__}
    full = np.flatnonzero(np.diff(offsets))
    if not len(full):
        return counted
    starts = offsets[:-1][full]
    newlines = np.flatnonzero(values == 10)
    line_starts = np.union1d(starts, newlines[newlines < len(values) - 1] + 1)
    first_lines = np.searchsorted(line_starts, starts)
    characters = np.add.reduceat(IS_CHARACTER[values], starts, dtype=np.int64)
    in_lines = np.add.reduceat(
        IS_CHARACTER[values] & (values != 10) & (values != 13), line_starts, dtype=np.int64
    )
    lines = np.diff(first_lines, append=len(line_starts))
    counted["lines"][full] = lines
    counted["characters"][full] = characters
    counted["longest"][full] = np.maximum.reduceat(in_lines, first_lines)
    counted["mean"][full] = np.add.reduceat(in_lines, first_lines) / lines
    alphanumeric = np.add.reduceat(IS_ALPHANUMERIC[values], starts, dtype=np.int64)
    counted["alphanumeric"][full] = alphanumeric / characters
    _measure_encoded(values, offsets, counted)
    return counted


def _measure_encoded(
    values: Bytes, offsets: Integers, counted: dict[str, npt.NDArray[np.float64]]
) -> None:
    """Runs of encoded data; overlapping runs are counted once."""
    by_row: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in (*_base64_runs(values, offsets), *_pattern_runs(values, offsets)):
        by_row.setdefault(row, []).append((start, end))
    for row, runs in by_row.items():
        merged: list[list[int]] = []
        for start, end in sorted(runs):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        lengths = [end - start for start, end in merged]
        counted["encoded_run"][row] = max(lengths)
        counted["encoded_share"][row] = sum(lengths) / (offsets[row + 1] - offsets[row])


def _base64_runs(values: Bytes, offsets: Integers) -> Iterator[tuple[int, int, int]]:
    """Runs of base64 characters of at least 64 bytes: row, start, end; cut at the rows' borders."""
    flags = np.zeros(len(values) + 2, dtype=np.int8)
    flags[1:-1] = IS_BASE64[values]
    edges = np.flatnonzero(np.diff(flags))
    starts, ends = edges[0::2], edges[1::2]
    long = ends - starts >= BASE64_RUN
    for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        row = int(np.searchsorted(offsets, start, side="right")) - 1
        begin = start
        while begin < end:
            cut = min(end, int(offsets[row + 1]))
            if cut - begin >= BASE64_RUN:
                yield row, begin, cut
            begin, row = cut, row + 1


def _pattern_runs(values: Bytes, offsets: Integers) -> Iterator[tuple[int, int, int]]:
    data = values.tobytes()
    for pattern in (HEX_RUN, ESCAPE_RUN) if b"\\u" in data else (HEX_RUN,):
        for match in pattern.finditer(data):
            start, end = match.span()
            row = int(np.searchsorted(offsets, start, side="right")) - 1
            yield row, start, min(end, int(offsets[row + 1]))


def quality(
    texts: pa.Array | pa.ChunkedArray, *, kinds: Sequence[str], languages: Sequence[str | None]
) -> pa.Array:
    """The rules' rows for every text.

    Args:
        texts: Strings; a null has no rows.
        kinds: ``programming``, ``markup``, ``data`` or ``prose`` for each text.
        languages: The language of each text, or None.

    Returns:
        A list array of `RULE` structs as long as `texts`.
    """
    measured = measure(texts)
    present = np.asarray(pc.is_valid(texts), dtype=np.bool_)
    data = np.asarray([kind == "data" for kind in kinds], dtype=np.bool_)
    long_limited = data | np.asarray([one == "Text" for one in languages], dtype=np.bool_)
    everywhere = np.ones(len(kinds), dtype=np.bool_)
    rules = (
        ("line.max", measured.longest, MAX_LINE, False, everywhere),
        ("line.mean", measured.mean, MEAN_LINE, False, everywhere),
        ("alphanumeric.share", measured.alphanumeric, ALPHANUMERIC, True, everywhere),
        ("encoded.run", measured.encoded_run, ENCODED_RUN, False, everywhere),
        ("encoded.share", measured.encoded_share, ENCODED_SHARE, False, everywhere),
        ("lines.min", measured.lines, MIN_LINES, True, ~data),
        ("lines.max", measured.lines, MAX_DATA_LINES, False, long_limited),
    )
    return _rule_rows(rules, present)


def _rule_rows(rules: Sequence[tuple[str, Any, float, bool, Any]], present: Any) -> pa.Array:
    """Lists of rule structs, for the texts that are present and the rules that apply to them."""
    applies = np.stack([apply & present for *_, apply in rules], axis=1)
    values = np.stack([value for _, value, *_ in rules], axis=1)
    limits = np.asarray([limit for _, _, limit, *_ in rules])
    least = np.asarray([at_least for *_, at_least, _ in rules])
    keep = np.where(least, values >= limits, values <= limits)
    chosen = np.nonzero(applies)
    names = np.asarray([name for name, *_ in rules])
    rows = pa.StructArray.from_arrays(
        [
            pa.array(names[chosen[1]].tolist(), pa.string()),
            pa.array(values[chosen], pa.float64()),
            pa.array(limits[chosen[1]], pa.float64()),
            pa.array(keep[chosen], pa.bool_()),
        ],
        fields=list(RULE),
    )
    offsets = np.concatenate([[0], np.cumsum(applies.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), rows)
