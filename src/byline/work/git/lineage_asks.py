"""What may be asked of a walk over a history: which lines, and through what they are followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from byline.errors import InputError
from byline.work.git.hunks import Numbers


class Ask(NamedTuple):
    """Lines of one file at one commit.

    Attributes:
        commit: The full id of the commit.
        path: The file.
        oid: Its blob.
        ranges: First and last lines, counted from 1, rising and apart.
    """

    commit: str
    path: str
    oid: str
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Following:
    """How far lines are followed, as options of `git blame`.

    Attributes:
        text: ``renames`` of whole files; ``moves`` also within a file (``-M``); ``copies`` also
            from other files that the same commit changed (``-C``). More than renames needs the
            compiled library.
        ignore_space: Whether a change of white space alone is none (``-w``).
    """

    text: Literal["renames", "moves", "copies"] = "renames"
    ignore_space: bool = False

    @property
    def blame_options(self) -> tuple[str, ...]:
        """The options that make `git blame` follow as far."""
        texts = {"renames": (), "moves": ("-M",), "copies": ("-C",)}
        return (*texts[self.text], *(("-w",) if self.ignore_space else ()))


RENAMES = Following()


def line_numbers(ask: Ask) -> Numbers:
    """The lines asked about, counted from 0."""
    parts = [np.arange(first - 1, last, dtype=np.int32) for first, last in ask.ranges]
    return np.concatenate([np.zeros(0, dtype=np.int32), *parts])


def line_at(ranges: Sequence[tuple[int, int]], number: int) -> int:
    """The line, counted from 0, that is the number-th of those in ranges."""
    for first, last in ranges:
        if number <= last - first:
            return first - 1 + number
        number -= last - first + 1
    raise InputError(f"line {number} lies outside what was asked about")


def raw_path(path: str) -> bytes:
    """The bytes of a path that was decoded with ``surrogateescape``."""
    return path.encode("utf-8", "surrogateescape")
