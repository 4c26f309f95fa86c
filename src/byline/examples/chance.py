"""Choices that look random and are a function of an id and a seed (law 8)."""

from collections.abc import Sequence
from typing import TypeVar

from byline.workspace.files import sha256_text

T = TypeVar("T")


def fraction(identity: str, seed: int, what: str) -> float:
    """A number in [0, 1) that depends on the id, the seed and what is being chosen, only."""
    return int(sha256_text(identity, str(seed), what)[:13], 16) / float(1 << 52)


def whole(identity: str, seed: int, what: str, *, below: int) -> int:
    """A whole number in [0, below)."""
    return int(fraction(identity, seed, what) * below)


def pick(identity: str, seed: int, what: str, *, among: Sequence[T]) -> T:
    """One of several."""
    return among[whole(identity, seed, what, below=len(among))]
