"""What would change for all collected work if other terms were adopted: how much, which way, why.

Both sets of terms decide every contribution, a batch at a time; nothing is held but sums by class,
purpose, unit, country and the pair of decisions. Of people, sets of ids are held for as long as the
comparison lasts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import tee
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from byline.answers.asked_work import decided_batches
from byline.release.inputs import Inputs
from byline.terms.decide_many import Decided

Way = Literal["no longer included", "newly included", "another lane", "another reason"]
WAYS: Final[tuple[Way, ...]] = (
    "no longer included", "newly included", "another lane", "another reason",
)  # fmt: skip
DIMENSIONS: Final = ("class", "purpose", "unit", "country")
FEW: Final = 5  # people below which a number is told only as a band
NONE: Final = "(none)"
_SEPARATOR: Final = "\x1f"
_DECIDED: Final = ("outcome", "reason", "clauses")


class Pair(NamedTuple):
    """One way of being decided before and after."""

    way: Way
    old_reason: str
    new_reason: str
    gone: tuple[str, ...]  # ids of clauses that are cited no more
    come: tuple[str, ...]  # ids of clauses that are cited now


@dataclass
class Sum:
    """Work that changes, with whose it is."""

    contributions: int = 0
    lines: int = 0
    people: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a group of contributions."""
        self.contributions += row["person_count"]
        self.lines += row["lines_sum"]
        self.people.update(filter(None, row["person_distinct"]))


@dataclass(frozen=True)
class Compared:
    """The difference that other terms make.

    Attributes:
        total: Decisions that were compared: contributions times purposes.
        ways: What changes, by which way.
        pairs: The same by reasons and by the clauses that come and go.
        parts: By dimension (class, purpose, unit, country), its value, and the way.
        lost: For each person with work that would be included no more, classes and purposes.
    """

    total: int
    ways: Mapping[Way, Sum]
    pairs: Mapping[Pair, Sum]
    parts: Mapping[str, Mapping[tuple[str, Way], Sum]]
    lost: Mapping[str, frozenset[tuple[str, str]]]

    @property
    def changed(self) -> int:
        """Decisions that change in any way."""
        return sum(one.contributions for one in self.ways.values())


def compare(
    tables: Iterator[pa.Table], *, old: Inputs, new: Inputs, purposes: Sequence[str]
) -> Compared:
    """Decide all contributions under two sets of terms.

    Args:
        tables: Contributions, as `byline.answers.asked_work.work_asked` gives them.
        old: The terms that are, with the use date.
        new: The terms that might be.
        purposes: The purposes to compare for.
    """
    total = 0
    ways: dict[Way, Sum] = {}
    pairs: dict[Pair, Sum] = {}
    parts: dict[str, dict[tuple[str, Way], Sum]] = {name: {} for name in DIMENSIONS}
    lost: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for facts, before, after in _both(tables, old=old, new=new, purposes=purposes):
        total += facts.num_rows * len(purposes)
        for row in _changes(facts, before, after):
            pair = _pair(row)
            ways.setdefault(pair.way, Sum()).add(row)
            pairs.setdefault(pair, Sum()).add(row)
            for name in DIMENSIONS:
                parts[name].setdefault((row[name] or NONE, pair.way), Sum()).add(row)
            if pair.way == "no longer included":
                for person in filter(None, row["person_distinct"]):
                    lost[person].add((row["class"], row["purpose"]))
    return Compared(
        total=total,
        ways={way: ways[way] for way in WAYS if way in ways},
        pairs=dict(sorted(pairs.items(), key=_order)),
        parts={name: dict(sorted(found.items())) for name, found in parts.items()},
        lost={person: frozenset(of) for person, of in sorted(lost.items())},
    )


def _both(
    tables: Iterator[pa.Table], *, old: Inputs, new: Inputs, purposes: Sequence[str]
) -> Iterator[tuple[pa.Table, Decided, Decided]]:
    """A batch at a time, with both decisions on it."""
    first, second = tee(tables)
    before = decided_batches(first, inputs=old, purposes=purposes)
    after = decided_batches(second, inputs=new, purposes=purposes)
    for (facts, one), (_, other) in zip(before, after, strict=True):
        yield facts, one, other


def _changes(facts: pa.Table, before: Decided, after: Decided) -> list[dict[str, Any]]:
    """The changed decisions of a batch, summed by everything that is asked of them."""
    verdicts = [_said(decided) for decided in (before, after)]
    known = {said: number for number, said in enumerate(dict.fromkeys(verdicts[0] + verdicts[1]))}
    numbers = [np.array([known[said] for said in one], np.int64) for one in verdicts]
    words = {
        name: pa.array([said[place] for said in known], pa.string())
        for place, name in enumerate(_DECIDED)
    }
    rows: list[dict[str, Any]] = []
    for purpose, codes in before.codes.items():
        was, now = numbers[0][codes], numbers[1][after.codes[purpose]]
        changed = np.nonzero(was != now)[0]
        if not len(changed):
            continue
        about = facts.select(["class", "unit", "country", "person", "lines"]).take(changed)
        columns = dict(zip(about.column_names, about.columns, strict=True))
        for name, array in words.items():
            columns[f"old_{name}"] = array.take(pa.array(was[changed]))
            columns[f"new_{name}"] = array.take(pa.array(now[changed]))
        table = pa.table(columns)
        keys = [name for name in table.column_names if name not in {"person", "lines"}]
        sums = table.group_by(keys).aggregate(
            [("person", "count", pc.CountOptions(mode="all")), ("person", "distinct"),
             ("lines", "sum")]
        )  # fmt: skip
        rows += [{**row, "purpose": purpose} for row in sums.to_pylist()]
    return rows


def _said(decided: Decided) -> list[tuple[str, ...]]:
    """Of each distinct verdict what is compared; the rest of its words follow from that."""
    columns = [decided.verdicts[name].to_pylist() for name in _DECIDED]
    return [
        (outcome, reason, _SEPARATOR.join(clauses))
        for outcome, reason, clauses in zip(*columns, strict=True)
    ]


def _pair(row: Mapping[str, Any]) -> Pair:
    old, new = row["old_outcome"], row["new_outcome"]
    if old == new:
        way: Way = "another reason"
    elif new == "excluded":
        way = "no longer included"
    else:
        way = "newly included" if old == "excluded" else "another lane"
    before = set(filter(None, row["old_clauses"].split(_SEPARATOR)))
    after = set(filter(None, row["new_clauses"].split(_SEPARATOR)))
    return Pair(
        way, row["old_reason"], row["new_reason"],
        tuple(sorted(before - after)), tuple(sorted(after - before)),
    )  # fmt: skip


def _order(entry: tuple[Pair, Sum]) -> tuple[Any, ...]:
    pair, total = entry
    return WAYS.index(pair.way), -total.contributions, pair


def people_band(count: int) -> str:
    """How many people; a few are told as a band, so that a table leads to nobody."""
    return f"1–{FEW - 1}" if 0 < count < FEW else f"{count:,}"
