"""Which lines are copies of a file of the third-party corpus, and of which.

A copied span is made of runs of words equal to the corpus file's, word for word (comments, imports,
punctuation and layout do not count), with at most `BRIDGE` words of one's own between two runs. A
span counts with at least `SPAN_WORDS` equal words, half of its words equal, and one run of at least
`ANCHOR` words: what any two programs share by chance is shorter. The limits are ours; the measured
recall and precision are in docs/configuration.md.

Findings, not verdicts: `byline.corpus.label` and the recipes draw the consequences.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.corpus.fingerprints import RUN, WINDOW, Words, hashed, runs_of, words_of
from byline.corpus.licences import LICENCE_FILE
from byline.corpus.third_party import ThirdParty

VERSION: Final = "1"
BRIDGE: Final = 24
SPAN_WORDS: Final = 32
ANCHOR: Final = 14
SPAN_LINES: Final = 4
SIMILAR: Final = 0.5
MOST_HITS: Final = 1 << 22
"""Pairs of equal fingerprints looked at for one text: a text made of repetitions costs no more."""
MOST_FILES: Final = 8
"""Corpus files named for one text, those with most equal words first."""
NOTICE: Final = hashed(
    "redistribution", "redistributions", "warranties", "warranty", "liable", "liability",
    "damages", "permitted", "disclaimer", "granted", "MERCHANTABILITY", "WARRANTIES", "WARRANTY",
    "LIABLE", "LIABILITY", "DAMAGES", "Redistribution", "Redistributions", "Permission",
)  # fmt: skip
NOTICE_WORDS: Final = 5
NOTICE_LENGTH: Final = 500
"""A span of at most so many words with so many of `NOTICE` is a licence text, not a copied work."""
COPIES = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("repository", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),  # text | before | after
        pa.field("start", pa.int32(), nullable=False),  # first line, counted from 1
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("share", pa.float64(), nullable=False),  # of the text's lines with words
        pa.field("words", pa.int32(), nullable=False),  # equal words
        pa.field("similarity", pa.float64(), nullable=False),  # equal words of the span's words
        pa.field("source", pa.string(), nullable=False),  # path in the corpus
        pa.field("source_start", pa.int32(), nullable=False),
        pa.field("source_lines", pa.int32(), nullable=False),
        pa.field("source_licence", pa.string()),
        pa.field("source_licence_evidence", pa.string()),
    ]
)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """Runs of equal words: first word here, first word in the corpus, length, corpus file."""

    here: Ints
    there: Ints
    length: Ints
    file: Ints


@dataclass(frozen=True)
class Span:
    """Words [start, end) here that are [source_start, source_end) of the corpus."""

    start: int
    end: int
    source_start: int
    source_end: int
    equal: int
    file: int


def copies_in_files(files: pa.Table, *, corpus: ThirdParty) -> pa.Table:
    """`COPIES` in a bucket of files."""
    return _copies(files, ("text",), corpus)


def copies_in_edits(edits: pa.Table, *, corpus: ThirdParty) -> pa.Table:
    """`COPIES` in both states of a bucket of edits."""
    return _copies(edits, ("before", "after"), corpus)


def _copies(items: pa.Table, states: Sequence[str], corpus: ThirdParty) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for batch in items.select(["item", "repository", "path", *states]).to_batches(64):
        for item in batch.to_pylist():
            about = {name: item[name] for name in ("item", "repository", "path")}
            for state in states:
                found = spans_in(item[state] or "", item["path"], corpus=corpus)
                rows += [{**about, "state": state, **row} for row in found]
    rows.sort(key=lambda row: (row["item"], row["state"], row["start"], row["source"]))
    return pa.Table.from_pylist(rows, schema=COPIES)


def spans_in(text: str, path: str, *, corpus: ThirdParty) -> Iterator[dict[str, Any]]:
    """The copied spans of one text, as rows of `COPIES` without what names the item."""
    if LICENCE_FILE.search(path.rpartition("/")[2]):
        return
    words = words_of(text, path)
    spans = _chosen(equal_runs(words, corpus), words)
    counted = len(np.unique(words.lines))
    for span in spans:
        source = corpus.files.slice(span.file, 1).to_pylist()[0]
        first, last = int(words.lines[span.start]), int(words.lines[span.end - 1])
        from_line = int(corpus.lines[span.source_start])
        to_line = int(corpus.lines[span.source_end - 1])
        yield {
            "start": first + 1,
            "lines": last - first + 1,
            "share": len(np.unique(words.lines[span.start : span.end])) / counted,
            "words": span.equal,
            "similarity": span.equal / (span.end - span.start),
            "source": source["path"],
            "source_start": from_line + 1,
            "source_lines": max(to_line - from_line, 0) + 1,
            "source_licence": source["licence"],
            "source_licence_evidence": source["licence_evidence"],
        }


def equal_runs(words: Words, corpus: ThirdParty) -> Runs:
    """Runs of words that stand in the corpus word for word, extended as far as they go."""
    here, there = _hits(runs_of(words), corpus)
    file = np.searchsorted(corpus.starts, there, side="right") - 1
    slope = there - here
    order = np.lexsort((here, slope, file))
    here, there, file, slope = here[order], there[order], file[order], slope[order]
    breaks = np.ones(len(here), dtype=np.bool_)
    breaks[1:] = (np.diff(file) != 0) | (np.diff(slope) != 0) | (np.diff(here) > RUN)
    first = np.flatnonzero(breaks)
    last = np.append(first[1:], len(here)) - 1 if len(first) else first
    found = Runs(here[first], there[first], here[last] + RUN - here[first], file[first])
    return _extended(found, words, corpus)


def _hits(runs: npt.NDArray[np.uint64], corpus: ThirdParty) -> tuple[Ints, Ints]:
    """Every pair of a run here and a fingerprint of the corpus that are equal: both places."""
    nothing = np.zeros(0, dtype=np.int64)
    if not len(corpus.hashes) or not len(runs):
        return nothing, nothing
    near = np.flatnonzero(corpus.sieve[(runs >> np.uint64(corpus.sieve_shift)).astype(np.int64)])
    low = np.searchsorted(corpus.hashes, runs[near], side="left")
    at = np.minimum(low, len(corpus.hashes) - 1)
    equal = corpus.hashes[at] == runs[near]
    near, low = near[equal], low[equal]
    counts = np.searchsorted(corpus.hashes, runs[near], side="right") - low
    counts = np.minimum(counts, max(1, MOST_HITS // max(1, len(near))))
    total = int(counts.sum())
    offsets = np.repeat(np.cumsum(counts) - counts, counts)
    index = np.repeat(low, counts) + np.arange(total) - offsets
    return np.repeat(near, counts).astype(np.int64), corpus.places[index].astype(np.int64)


def _extended(runs: Runs, words: Words, corpus: ThirdParty) -> Runs:
    """The runs with the equal words before and after that no selected fingerprint reached."""
    own = words.hashes.astype(np.uint32)
    ends = np.append(corpus.starts[1:], len(corpus.words))
    here, there, length = runs.here.copy(), runs.there.copy(), runs.length.copy()
    low, high = corpus.starts[runs.file], ends[runs.file]
    for _ in range(WINDOW + RUN):
        able = np.flatnonzero((here > 0) & (there > low))
        able = able[own[here[able] - 1] == corpus.words[there[able] - 1]]
        here[able] -= 1
        there[able] -= 1
        length[able] += 1
        able = np.flatnonzero((here + length < len(own)) & (there + length < high))
        able = able[own[(here + length)[able]] == corpus.words[(there + length)[able]]]
        length[able] += 1
    return Runs(here, there, length, runs.file)


def _chosen(runs: Runs, words: Words) -> list[Span]:
    """Spans of the best corpus files: one that adds nothing to those before it is left out."""
    if not len(runs.here):
        return []
    files, index = np.unique(runs.file, return_inverse=True)
    totals = np.bincount(index, weights=runs.length)
    best = np.lexsort((files, -totals))[: 4 * MOST_FILES]
    taken = np.zeros(len(words.hashes), dtype=np.bool_)
    found: list[Span] = []
    used = 0
    for place in best.tolist():
        spans = list(_spans(runs, np.flatnonzero(index == place), words))
        fresh = [one for one in spans if (~taken[one.start : one.end]).sum() >= SPAN_WORDS]
        for span in fresh:
            taken[span.start : span.end] = True
        found += fresh
        used += bool(fresh)
        if used == MOST_FILES:
            break
    return sorted(found, key=lambda span: (span.start, span.file))


def _spans(runs: Runs, chosen: Ints, words: Words) -> Iterator[Span]:
    """Spans of one corpus file: its runs in order, bridged where little stands between."""
    order = chosen[np.lexsort((runs.there[chosen], runs.here[chosen]))]
    here, length = runs.here[order], runs.length[order]
    reach = np.maximum.accumulate(here + length)
    gaps = np.append(True, here[1:] - reach[:-1] > BRIDGE)
    firsts = np.flatnonzero(gaps).tolist()
    for first, after in zip(firsts, [*firsts[1:], len(order)], strict=True):
        start, end = int(here[first]), int(reach[after - 1])
        covered = np.zeros(end - start + 1, dtype=np.int64)
        np.add.at(covered, here[first:after] - start, 1)
        np.add.at(covered, here[first:after] + length[first:after] - start, -1)
        equal = int(np.count_nonzero(np.cumsum(covered)))
        longest = int(length[first:after].max())
        lines = int(words.lines[end - 1] - words.lines[start]) + 1
        enough = equal >= SPAN_WORDS and longest >= ANCHOR and lines >= SPAN_LINES
        alike = equal >= SIMILAR * (end - start)
        if enough and alike and not _is_notice(words, start, end):
            main = order[first + int(np.argmax(length[first:after]))]
            offset = int(runs.there[main] - runs.here[main])
            yield _placed(runs, order[first:after], (start, end, equal), offset)


def _is_notice(words: Words, start: int, end: int) -> bool:
    """Whether the words are a licence text in a string, where no comment gives it away."""
    if end - start > NOTICE_LENGTH:
        return False
    return len(np.intersect1d(words.hashes[start:end], NOTICE)) >= NOTICE_WORDS


def _placed(runs: Runs, members: Ints, extent: tuple[int, int, int], offset: int) -> Span:
    """The span with its place in the corpus: that of the runs near the longest one's diagonal."""
    start, end, equal = extent
    slopes = runs.there[members] - runs.here[members]
    near = members[np.abs(slopes - offset) <= end - start]
    low = int(runs.there[near].min())
    high = int((runs.there[near] + runs.length[near]).max())
    return Span(start, end, low, high, equal, int(runs.file[members[0]]))
