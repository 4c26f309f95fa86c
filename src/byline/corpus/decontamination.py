r"""Decontamination: no training text holds a benchmark's tasks, or one's own held-out work.

Two rules, each documented by whoever trained with it, and each asked in one pass over a text:

- *words*: runs of ten words (`\w+`, in lower case) that a text shares with a protected one
  (Qwen2.5-Coder, arXiv 2409.12186: one shared run of ten is enough);
- *text*: a whole protected text occurs in it, white space aside (BigCode: StarCoder, arXiv
  2305.06161, and The Stack v2).

Benchmarks are guarded by both as published. Held-out work of one's own shares idioms, licences and
neighbouring lines with training by nature, so there a text goes only if it holds most of the runs
of a held-out target (`share`; ours). The index holds hashes of runs, and the protected texts
without white space to prove a match; a match of hashes alone is never reported for *text*.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.decontamination_hashes import (
    PIECE,
    WINDOW,
    Sieve,
    hashes_of_each,
    middle_of,
    sieve_of,
    stripped_of,
    window_hashes,
)
from byline.corpus.words import Cache, Numbers, batches, run_hashes

Places = npt.NDArray[np.int64]

CONTAMINATION: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("limit", pa.float64(), nullable=False),
        pa.field("where", pa.string(), nullable=False),  # which protected text
    ]
)


class Protected(Protocol):
    """A text that training must not hold, and how a decision log names it."""

    @property
    def where(self) -> str:
        """Its name."""

    @property
    def text(self) -> str:
        """Its text."""


class HeldOut(NamedTuple):
    """The target of a held-out example of one's own."""

    where: str
    text: str


@dataclass(frozen=True)
class Rules:
    """What counts as holding a protected text.

    Attributes:
        name: How the rules are called in decision logs: ``benchmark`` or ``held_out``.
        words: Words of a run.
        share: A text may hold at most this share of the runs of a protected one.
        least_runs: A protected text of fewer runs is guarded by the rule *text* only.
        least_characters: A protected text of fewer, white space aside, is not looked for as a
            whole: ``return x`` stands everywhere.
    """

    name: str = "benchmark"
    words: int = 10
    share: float = 0.0
    least_runs: int = 1
    least_characters: int = 40


BENCHMARK: Final = Rules()
HELD_OUT: Final = Rules(name="held_out", share=0.5, least_runs=8, least_characters=80)


class Contamination(NamedTuple):
    """What a text holds.

    Attributes:
        contaminated: Whether a rule says that it must not train.
        where: Which protected text; empty where none.
        rule: ``benchmark.words``, ``held_out.text`` and so on; empty where none.
        value: The share of that text's runs, or 1.
        limit: What the rule allows.
    """

    contaminated: bool
    where: str = ""
    rule: str = ""
    value: float = 0.0
    limit: float = 0.0


CLEAN: Final = Contamination(contaminated=False)


@dataclass(frozen=True)
class Index:
    """Protected texts, ready to be looked for.

    Attributes:
        rules: What counts.
        names: How each protected text is named.
        runs: Hashes of runs of words, in order; one for each protected text that has the run.
        owners: The text of each.
        sizes: How many different runs each text has.
        windows: Hashes of the middles of texts, in order.
        guarded: The text of each window.
        stripped: Each text without white space; empty where it is too short to be looked for.
        run_sieve: What a hash must pass to be worth looking up among the runs.
        window_sieve: Likewise among the windows.
    """

    rules: Rules
    names: Sequence[str]
    runs: Numbers
    owners: Places
    sizes: Places
    windows: Numbers
    guarded: Places
    stripped: Sequence[bytes]
    run_sieve: Sieve
    window_sieve: Sieve


def protected_index(texts: Iterable[Protected], *, rules: Rules = BENCHMARK) -> Index:
    """The index of protected texts; equal texts are kept once, under the smallest name."""
    named: dict[bytes, tuple[str, str]] = {}
    for one in texts:
        stripped = stripped_of(one.text)
        if stripped:
            entry = (one.where, one.text)
            named[stripped] = min(named.get(stripped, entry), entry)
    ordered = sorted((where, text, stripped) for stripped, (where, text) in named.items())
    cache: dict[str, int] = {}
    runs = [
        np.unique(one)
        for batch in batches([text for _, text, _ in ordered])
        for one in run_hashes([text.lower() for text in batch], rules.words, cache).each()
    ]
    sizes = np.asarray([len(one) for one in runs], dtype=np.int64)
    flat = np.concatenate([np.zeros(0, np.uint64), *runs])
    owners = np.repeat(np.arange(len(runs), dtype=np.int64), sizes)
    order = np.lexsort((owners, flat))
    kept = [one if len(one) >= max(rules.least_characters, WINDOW) else b""
            for _, _, one in ordered]  # fmt: skip
    guarded = np.flatnonzero(np.asarray([bool(one) for one in kept], dtype=np.bool_))
    middles = [kept[place][middle_of(kept[place]) :][:WINDOW] for place in guarded]
    windows = hashes_of_each(b"".join(middles))
    by_window = np.lexsort((guarded, windows))
    return Index(
        rules, [where for where, _, _ in ordered], flat[order], owners[order], sizes,
        windows[by_window], guarded[by_window], kept, sieve_of(flat), sieve_of(windows),
    )  # fmt: skip


