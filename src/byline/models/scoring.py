"""One question to every model under test: how likely is this text, and how does it go on?

Invariants: all models see the same tokens; each token is scored once, after at least half a window
of what came before it (or all there was); nothing is sampled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from byline.models.extra import load
from byline.models.ngram import NGram, continue_greedily, log_probabilities

LOGITS_AT_ONCE = 1 << 25  # numbers; bounds memory for large vocabularies

Tokens = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class Scorer(Protocol):
    """A language model under test, over the ids of one tokenizer."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def score(self, examples: Sequence[Tokens]) -> list[Floats]:
        """Natural log-probability of each token of each example, after the ones before it."""
        ...

    def go_on(
        self, prompts: Sequence[Tokens], *, stops: frozenset[int], limit: int
    ) -> list[list[int]]:
        """The likeliest next tokens of each prompt, up to and with the first of `stops`."""
        ...


@dataclass(frozen=True)
class ReferenceScorer:
    """The n-gram reference."""

    name: str
    model: NGram

    def score(self, examples: Sequence[Tokens]) -> list[Floats]:
        """As in Scorer."""
        return [log_probabilities(self.model, tokens) for tokens in examples]

    def go_on(
        self, prompts: Sequence[Tokens], *, stops: frozenset[int], limit: int
    ) -> list[list[int]]:
        """As in Scorer."""
        return [
            continue_greedily(self.model, prompt.tolist(), stops=stops, limit=limit)
            for prompt in prompts
        ]


@dataclass(frozen=True)
class _Window:
    """Part of an example: `tokens` go in, and those from `first` on are scored."""

    example: int
    start: int
    first: int
    tokens: Tokens


@dataclass(frozen=True)
class NeuralScorer:
    """A causal language model of `transformers`, in float32, in windows of `context` tokens.

    `end` stands before every example, as it does in training.
    """

    name: str
    model: Any
    context: int
    end: int
    padding: int
    batch: int

    def score(self, examples: Sequence[Tokens]) -> list[Floats]:
        """As in Scorer."""
        scores = [np.zeros(len(tokens)) for tokens in examples]
        with load("torch").inference_mode():
            for windows in self._batches(examples):
                for window, values in zip(windows, self._forward(windows), strict=True):
                    place = window.start + window.first
                    scores[window.example][place : place + len(values)] = values
        return scores

    def _batches(self, examples: Sequence[Tokens]) -> Iterator[list[_Window]]:
        size = max(1, min(self.batch, LOGITS_AT_ONCE // (self.context * self._vocabulary())))
        windows = (
            window
            for number, tokens in enumerate(examples)
            for window in _windows(number, tokens, end=self.end, context=self.context)
        )
        # Openings are scored whole, all else by half; apart, the halves need half the logits.
        batches: dict[bool, list[_Window]] = {True: [], False: []}
        for window in windows:
            batch = batches[window.start == 0]
            batch.append(window)
            if len(batch) == size:
                yield batch.copy()
                batch.clear()
        yield from (batch for batch in batches.values() if batch)

    def _vocabulary(self) -> int:
        return int(self.model.get_output_embeddings().weight.shape[0])

    def _forward(self, windows: list[_Window]) -> list[Floats]:
        torch = load("torch")
        longest = max(len(window.tokens) for window in windows)
        rows = np.full((len(windows), longest), self.padding, dtype=np.int64)
        for row, window in zip(rows, windows, strict=True):
            row[: len(window.tokens)] = window.tokens
        tokens = torch.from_numpy(rows).to(self.model.device)
        first = min(window.first for window in windows)
        kept = torch.arange(first, longest - 1, device=tokens.device)
        # Padding stands at the end, where a causal model cannot see it from earlier places.
        logits = self.model(input_ids=tokens, use_cache=False, logits_to_keep=kept).logits.float()
        wanted = logits.gather(2, tokens[:, first + 1 :, None])[..., 0]
        likely = (wanted - torch.logsumexp(logits, -1)).double().cpu().numpy()
        return [
            values[window.first - first : len(window.tokens) - 1 - first]
            for values, window in zip(likely, windows, strict=True)
        ]

    def go_on(
        self, prompts: Sequence[Tokens], *, stops: frozenset[int], limit: int
    ) -> list[list[int]]:
        """As in Scorer."""
        written: list[list[int]] = []
        with load("torch").inference_mode():
            for start in range(0, len(prompts), self.batch):
                part = prompts[start : start + self.batch]
                written.extend(self._generate(part, stops=stops, limit=limit))
        return written

    def _generate(
        self, prompts: Sequence[Tokens], *, stops: frozenset[int], limit: int
    ) -> list[list[int]]:
        torch = load("torch")
        kept = [
            np.concatenate([[self.end], prompt])[-max(1, self.context - limit) :]
            for prompt in prompts
        ]
        longest = max(len(prompt) for prompt in kept)
        rows = np.full((len(kept), longest), self.padding, dtype=np.int64)
        mask = np.zeros_like(rows)
        for number, prompt in enumerate(kept):
            rows[number, longest - len(prompt) :] = prompt
            mask[number, longest - len(prompt) :] = 1
        answer = self.model.generate(
            input_ids=torch.from_numpy(rows).to(self.model.device),
            attention_mask=torch.from_numpy(mask).to(self.model.device),
            do_sample=False,
            num_beams=1,
            max_new_tokens=limit,
            eos_token_id=sorted(stops),
            pad_token_id=self.padding,
        )
        return [_until(row, stops) for row in answer[:, longest:].tolist()]


def _windows(number: int, tokens: Tokens, *, end: int, context: int) -> Iterator[_Window]:
    """Windows that overlap by half, and together score each token once."""
    opened = np.concatenate([[end], tokens]).astype(np.int32)
    half = max(1, context // 2)
    start = first = 0
    while start + first < len(tokens):
        yield _Window(number, start, first, opened[start : start + context])
        scored = min(start + context, len(opened)) - 1
        start = max(0, scored - (context - 1) + half)
        first = scored - start


def _until(tokens: list[int], stops: frozenset[int]) -> list[int]:
    for place, token in enumerate(tokens):
        if token in stops:
            return tokens[: place + 1]
    return tokens
