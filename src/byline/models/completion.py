"""Completing lines: the model writes the rest of a line, from what stood before it.

Invariants: targets are chosen by hash; they lie wholly in text that is learnt from and that people
wrote; prompt and target meet between two tokens, so that every model gets the same prompt.
Metrics as in CrossCodeEval (arXiv 2310.11248): exact match, and edit similarity from 0 to 1.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from byline.models.encoding import Encoded
from byline.models.scoring import Scorer, Tokens
from byline.models.sealed import order_key

FEWEST_BEFORE = 16  # tokens of context, so that there is something to go on
LONGEST_LINE = 200  # code points
FEWEST_SIGNS = 3  # code points of the answer that are not spaces


@dataclass(frozen=True, slots=True)
class Target:
    """A line to complete.

    Attributes:
        key: Hash by which it was chosen.
        prompt: Tokens before the place, `[tokens]`.
        answer: What the person wrote from there to the end of the line.
    """

    key: int
    prompt: Tokens
    answer: str


@dataclass(frozen=True, slots=True)
class Completion:
    """How well one model completes lines; both figures are means over `targets`, from 0 to 1."""

    system: str
    targets: int
    exact_match: float
    edit_similarity: float


def choose_targets(
    encoded: Iterable[Encoded], *, limit: int, per_example: int, seed: int
) -> list[Target]:
    """At most `limit` targets, `per_example` of each example, with the least hashes."""
    chosen: list[Target] = []
    for item in encoded:
        chosen += heapq.nsmallest(per_example, _candidates(item, seed), key=lambda t: t.key)
        if len(chosen) > 4 * limit:
            chosen = heapq.nsmallest(limit, chosen, key=lambda t: t.key)
    return heapq.nsmallest(limit, chosen, key=lambda t: t.key)


def _candidates(item: Encoded, seed: int) -> Iterator[Target]:
    text, place = item.example.text, 0
    learnt = _learnt_by_people(item)
    for line in text.splitlines(keepends=True):
        start, end = place, place + len(line.rstrip())
        place += len(line)
        if line.strip() and end - start <= LONGEST_LINE and learnt[start:end].all():
            target = _target(item, start, end, key=order_key(seed, f"{item.example.id}:{start}"))
            if target is not None:
                yield target


def _learnt_by_people(item: Encoded) -> Any:
    """For each code point, whether it is learnt from and a person's, `[code points]`."""
    learnt = np.zeros(len(item.example.text), dtype=np.bool_)
    for piece in item.example.pieces:
        learnt[piece.start : piece.end] = piece.loss > 0 and not piece.by_recipe
    return learnt


def _target(item: Encoded, start: int, end: int, *, key: int) -> Target | None:
    """The whole line, or by a bit of the hash the rest from its middle token on."""
    first, last = (int(np.searchsorted(item.starts, place)) for place in (start, end))
    cut = first if key & 1 else (first + last) // 2
    if cut < FEWEST_BEFORE or cut >= last or item.ends[cut - 1] > item.starts[cut]:
        return None
    answer = item.example.text[int(item.starts[cut]) : end].strip()
    if len(answer.replace(" ", "")) < FEWEST_SIGNS:
        return None
    return Target(key=key, prompt=item.tokens[:cut], answer=answer)


def line_stops(tokenizer: Any, *, end: int) -> frozenset[int]:
    """Ids of tokens that end a line: those with a line break in them, and the end token."""
    vocabulary = range(tokenizer.get_vocab_size())
    return frozenset({end, *(t for t in vocabulary if "\n" in tokenizer.decode([t]))})


def complete(
    scorer: Scorer, targets: Sequence[Target], *, tokenizer: Any, end: int, limit: int
) -> Completion:
    """Let `scorer` complete `targets`, with at most `limit` tokens each."""
    stops = line_stops(tokenizer, end=end)
    written = scorer.go_on([target.prompt for target in targets], stops=stops, limit=limit)
    exact = similar = 0.0
    for target, tokens in zip(targets, written, strict=True):
        line = tokenizer.decode(tokens, skip_special_tokens=True).partition("\n")[0].strip()
        exact += line == target.answer
        similar += edit_similarity(line, target.answer)
    count = len(targets)
    return Completion(
        system=scorer.name,
        targets=count,
        exact_match=exact / count if count else 0.0,
        edit_similarity=similar / count if count else 0.0,
    )


def edit_similarity(one: str, other: str) -> float:
    """1 less the Levenshtein distance over the longer length; 1 for two empty strings."""
    if not one or not other:
        return float(one == other)
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, against in enumerate(other, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (sign != against))
    return 1 - row[-1] / max(len(one), len(other))
