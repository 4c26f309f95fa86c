"""BM25 over texts that have keys instead of paths (`byline.examples.bm25` indexes files).

A file's path counts as words of it, and a key must not: keys stand in the index as words that no
query has. Only the best are put in order, because recipes ask once for each of many texts.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.examples.bm25 import Index, index, words


@dataclass(frozen=True)
class Search:
    """Texts by key, to be searched.

    Attributes:
        index: Of the texts, under made-up names.
        keys: The key of each name.
    """

    index: Index
    keys: Mapping[str, str]

    def ranked(self, query: str, *, most: int) -> list[str]:
        """The keys of the texts that share a word with the query, best first, at most so many."""
        scores = np.zeros(len(self.index.paths))
        counted = Counter(words(query))
        for word in sorted(counted):  # sums of floats depend on their order
            number = self.index.vocabulary.get(word)
            if number is not None:
                span = slice(self.index.starts[number], self.index.starts[number + 1])
                scores[self.index.files[span]] += counted[word] * self.index.weights[span]
        return [self.keys[self.index.paths[place]] for place in _best(scores, most)]


def _best(scores: npt.NDArray[np.float64], most: int) -> list[int]:
    """The places of the highest scores above 0, best first; equal ones in order of place."""
    rounded = np.round(scores, 9)  # scores that differ by rounding alone are one
    places = np.flatnonzero(rounded > 0)
    if len(places) > most > 0:
        least = np.partition(rounded[places], -most)[-most]
        places = places[rounded[places] >= least]
    order = np.argsort(-rounded[places], kind="stable")
    return [int(place) for place in places[order][: max(0, most)]]


def search(texts: Mapping[str, str]) -> Search:
    """A search over some texts by key; equal scores are in order of key."""
    keys = sorted(texts)
    names = [_word(number) for number in range(len(keys))]
    table = pa.table(
        {
            "path": pa.array(names, pa.string()),
            "text": pa.array([texts[k] for k in keys], pa.string()),
        }
    )
    return Search(index(table), dict(zip(names, keys, strict=True)))


def _word(number: int) -> str:
    """A word for a number: letters only, in order of the number."""
    letters = ""
    for _ in range(6):
        number, place = divmod(number, 26)
        letters = chr(ord("a") + place) + letters
    return f"zqx{letters}xqz"
