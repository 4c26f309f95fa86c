"""Texts as lines in the compiled library, where there is one: differences, and shared stretches.

The library gives git's differences (see `native/differ.c`) without asking git. It is built when
the package is installed with a C compiler at hand; without it `available` is False, and callers ask
git.
"""

import ctypes
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from byline.errors import IntegrityError

LIBRARY = Path(__file__).parent / "native" / "lines.so"
SWITCH = "BYLINE_WITHOUT_COMPILED"
ROOM = 1024  # hunks expected at most; more are asked for again

Rows = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int32]


class Copy(NamedTuple):
    """A stretch that an entry shares with a source.

    Attributes:
        source: The source's place among those given.
        offset: First line of the stretch within the entry.
        place: First line of it in the source.
        lines: How many lines.
    """

    source: int
    offset: int
    place: int
    lines: int


class Entry(NamedTuple):
    """Some lines of a text: the first, counted from 0, and how many."""

    text: "Text"
    first: int
    lines: int


class Text:
    """A text held open by the library; closed by hand or with the context."""

    def __init__(
        self, data: bytes, *, ignore_space: bool = False, like: "Text | None" = None
    ) -> None:
        """Open a text.

        Args:
            data: Its bytes.
            ignore_space: Whether lines that differ in spaces only are equal.
            like: An open text that may resemble it, such as another version of the file: what they
                share is not looked at again.
        """
        self.data = data  # the library points into it
        self.pointer: int | None = _library().byline_open(
            data, len(data), int(ignore_space), None if like is None else like.pointer
        )
        if self.pointer is None:
            raise IntegrityError("no memory for a text, or it has too many lines")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """How many lines."""
        return int(_library().byline_lines(self.pointer))

    def close(self) -> None:
        """Free what the library holds."""
        if self.pointer is not None:
            _library().byline_close(self.pointer)
            self.pointer = None

    def weight(self, first: int, lines: int) -> int:
        """The letters and digits of some lines, and one: what git weighs moved text by."""
        return int(_library().byline_weight(self.pointer, first, lines))


def available() -> bool:
    """Whether the compiled library can be used."""
    return _is_there() and not os.environ.get(SWITCH)


def changed_rows(older: Text, newer: Text) -> Rows:
    """The hunks between two texts: rows of first line and count in the older, then in the newer.

    Lines are counted from 0.
    """
    room = ROOM
    while True:
        rows = np.empty((room, 4), dtype=np.int32)
        found = _library().byline_hunks(older.pointer, newer.pointer, rows.ctypes.data, room)
        if found < 0:
            raise IntegrityError("two texts could not be compared: no memory")
        if found <= room:
            return rows[:found].copy()
        room = found


def parted(rows: Rows, lines: Numbers) -> tuple[int, Numbers]:
    """Lines outside all hunks, with their numbers in the older text, then those inside.

    Args:
        rows: From `changed_rows`.
        lines: Three rows (`byline.work.git.hunks.Lines`), each contiguous.

    Returns:
        How many are outside, and the lines in the new order.
    """
    found = np.empty(lines.shape, dtype=np.int32)
    outside = _library().byline_part(
        rows.ctypes.data, len(rows), lines.ctypes.data, lines.strides[0] // 4, lines.shape[1],
        found.ctypes.data,
    )  # fmt: skip
    if outside < 0:
        raise IntegrityError("no memory to follow lines")
    return int(outside), found


def copies(entries: Sequence[Entry], sources: Sequence[Text], *, least: int) -> list[Copy | None]:
    """For each entry the heaviest stretch that a source has too, if it weighs more than `least`.

    Of two alike the later source's, and there the later stretch, as `git blame -C` has it.
    """
    found = np.empty((len(entries), 4), dtype=np.int32)
    firsts = np.array([entry.first for entry in entries], dtype=np.int32)
    counts = np.array([entry.lines for entry in entries], dtype=np.int32)
    status = _library().byline_copies(
        _pointers(sources), len(sources), _pointers([entry.text for entry in entries]),
        firsts.ctypes.data, counts.ctypes.data, len(entries), least, found.ctypes.data,
    )  # fmt: skip
    if status:
        raise IntegrityError("no memory to look for copies")
    return [None if row[0] < 0 else Copy(*row) for row in found.tolist()]


def _pointers(texts: Sequence[Text]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * len(texts))(*(text.pointer for text in texts))


@cache
def _is_there() -> bool:
    return LIBRARY.is_file()


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(LIBRARY))
    pointer, number = ctypes.c_void_p, ctypes.c_int32
    for name, result, arguments in (
        ("open", pointer, [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int, pointer]),
        ("close", None, [pointer]),
        ("lines", number, [pointer]),
        ("weight", ctypes.c_int64, [pointer, number, number]),
        ("hunks", number, [pointer, pointer, pointer, number]),
        ("part", number, [pointer, number, pointer, ctypes.c_int64, number, pointer]),
        (
            "copies",
            ctypes.c_int,
            [pointer, number, *[pointer] * 3, number, ctypes.c_int64, pointer],
        ),
    ):
        function = getattr(library, f"byline_{name}")
        function.restype = result
        function.argtypes = arguments
    return library
