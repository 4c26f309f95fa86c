"""What training may read: a sealed release, one verified row at a time.

Invariants: rows come from the seal and from nowhere else; a row whose spans do not cover its text
in order stops the run; the order of training is a hash of the example's id and the seed.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from byline.errors import IntegrityError

# Origins of text that a recipe wrote itself. Only there are sentinel strings control tokens.
RECIPE_ORIGINS = frozenset({"tool", "synthetic"})


class Sealed(Protocol):
    """A sealed release: its facts, and its rows, each verified against the seal when read."""

    @property
    def id(self) -> str:
        """The release's id."""
        ...

    @property
    def name(self) -> str:
        """The release's name."""
        ...

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes that the release was decided for."""
        ...

    @property
    def lane(self) -> str:
        """Either `attributed` or `anonymous`."""
        ...

    @property
    def root(self) -> str:
        """The root hash of the seal, in hex."""
        ...

    @property
    def directory(self) -> Path:
        """Where the release lies."""
        ...

    @property
    def manifest(self) -> dict[str, Any]:
        """The release's manifest, as read from its folder."""
        ...

    def rows(self, split: str) -> Iterator[dict[str, Any]]:
        """Rows of `split` in order of example id; raises IntegrityError on the first bad one."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of an example's text, in code points, with its weight in the loss."""

    start: int
    end: int
    loss: float
    by_recipe: bool


@dataclass(frozen=True, slots=True)
class Example:
    """The part of a release's row that training reads.

    `text` is the row's text; or its prompt followed by its completion; or what its messages say,
    one after the other; or a preference's prompt and chosen answer, for what is rejected is not
    learned from as text. `pieces` are in order and cover it. `loss` of a piece is the span's weight
    times the example's.
    """

    id: str
    recipe: str
    repository: str
    people: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]


def read_example(row: Mapping[str, Any]) -> Example:
    """The training view of a release's row.

    Raises:
        IntegrityError: Spans do not cover the text in order, or a weight is not a finite number
            from 0 on.
    """
    text, rest = _text(row)
    return Example(
        id=row["id"],
        recipe=row["recipe"],
        repository=row["split_keys"]["repo"],
        people=tuple(sorted({person["contributor"] for person in row["people"]})),
        text=text,
        pieces=_pieces(row, len(text), rest),
    )


def _text(row: Mapping[str, Any]) -> tuple[str, int]:
    """The text that is learned from, and how many code points of the spans come after it."""
    if row["text"] is not None:
        return row["text"], 0
    if row["messages"] is not None:
        return "".join(message["content"] for message in row["messages"]), 0
    prompt = row["prompt"] or ""
    if row["chosen"] is not None:
        return prompt + row["chosen"], len(row["rejected"] or "")
    return prompt + (row["completion"] or ""), 0


def _pieces(row: Mapping[str, Any], length: int, rest: int) -> tuple[Piece, ...]:
    weight = float(row["weight"])
    pieces = []
    place = 0
    for span in row["spans"]:
        start, end, loss = int(span["start"]), int(span["end"]), float(span["loss"]) * weight
        if start != place or end < start or not (math.isfinite(loss) and loss >= 0):
            raise IntegrityError(
                f"example {row['id']}: span {start}-{end} (loss {loss}) does not follow {place}"
            )
        by_recipe = span["contributor"] is None and span["origin"] in RECIPE_ORIGINS
        if start < length:
            pieces.append(Piece(start, min(end, length), loss, by_recipe))
        place = end
    if place != length + rest:
        raise IntegrityError(
            f"example {row['id']}: spans end at {place}, its text has {length + rest} code points"
        )
    return tuple(pieces)


def order_key(seed: int, example: str) -> int:
    """A 63-bit number that orders examples; a hash, so that no reading order shows in it."""
    digest = hashlib.sha256(f"{seed}\n{example}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
