"""The reference that a trained model must beat: an interpolated n-gram over the same tokens.

Modified Kneser-Ney smoothing (Chen and Goodman 1998, section 3.2), interpolated down to a uniform
distribution over the vocabulary. Invariants: for every history the probabilities sum to 1; no
n-gram reaches across the end of an example; counts are sorted arrays, never dictionaries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FEW_COUNTS = (0.0, 0.5, 1.0, 1.5)  # discounts where the data has too few counts to estimate them


@dataclass(frozen=True, slots=True)
class Order:
    """Counts of one length, as probabilities.

    Attributes:
        keys: Context id times vocabulary plus token, sorted, `[grams]`; a gram's id is its place.
        excess: Discounted probability of each gram, `[grams]`.
        backoff: Share left to the shorter history, by context id, `[contexts]`.
    """

    keys: Integers
    excess: Floats
    backoff: Floats


@dataclass(frozen=True, slots=True)
class NGram:
    """A language model over token ids; `orders[0]` holds single tokens."""

    vocabulary: int
    end: int
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class _Stream:
    tokens: Integers
    since_end: Integers  # distance to the end token before each place; -1 at the first place


def count_ngrams(
    tokens: npt.NDArray[np.integer], *, vocabulary: int, end: int, order: int
) -> NGram:
    """An n-gram model of `tokens`.

    Args:
        tokens: Examples one after another, each closed by `end`, `[tokens]`.
        vocabulary: Number of token ids.
        end: Id of the token that closes an example, and stands before the first.
        order: Longest n-gram; at least 1.
    """
    stream = _stream(np.asarray(tokens, dtype=np.int64), end=end)
    ids = stream.tokens
    keys = np.arange(vocabulary, dtype=np.int64)
    raw = np.bincount(stream.tokens[1:], minlength=vocabulary)
    contexts = 1
    orders = []
    for length in range(2, order + 1):
        places = np.flatnonzero(stream.since_end >= length - 1)
        longer = ids[places - 1] * vocabulary + stream.tokens[places]
        unique, first, inverse, counts = np.unique(
            longer, return_index=True, return_inverse=True, return_counts=True
        )
        # A shorter gram counts once for each different token before it; one that opens an example
        # has none before it and keeps its plain count.
        opening = ids[stream.since_end == length - 2]
        different = np.bincount(ids[places[first]], minlength=len(keys))
        continued = different + np.bincount(opening, minlength=len(keys))
        orders.append(_order(keys, continued, vocabulary=vocabulary, contexts=contexts))
        contexts, keys, raw = len(keys), unique, counts
        ids = np.full(len(stream.tokens), -1, dtype=np.int64)
        ids[places] = inverse
    orders.append(_order(keys, raw, vocabulary=vocabulary, contexts=contexts))
    return NGram(vocabulary=vocabulary, end=end, orders=tuple(orders))


def _stream(tokens: Integers, *, end: int) -> _Stream:
    tokens = np.concatenate([[end], tokens])
    places = np.arange(len(tokens))
    last = np.maximum.accumulate(np.where(tokens == end, places, -1))
    since = np.full(len(tokens), -1, dtype=np.int64)
    since[1:] = places[1:] - last[:-1]
    return _Stream(tokens=tokens, since_end=since)


def _order(keys: Integers, counts: Integers, *, vocabulary: int, contexts: int) -> Order:
    discounts = _discounts(counts)
    owners = keys // vocabulary
    totals = np.bincount(owners, weights=counts, minlength=contexts)
    taken = discounts[np.minimum(counts, 3)]
    left = np.bincount(owners, weights=taken, minlength=contexts)
    known = totals > 0
    backoff = np.ones(contexts)
    backoff[known] = left[known] / totals[known]
    excess = np.where(known[owners], (counts - taken) / np.maximum(totals[owners], 1), 0.0)
    return Order(keys=keys, excess=excess, backoff=backoff)


def _discounts(counts: Integers) -> Floats:
    """What is taken from a count of 0, 1, 2 and 3 or more (Chen and Goodman, equation 26)."""
    one, two, three, four = (int(np.count_nonzero(counts == n)) for n in (1, 2, 3, 4))
    if not (one and two and three and four):
        return np.array(FEW_COUNTS)
    share = one / (one + 2 * two)
    exact = [1 - 2 * share * two / one, 2 - 3 * share * three / two, 3 - 4 * share * four / three]
    # A discount of 0 would give unseen tokens nothing; one above the count would be negative.
    return np.array([0.0, *(float(np.clip(d, 0.01, n)) for n, d in enumerate(exact, start=1))])


def log_probabilities(model: NGram, tokens: npt.NDArray[np.integer]) -> Floats:
    """Natural log-probability of each token of an example after those before it, `[tokens]`."""
    stream = np.concatenate([[model.end], np.asarray(tokens, dtype=np.int64)])
    wanted = stream[1:]
    probability = np.full(len(wanted), 1 / model.vocabulary)
    contexts = np.zeros(len(wanted), dtype=np.int64)
    for number, order in enumerate(model.orders):
        found, places = _find(order.keys, contexts, wanted, vocabulary=model.vocabulary)
        known = contexts >= 0
        probability[known] *= order.backoff[contexts[known]]
        probability[found] += order.excess[places[found]]
        # The next context is this order's gram that ends one token earlier.
        contexts = np.concatenate([[-1 if number else model.end], np.where(found, places, -1)])
        contexts = contexts[: len(wanted)]
    logarithms: Floats = np.log(probability)
    return logarithms


def _find(
    keys: Integers, contexts: Integers, tokens: Integers, *, vocabulary: int
) -> tuple[npt.NDArray[np.bool_], Integers]:
    wanted = contexts * vocabulary + tokens
    places = np.searchsorted(keys, wanted).clip(max=max(0, len(keys) - 1))
    if not len(keys):
        return np.zeros(len(tokens), dtype=np.bool_), places
    return (contexts >= 0) & (keys[places] == wanted), places


def distribution(model: NGram, history: Sequence[int]) -> Floats:
    """The probability of every token after `history` in one example, `[vocabulary]`."""
    probability = np.full(model.vocabulary, 1 / model.vocabulary)
    padded = [model.end, *history]
    for number, order in enumerate(model.orders):
        context = _context(model, padded[len(padded) - number :]) if number <= len(padded) else -1
        if context < 0:
            break
        probability *= order.backoff[context]
        low, high = np.searchsorted(
            order.keys, [context * model.vocabulary, (context + 1) * model.vocabulary]
        )
        probability[order.keys[low:high] - context * model.vocabulary] += order.excess[low:high]
    return probability


def _context(model: NGram, grams: Sequence[int]) -> int:
    """The id of the n-gram `grams`, 0 for none at all, -1 if it never occurred."""
    context = 0
    for order, token in zip(model.orders, grams, strict=False):
        key = context * model.vocabulary + token
        place = int(np.searchsorted(order.keys, key))
        if place == len(order.keys) or order.keys[place] != key:
            return -1
        context = place
    return context


def continue_greedily(
    model: NGram, history: Sequence[int], *, stops: frozenset[int], limit: int
) -> list[int]:
    """The likeliest next tokens, one after another, up to and with the first of `stops`."""
    written: list[int] = []
    while len(written) < limit:
        recent = [*history[-len(model.orders) :], *written]
        token = int(distribution(model, recent).argmax())
        written.append(token)
        if token in stops:
            break
    return written
