"""From an example's text to tokens, each with its place in the text and its weight in the loss.

Invariants: sentinel strings are control tokens only in text that the recipe wrote; the same strings
in people's text are ordinary letters. A token is trained on only where every code point of it is:
its weight is the least of the spans that it touches.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from byline.models.extra import load
from byline.models.sealed import Example, Piece

BATCH_CHARACTERS = 1 << 20  # of text that is encoded at once; bounds memory


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as tokens.

    Attributes:
        example: Where the tokens come from.
        tokens: Token ids, `[tokens]`.
        starts: First code point of each token, `[tokens]`.
        ends: Code point after each token, `[tokens]`; bytes of one character share its place.
        weights: Weight of each token in the loss, `[tokens]`.
    """

    example: Example
    tokens: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring pieces that are encoded together: all by people, or all by the recipe."""

    start: int
    end: int
    by_recipe: bool


class Encoder:
    """Two views of one tokenizer: with control tokens, and with every sentinel as letters."""

    def __init__(self, tokenizer: Any) -> None:
        document = tokenizer.to_str()
        self.controlled = load("tokenizers").Tokenizer.from_str(document)
        self.literal = load("tokenizers").Tokenizer.from_str(document)
        self.literal.encode_special_tokens = True
        for view in (self.controlled, self.literal):
            view.no_truncation()
            view.no_padding()

    def encode(self, examples: Iterable[Example]) -> Iterator[Encoded]:
        """Encode `examples` in order, a bounded batch at a time."""
        batch: list[Example] = []
        characters = 0
        for example in examples:
            batch.append(example)
            characters += len(example.text)
            if characters >= BATCH_CHARACTERS:
                yield from self._encode_batch(batch)
                batch, characters = [], 0
        yield from self._encode_batch(batch)

    def _encode_batch(self, batch: list[Example]) -> Iterator[Encoded]:
        runs = [(example, run) for example in batch for run in text_runs(example.pieces)]
        encodings = {
            by_recipe: iter(
                view.encode_batch(
                    [e.text[r.start : r.end] for e, r in runs if r.by_recipe is by_recipe],
                    add_special_tokens=False,
                )
            )
            for by_recipe, view in ((True, self.controlled), (False, self.literal))
        }
        for example in batch:
            parts = [(run, next(encodings[run.by_recipe])) for run in text_runs(example.pieces)]
            yield _joined(example, parts)


def text_runs(pieces: Iterable[Piece]) -> list[Run]:
    """Merge neighbouring pieces of the same hand; empty pieces fall away."""
    runs: list[Run] = []
    for piece in pieces:
        if piece.start == piece.end:
            continue
        if runs and runs[-1].by_recipe == piece.by_recipe:
            runs[-1] = Run(runs[-1].start, piece.end, piece.by_recipe)
        else:
            runs.append(Run(piece.start, piece.end, piece.by_recipe))
    return runs


def _joined(example: Example, parts: list[tuple[Run, Any]]) -> Encoded:
    tokens = [np.asarray(encoding.ids, dtype=np.int32) for _, encoding in parts]
    places = [
        np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2) + run.start
        for run, encoding in parts
    ]
    joined = np.concatenate([*places, np.empty((0, 2), dtype=np.int64)])
    return Encoded(
        example=example,
        tokens=np.concatenate([*tokens, np.empty(0, dtype=np.int32)]),
        starts=joined[:, 0],
        ends=joined[:, 1],
        weights=token_weights(example.pieces, joined[:, 0], joined[:, 1]),
    )


def token_weights(
    pieces: tuple[Piece, ...], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """The least weight of the pieces that each token touches, `[tokens]`; 0 for an empty token."""
    kept = [piece for piece in pieces if piece.end > piece.start]
    if not kept or not len(starts):
        return np.zeros(len(starts), dtype=np.float32)
    losses = np.array([piece.loss for piece in kept], dtype=np.float32)
    borders = np.array([piece.end for piece in kept], dtype=np.int64)
    first = np.searchsorted(borders, starts, side="right").clip(max=len(kept) - 1)
    last = np.searchsorted(borders, ends - 1, side="right").clip(max=len(kept) - 1)
    weights: npt.NDArray[np.float32] = losses[first]
    for token in np.flatnonzero(last > first):
        weights[token] = losses[first[token] : last[token] + 1].min()
    weights[ends <= starts] = 0.0
    return weights


def sentinels_read_as_letters(encoded: Encoded, sentinels: tuple[str, ...]) -> int:
    """How often people's text spells one of `sentinels`, which was then encoded as letters."""
    return sum(
        encoded.example.text[run.start : run.end].count(sentinel)
        for run in text_runs(encoded.example.pieces)
        if not run.by_recipe
        for sentinel in sentinels
    )