def contaminated(texts: Iterable[str | None], index: Index) -> Iterator[Contamination]:
    """What each text holds of the protected ones, in order; bounded memory beside the index.

    Where a text holds several, the one with the largest share is named, then the smallest name.
    """
    cache: dict[str, int] = {}
    for batch in batches([text or "" for text in texts]):
        if index.names:
            whole, shared = _whole(batch, index), _shared(batch, index, cache)
            yield from (
                whole.get(place) or shared.get(place) or CLEAN for place in range(len(batch))
            )
        else:
            yield from (CLEAN for _ in batch)


def contamination(
    candidates: pa.Table, index: Index, *, columns: Sequence[str] = ("target",)
) -> pa.Table:
    """The candidates that must not train: rows of `CONTAMINATION`, in the order of the candidates.

    Args:
        candidates: A column ``id`` and the named ones.
        index: From `protected_index`.
        columns: Strings that are looked at, each for itself; nulls hold nothing.
    """
    ids = candidates["id"].to_pylist()
    found = [list(contaminated(candidates[name].to_pylist(), index)) for name in columns]
    rows = []
    for identity, *columns_found in zip(ids, *found, strict=True):
        worst = next((one for one in columns_found if one.contaminated), None)
        if worst is not None:
            rows.append({"id": identity, "rule": worst.rule, "value": worst.value,
                         "limit": worst.limit, "where": worst.where})  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CONTAMINATION)


def own_contamination(
    candidates: pa.Table, *, rules: Rules = HELD_OUT, columns: Sequence[str] = ("target",)
) -> pa.Table:
    """The candidates of training that hold held-out targets: rows of `CONTAMINATION`.

    Args:
        candidates: Columns ``id``, ``split``, ``target`` and the named ones; what is neither
            train, validation nor test is passed over.
        rules: What counts.
        columns: Of training candidates: strings that are looked at.
    """
    is_held = pc.is_in(candidates["split"], value_set=pa.array(["validation", "test"]))
    held = candidates.filter(is_held)
    pairs = zip(held["id"].to_pylist(), held["target"].to_pylist(), strict=True)
    index = protected_index((HeldOut(one, text) for one, text in pairs), rules=rules)
    train = candidates.filter(pc.equal(candidates["split"], "train"))
    return contamination(train, index, columns=columns)


def _shared(texts: Sequence[str], index: Index, cache: Cache) -> dict[int, Contamination]:
    """The rule *words*: what each text holds, by its place, where it holds anything."""
    runs = run_hashes([text.lower() for text in texts], index.rules.words, cache)
    places = index.run_sieve.places(runs.hashes)
    hashes = runs.hashes[places]
    known = index.runs[np.minimum(np.searchsorted(index.runs, hashes), len(index.runs) - 1)]
    hits = np.flatnonzero(known == hashes) if len(index.runs) else np.zeros(0, np.int64)
    owners = np.searchsorted(runs.offsets, places[hits], side="right") - 1
    found: dict[int, Contamination] = {}
    borders = np.flatnonzero(np.diff(owners, prepend=-1, append=-1))
    for start, end in pairwise(borders.tolist()):
        one = _most_shared(np.unique(hashes[hits[start:end]]), index)
        if one is not None:
            found[int(owners[start])] = one
    return found


def _most_shared(runs: Numbers, index: Index) -> Contamination | None:
    """The protected text of which a text with these known runs holds too large a share."""
    first = np.searchsorted(index.runs, runs, side="left")
    last = np.searchsorted(index.runs, runs, side="right")
    owners = np.concatenate(
        [index.owners[start:end]
         for start, end in zip(first.tolist(), last.tolist(), strict=True)]
    )  # fmt: skip
    texts, shared = np.unique(owners, return_counts=True)
    shares = shared / index.sizes[texts]
    over = (shares > index.rules.share) & (index.sizes[texts] >= index.rules.least_runs)
    if not over.any():
        return None
    best = int(np.flatnonzero(over)[np.argmax(shares[over])])
    return Contamination(
        contaminated=True, where=index.names[texts[best]], rule=f"{index.rules.name}.words",
        value=float(shares[best]), limit=index.rules.share,
    )  # fmt: skip


def _whole(texts: Sequence[str], index: Index) -> dict[int, Contamination]:
    """The rule *text*: what each text holds, by its place, where it holds anything."""
    stripped = [stripped_of(text) for text in texts]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(one) for one in stripped])])
    found: dict[int, int] = {}
    for at, hashed in _known_windows(b"".join(stripped), index):
        text = int(np.searchsorted(offsets, at, side="right")) - 1
        first = np.searchsorted(index.windows, hashed, side="left")
        last = np.searchsorted(index.windows, hashed, side="right")
        for entry in index.guarded[first:last].tolist():
            wanted = index.stripped[entry]
            start = at - int(offsets[text]) - middle_of(wanted)
            if start >= 0 and stripped[text].startswith(wanted, start):
                found[text] = min(entry, found.get(text, entry))
    return {
        text: Contamination(
            contaminated=True, where=index.names[entry], rule=f"{index.rules.name}.text",
            value=1.0, limit=0.0,
        )
        for text, entry in found.items()
    }  # fmt: skip


def _known_windows(data: bytes, index: Index) -> Iterator[tuple[int, np.uint64]]:
    """Where in `data` windows of protected texts stand, and their hashes."""
    if not len(index.windows):
        return
    for begin in range(0, max(len(data) - WINDOW + 1, 0), PIECE):
        hashes = window_hashes(data[begin : begin + PIECE + WINDOW - 1])
        places = index.window_sieve.places(hashes)
        near = np.minimum(np.searchsorted(index.windows, hashes[places]), len(index.windows) - 1)
        for place in places[index.windows[near] == hashes[places]].tolist():
            yield begin + place, hashes[place]
