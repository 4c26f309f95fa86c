"""Decisions for tens of millions of contributions, a batch at a time.

Every distinct case is decided once in a whole run (`byline.terms.cases`), and its words are filled
in once for each person they differ for (`byline.terms.alike`). What comes out of a batch is a small
table of verdicts and, for each purpose, a number of a verdict for each row: thirty million
decisions with their reasons are some hundred megabytes, and not ten gigabytes of repeated words.

Invariants: as many decisions come out for a purpose as rows went in, in their order (law 2); they
are exactly those of `byline.terms.decide`, whatever the batches.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.errors import InputError
from byline.terms.agreed import Terms
from byline.terms.alike import BLANK, filled, stand_alike
from byline.terms.arranged import Arranged, arrange
from byline.terms.cases import Cases, Codes
from byline.terms.purposes import check_purposes
from byline.terms.schema import DECISIONS, FACTS
from byline.terms.scope import Term
from byline.terms.verdict import Verdict, verdict

SLICE: Final = 1 << 20  # rows; a string column of a slice stays far below Arrow's 2 GiB offsets
VERDICTS: Final = pa.schema(
    [field for field in DECISIONS if field.name not in {"contribution", "purpose"}]
)
"""What is decided: `DECISIONS` without whose work and which purpose."""


@dataclass(frozen=True)
class Decided:
    """The decisions on a batch.

    Attributes:
        contributions: The ids of the rows, in order.
        verdicts: The distinct verdicts of the batch, a table of `VERDICTS`.
        codes: By purpose, for each row its row in `verdicts`.
    """

    contributions: pa.ChunkedArray
    verdicts: pa.Table
    codes: Mapping[str, npt.NDArray[np.int32]]

    @property
    def rows(self) -> int:
        """How many contributions there are."""
        return len(self.contributions)

    def count(self, column: str) -> dict[Any, int]:
        """How many decisions, over all purposes, have each value of a column of `VERDICTS`."""
        size = self.verdicts.num_rows
        totals = np.zeros(size, dtype=np.int64)
        for codes in self.codes.values():
            totals += np.bincount(codes, minlength=size)
        found: dict[Any, int] = {}
        for value, total in zip(self.verdicts[column].to_pylist(), totals.tolist(), strict=True):
            found[value] = found.get(value, 0) + total
        return found

    def spread(self) -> Iterator[pa.Table]:
        """The decisions as tables of `DECISIONS`, purpose by purpose, a slice of rows at a time."""
        for purpose, codes in self.codes.items():
            for start in range(0, len(codes), SLICE):
                rows = self.verdicts.take(pa.array(codes[start : start + SLICE]))
                named = {
                    "contribution": self.contributions.slice(start, SLICE),
                    "purpose": pa.repeat(pa.scalar(purpose, pa.string()), rows.num_rows),
                }
                columns = [named[name] if name in named else rows[name] for name in DECISIONS.names]
                yield pa.Table.from_arrays(columns, schema=DECISIONS)


def decide_many(
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    terms: Terms,
    purposes: Sequence[str],
    as_of: dt.date,
) -> Iterator[Decided]:
    """Decide batches of contributions for every purpose, in their order.

    Memory is that of one batch, of the terms and of the distinct cases.

    Args:
        batches: Tables with the columns of `FACTS`.
        terms: Everything that was agreed, told, said and held.
        purposes: Purposes; see `byline.terms.purposes`.
        as_of: The use date.

    Raises:
        InputError: A batch lacks a column, or a column is of another type.
        UsageError: A purpose is not on the closed list.
    """
    wanted = check_purposes(purposes)
    deciding = _Deciding(arrange(terms, as_of=as_of), wanted)
    for batch in batches:
        yield deciding.batch(checked_facts(batch))


class _Deciding:
    """One run: the cases met so far, and what was decided on each."""

    def __init__(self, terms: Arranged, purposes: Sequence[str]) -> None:
        self._alike = stand_alike(terms)
        self._cases = Cases(terms, self._alike)
        self._numbers: dict[Verdict, int] = {}
        self._verdicts: list[Verdict] = []
        self._has_blanks: list[bool] = []
        self._of_cases: dict[str, list[int]] = {purpose: [] for purpose in purposes}
        self._filled: dict[int, int] = {}
        self._narrowed: dict[tuple[str, str, str, str | None], Arranged] = {}

    def batch(self, facts: pa.Table) -> Decided:
        placed = self._cases.place(facts)
        found = {
            purpose: self._fill(self._decided(purpose)[placed.cases], placed.people)
            for purpose in self._of_cases
        }
        return self._compact(facts["contribution"], found)

    def _decided(self, purpose: str) -> Codes:
        """The number of the verdict on each case; cases that are new are decided now."""
        known = self._of_cases[purpose]
        for case in self._cases.cases[len(known) :]:
            key = (purpose, case.work_class, case.population, case.country)
            terms = self._narrowed.get(key)
            if terms is None:
                terms = self._narrowed[key] = _narrowed(self._alike.terms, *key)
            known.append(self._number(verdict(case, purpose=purpose, terms=terms)))
        return np.array(known, dtype=np.int64)

    def _number(self, one: Verdict) -> int:
        number = self._numbers.setdefault(one, len(self._verdicts))
        if number == len(self._verdicts):
            self._verdicts.append(one)
            self._has_blanks.append(any(BLANK in text for text in _words(one)))
        return number

    def _fill(self, codes: Codes, people: Codes) -> Codes:
        """Exchange verdicts with blanks for those whose words are filled in for each person."""
        blank = np.array(self._has_blanks, dtype=bool)
        rows = np.flatnonzero(blank[codes]) if len(codes) else codes
        if not len(rows):
            return codes
        count = len(self._cases.people)
        pairs = pa.array(codes[rows] * count + people[rows]).dictionary_encode()
        places = [self._filled_in(*divmod(pair, count)) for pair in pairs.dictionary.to_pylist()]
        codes[rows] = np.array(places, dtype=np.int64)[pairs.indices.to_numpy()]
        return codes

    def _filled_in(self, number: int, person: int) -> int:
        pair = number * len(self._cases.people) + person
        found = self._filled.get(pair)
        if found is None:
            words = self._alike.words[self._cases.people[person] or ""]
            found = self._filled[pair] = self._number(_filled(self._verdicts[number], words))
        return found

    def _compact(self, contributions: pa.ChunkedArray, codes: Mapping[str, Codes]) -> Decided:
        """Only the verdicts that this batch has."""
        used = np.zeros(len(self._verdicts), dtype=bool)
        for found in codes.values():
            used[found] = True
        place = (np.cumsum(used) - 1).astype(np.int32)
        table = verdict_table([self._verdicts[number] for number in np.flatnonzero(used).tolist()])
        return Decided(
            contributions, table, {purpose: place[found] for purpose, found in codes.items()}
        )


def _narrowed(
    terms: Arranged, purpose: str, work_class: str, population: str, country: str | None
) -> Arranged:
    """The terms without clauses that do not speak of such work at all: most of them, mostly."""

    def may(term: Term) -> bool:
        countries = next((words for fact, words in term.keys if fact == "country"), None)
        return (
            purpose in term.purposes
            and work_class in term.classes
            and population in term.populations
            and (countries is None or country is None or country in countries)
        )

    return replace(
        terms,
        permits=tuple(filter(may, terms.permits)),
        forbids=tuple(filter(may, terms.forbids)),
        requires=tuple(filter(may, terms.requires)),
    )


def checked_facts(facts: pa.RecordBatch | pa.Table) -> pa.Table:
    """The columns of `FACTS`, checked.

    Raises:
        InputError: A column is missing, is of another type, or has nulls that it may not have.
    """
    if isinstance(facts, pa.RecordBatch):
        facts = pa.Table.from_batches([facts])
    if missing := [name for name in FACTS.names if name not in facts.column_names]:
        raise InputError(f"the table of facts lacks the columns {', '.join(missing)}")
    try:
        checked = facts.select(FACTS.names).cast(FACTS)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise InputError(f"the table of facts is not of the schema FACTS: {error}") from error
    for field in FACTS:
        if not field.nullable and checked[field.name].null_count:
            raise InputError(f"the column {field.name!r} of the facts has nulls")
    return checked


def verdict_table(verdicts: Sequence[Verdict]) -> pa.Table:
    """Verdicts as a table of `VERDICTS`."""
    columns = [
        pa.array([getattr(each, field.name) for each in verdicts], type=field.type)
        for field in VERDICTS
    ]
    return pa.Table.from_arrays(columns, schema=VERDICTS)


def _words(one: Verdict) -> Iterator[str]:
    yield from (text for text in (one.notice, one.counterfactual, *one.missing) if text)


def _filled(one: Verdict, words: Sequence[str]) -> Verdict:
    return replace(
        one,
        notice=filled(one.notice, words),
        missing=tuple(filled(text, words) or "" for text in one.missing),
        counterfactual=filled(one.counterfactual, words),
    )
