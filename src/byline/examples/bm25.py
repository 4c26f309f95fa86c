"""BM25 over a repository's files: which files an issue's words would lead to.

Okapi BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with
Lucene's never-negative inverse document frequency. Weights are worked out once in `index`, so that
a query only adds columns up. Equal scores are in order of path: the result depends on no order.

The files are those at the collected revision, since no other state of the whole tree is collected;
what a chosen file looked like when the issue was open is asked of git afterwards.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.errors import InputError

K1: Final = 1.2
B: Final = 0.75
MOST_CHARACTERS: Final = 1 << 16
"""Of a file: what lies further on is not indexed. Ours."""
PATH_TIMES: Final = 3
"""A word of the path counts like so many in the text. Ours."""
LONGEST_WORD: Final = 64
IDENTIFIER: Final = re.compile(r"[^\W\d_][\w]*|\d+", re.UNICODE)
WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_A-Za-z]+")


@dataclass(frozen=True)
class Index:
    """The words of a repository's files.

    Attributes:
        paths: The files, in order of path.
        vocabulary: The number of each word.
        starts: Where each word's postings begin, and their end; shape (words + 1,).
        files: The file of each posting.
        weights: Its part of a score, for one occurrence in a query.
    """

    paths: Sequence[str]
    vocabulary: Mapping[str, int]
    starts: npt.NDArray[np.int64]
    files: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float64]


def words(text: str) -> list[str]:
    """The words of a text in lower case: identifiers whole, and what they are put together of."""
    return [word for identifier in IDENTIFIER.findall(text) for word in _parts(identifier)]


@lru_cache(maxsize=1 << 17)
def _parts(identifier: str) -> tuple[str, ...]:
    """The words of one identifier."""
    parts = [part.lower() for part in WORD.findall(identifier)]
    whole = [identifier.lower()] if len(parts) > 1 else []
    return tuple(word for word in (*parts, *whole) if len(word) <= LONGEST_WORD)


def _counted(text: str) -> Counter[str]:
    """How often each word stands in a text; an identifier is taken apart once."""
    found: Counter[str] = Counter()
    for identifier, count in Counter(IDENTIFIER.findall(text)).items():
        for word in _parts(identifier):
            found[word] += count
    return found


def index(files: pa.Table) -> Index:
    """The index of some files of one repository.

    Args:
        files: Columns ``path`` and ``text`` of `FILES`; a file whose text is null is left out.

    Raises:
        InputError: A path occurs twice: these are files of several repositories or states.
    """
    rows = zip(files["path"].to_pylist(), files["text"].to_pylist(), strict=True)
    known = sorted((path, text) for path, text in rows if text is not None)
    paths = [path for path, _ in known]
    if len(set(paths)) != len(paths):
        raise InputError("files to index have one path twice; index one repository at a time")
    vocabulary: dict[str, int] = {}
    numbers: list[npt.NDArray[np.int64]] = []
    counts: list[npt.NDArray[np.int64]] = []
    for path, text in known:
        counted = _counted(text[:MOST_CHARACTERS])
        for word in words(path):
            counted[word] += PATH_TIMES
        numbers.append(_numbers(counted, vocabulary))
        counts.append(np.fromiter(counted.values(), np.int64, len(counted)))
    return Index(paths, vocabulary, *_postings(numbers, counts, len(vocabulary)))


def _numbers(counted: Mapping[str, int], vocabulary: dict[str, int]) -> npt.NDArray[np.int64]:
    return np.fromiter(
        (vocabulary.setdefault(word, len(vocabulary)) for word in counted), np.int64, len(counted)
    )


def _postings(
    numbers: Sequence[npt.NDArray[np.int64]],
    counts: Sequence[npt.NDArray[np.int64]],
    size: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Postings by word, then file, with their weights."""
    if not numbers:
        return np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0)
    word = np.concatenate(numbers)
    count = np.concatenate(counts).astype(np.float64)
    file = np.repeat(np.arange(len(numbers), dtype=np.int32), [len(one) for one in numbers])
    lengths = np.asarray([one.sum() for one in counts], dtype=np.float64)
    mean = max(float(lengths.mean()), 1.0)
    frequency = np.bincount(word, minlength=size).astype(np.float64)
    rarity = np.log1p((len(numbers) - frequency + 0.5) / (frequency + 0.5))
    damped = count + K1 * (1 - B + B * lengths[file] / mean)
    weights = rarity[word] * count * (K1 + 1) / damped
    order = np.lexsort((file, word))
    starts = np.concatenate([[0], np.cumsum(frequency.astype(np.int64))])
    return starts, file[order], weights[order]


def ranked(index: Index, query: str, *, most: int | None = None) -> list[tuple[str, float]]:
    """Files that share a word with the query, best first, with their scores; at most so many."""
    scores = np.zeros(len(index.paths))
    counted = Counter(words(query))
    for word in sorted(counted):  # sums of floats depend on their order
        number = index.vocabulary.get(word)
        if number is not None:
            span = slice(index.starts[number], index.starts[number + 1])
            scores[index.files[span]] += counted[word] * index.weights[span]
    # Scores that differ by rounding alone are one: they then stand in order of path.
    order = np.argsort(-np.round(scores, 9), kind="stable")
    best = [(index.paths[place], float(scores[place])) for place in order if scores[place] > 0]
    return best if most is None else best[:most]


def choose_distractors(
    issue_text: str, files: pa.Table | Index, edited: Collection[str], k: int
) -> list[str]:
    """The files to show with an issue besides those that its solution edits.

    Args:
        issue_text: Title and description, nothing later.
        files: `FILES` of the repository, or their `index`.
        edited: Paths that the solution changes.
        k: How many files that are not edited.

    Returns:
        Paths in order of rank, up to the `k`-th that is not edited. Edited files among them are
        those that the search found too; fewer than `k` others where no more share a word.
    """
    known = files if isinstance(files, Index) else index(files)
    chosen: list[str] = []
    missing = k
    for path, _ in ranked(known, issue_text):
        if missing <= 0:
            break
        chosen.append(path)
        missing -= path not in edited
    return chosen
