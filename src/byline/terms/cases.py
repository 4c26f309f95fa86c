"""From facts, batch by batch, to the distinct cases of a whole run.

Invariant: two rows share a case only if no clause, notice, assessment, hold or saying can tell them
apart in what is decided; the words that differ are blanks (`byline.terms.alike`). So a repository
that no clause names becomes one that is merely known, and the day of writing becomes how many
notices the author had been served by then. An empty text is an unknown fact.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.terms.alike import Alike
from byline.terms.arranged import ANYONE_ELSE, Arranged
from byline.terms.scope import KEYS, Case

Codes = npt.NDArray[np.int64]

_AS_IT_IS: Final = ("class", "owner", "licence", "licence_source", "population", "employment",
                    "authorship", "minor")  # fmt: skip
_NAMED: Final = tuple(fact for fact, _, _ in KEYS if fact not in {"person", "owner"})
_DAYS: Final = 1 << 32  # more days than date32 tells apart from any served day in use
_EPOCH: Final = dt.date(1970, 1, 1)
_MAX_KEY: Final = 1 << 62
_AT_ONCE: Final = 4  # columns encoded at once; Arrow lets go of the interpreter's lock


class Encoded(NamedTuple):
    """A column as codes into a list of values."""

    codes: Codes
    values: list[Any]


class Placed(NamedTuple):
    """Where the rows of a batch belong.

    Attributes:
        cases: For each row the number of its case.
        people: For each row the number of whose words fill in the blanks, in `Cases.people`.
    """

    cases: Codes
    people: Codes


class Cases:
    """The distinct cases so far, numbered from 0 in the order in which they were met."""

    def __init__(self, terms: Arranged, alike: Alike) -> None:
        """Prepare to number cases.

        Args:
            terms: The terms, arranged.
            alike: Who stands alike under them.
        """
        self.cases: list[Case] = []
        self.people: list[str | None] = [None, ANYONE_ELSE, *sorted(alike.group)]
        self._numbers: dict[bytes, int] = {}
        self._values: dict[str, dict[Any, int]] = {}
        self._terms, self._alike = terms, alike
        self._keepers = _keepers(terms)
        self._place = {person: place for place, person in enumerate(self.people)}
        self._groups = np.array(
            [self._place[alike.group.get(one, one) if one else one] for one in self.people]
        )
        self._breaks = _breaks(self.people, alike)

    def place(self, facts: pa.Table) -> Placed:
        """Number the rows of a batch of `FACTS` by their cases."""
        if facts.num_rows == 0:
            nothing = np.zeros(0, dtype=np.int64)
            return Placed(nothing, nothing)
        people = self._whose(facts["person"])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            encoded = pool.map(
                lambda name: _encode(facts[name], self._keepers[name]), self._keepers
            )
            columns = dict(zip(self._keepers, encoded, strict=True))
        left = pc.fill_null(pc.less_equal(facts["left"], pa.scalar(self._terms.as_of)), False)
        columns["separated"] = _encode(left, lambda value: value)
        columns["person"] = Encoded(self._groups[people], [])
        columns["told"] = Encoded(self._told_before(people, facts["authored"]), [])
        codes, first = _distinct(_one_key(list(columns.values())))
        numbers = self._number(columns, first)
        return Placed(numbers[codes], people)

    def _whose(self, column: pa.ChunkedArray) -> Codes:
        """For each row the place in `people` of whom the terms treat the same."""
        known, place = self._terms.people, self._place

        def of(person: str | None) -> int:
            return place[known.get(person, ANYONE_ELSE) if person else None]

        encoded = _encode(column, of)
        return np.array(encoded.values, dtype=np.int64)[encoded.codes]

    def _told_before(self, people: Codes, authored: pa.ChunkedArray) -> Codes:
        """How many notices that must come before writing each author had been served by then."""
        if not len(self._breaks):
            return np.zeros(len(people), dtype=np.int64)
        dates = authored.cast(pa.timestamp("s")).cast(pa.date32()).cast(pa.int32())
        start = people * _DAYS
        until = np.searchsorted(self._breaks, start + dates.to_numpy().astype(np.int64))
        told: Codes = until - np.searchsorted(self._breaks, start - (_DAYS >> 1))
        return told

    def _number(self, columns: Mapping[str, Encoded], first: Codes) -> Codes:
        """The numbers of the cases of some rows; a new case is kept."""
        lasting = [self._lasting(name, column, first) for name, column in columns.items()]
        rows = np.ascontiguousarray(np.stack(lasting, axis=1))
        width = rows.dtype.itemsize * rows.shape[1]
        keys = rows.view(f"V{width}").ravel()
        found = np.empty(len(first), dtype=np.int64)
        for place, key in enumerate(keys.tolist()):
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self.cases)
                self.cases.append(self._case(columns, int(first[place])))
            found[place] = number
        return found

    def _lasting(self, name: str, column: Encoded, rows: Codes) -> Codes:
        """Codes that mean the same in every batch."""
        if not column.values:
            return column.codes[rows]
        known = self._values.setdefault(name, {})
        lasting = np.array([known.setdefault(one, len(known)) for one in column.values])
        codes: Codes = lasting[column.codes[rows]].astype(np.int64)
        return codes

    def _case(self, columns: Mapping[str, Encoded], row: int) -> Case:
        facts = {n: each.values[each.codes[row]] for n, each in columns.items() if each.values}
        person = self.people[columns["person"].codes[row]]
        authored = self._written(person, int(columns["told"].codes[row]))
        return Case(work_class=facts.pop("class"), person=person, authored=authored, **facts)

    def _written(self, person: str | None, told: int) -> dt.date:
        """A day by which the person had been served so many of the notices."""
        days = self._alike.days.get(person or "", ())
        if not days:
            return _EPOCH
        return days[told - 1] + dt.timedelta(days=1) if told else days[0]


def _breaks(people: Sequence[str | None], alike: Alike) -> Codes:
    """The days of notices that must come before writing, in the order of (person, day)."""
    return np.array(
        [
            place * _DAYS + (day - _EPOCH).days
            for place, person in enumerate(people)
            for day in alike.days.get(person or "", ())
        ],
        dtype=np.int64,
    )


def _keepers(terms: Arranged) -> dict[str, Callable[[Any], Any]]:
    """For each column what is kept of a value: itself, or that it is known and nobody names it."""

    def named(words: Iterable[str]) -> Callable[[Any], Any]:
        known = frozenset(words)
        return lambda value: (value if value in known else "") if value else None

    def as_it_is(value: Any) -> Any:
        return value

    words: dict[str, set[str]] = {name: set() for name in _NAMED}
    for term in terms.clauses:
        for fact, listed in term.keys:
            words.get(fact, set()).update(listed)
    # Where a region is not known, the country says whether it can be one of those that are named.
    words["country"] |= {region.split("-")[0] for region in words["region"]}
    words["worker_type"].add("intern")  # who may be under age where the roster does not say
    holds = [hold for held in terms.holds.values() for hold in held]
    words["repository"].update(name for hold in holds for name in hold.repositories)
    return {
        **dict.fromkeys(_AS_IT_IS, as_it_is),
        **{name: named(listed) for name, listed in words.items()},
    }


def _encode(column: pa.ChunkedArray, keep: Callable[[Any], Any]) -> Encoded:
    encoded = pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = pa.concat_arrays(encoded.chunks)
    raw = [*encoded.dictionary.to_pylist(), None]
    kept = [keep(value) for value in raw]
    values = list(dict.fromkeys(kept))
    place = {value: index for index, value in enumerate(values)}
    remap = np.array([place[value] for value in kept], dtype=np.int64)
    indices = pc.fill_null(encoded.indices, len(raw) - 1)
    codes: Codes = remap[indices.to_numpy(zero_copy_only=False)]
    return Encoded(codes, values)


def _one_key(columns: Sequence[Encoded]) -> Codes:
    """One number for each row that is equal exactly where all codes are."""
    key, size = np.zeros(len(columns[0].codes), dtype=np.int64), 1
    for codes, values in columns:
        count = len(values) or int(codes.max()) + 1
        if size * count >= _MAX_KEY:
            key, first = _distinct(key)
            size = len(first)
        key = key * count + codes
        size *= count
    return key


def _distinct(key: Codes) -> tuple[Codes, Codes]:
    """Codes of the distinct keys in the order of appearance, and a row of each."""
    codes = pa.array(key).dictionary_encode().indices.to_numpy().astype(np.int64)
    first = np.empty(int(codes.max()) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, first
