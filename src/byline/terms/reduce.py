"""From a table of facts to its distinct cases.

Invariant: two rows share a case only if no clause, notice or objection can tell them apart, in
outcome or in words. So a repository that no clause names is replaced by none; people who were told
the same and said the same become one; the day of writing becomes a place among the days on which
the person was served a notice that must come before authorship.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.terms.scope import Case, Term
from byline.terms.verdict import Arranged

Codes = npt.NDArray[np.int64]

_DAYS = 1 << 32  # more days than date32 tells apart from any served day in use
_EPOCH = dt.date(1970, 1, 1)
_MAX_KEY = 1 << 62


class Encoded(NamedTuple):
    """A column as codes into a list of values."""

    codes: Codes
    values: list[Any]


def reduce_facts(facts: pa.Table, *, terms: Arranged) -> tuple[list[Case], Codes]:
    """The distinct cases of a table of FACTS, and for each row the index of its case."""
    if facts.num_rows == 0:
        return [], np.zeros(0, dtype=np.int64)
    clauses = (*terms.permits, *terms.forbids, *terms.requires)
    days = _days(facts["authored"])
    columns = {name: _encode(facts[name], keep) for name, keep in _keepers(clauses).items()}
    columns["person"] = _encode(facts["person"], _same_people(facts["person"], clauses, terms))
    separated = pc.fill_null(pc.less_equal(facts["left"], pa.scalar(terms.as_of)), fill_value=False)
    columns["separated"] = _encode(separated, lambda value: value)
    buckets = _served_before(columns["person"], days, clauses=clauses, terms=terms)
    key = _one_key([(each.codes, len(each.values)) for each in columns.values()], buckets)
    codes, first = _distinct(key)
    return [_case(columns, days, row) for row in first.tolist()], codes


def _case(columns: dict[str, Encoded], days: Codes, row: int) -> Case:
    facts = {name: each.values[each.codes[row]] for name, each in columns.items()}
    authored = _EPOCH + dt.timedelta(days=int(days[row]))
    return Case(work_class=facts.pop("class"), authored=authored, **facts)


def _keepers(clauses: Sequence[Term]) -> dict[str, Callable[[Any], Any]]:
    def named(words: Callable[[Term], Sequence[str]]) -> Callable[[Any], Any]:
        known = {word for term in clauses for word in words(term)}
        return lambda value: value if value in known else None

    def as_it_is(value: Any) -> Any:
        return value

    always = ("class", "owner", "licence", "licence_source", "population", "employment")
    return {
        **dict.fromkeys((*always, "authorship"), as_it_is),
        "repository": named(lambda term: term.clause.where.repositories),
        "customer": named(lambda term: term.clause.where.customers),
        "worker_type": named(lambda term: term.clause.who.worker_types),
        "country": named(lambda term: term.clause.who.countries),
        "unit": named(lambda term: term.clause.who.units),
    }


def _same_people(
    people: pa.ChunkedArray, clauses: Sequence[Term], terms: Arranged
) -> Callable[[Any], Any]:
    """Maps a person to the first of those whom nothing in the terms tells apart."""
    named = {person for term in clauses for person in term.clause.who.people}
    served: dict[str, list[Hashable]] = {}
    for (person, _), notices in terms.served.items():
        marks = served.setdefault(person, [])
        marks += [(each.notice, each.version, each.served) for each in notices]
    first: dict[Hashable, str] = {}
    same: dict[str | None, str | None] = {None: None}
    for person in sorted(filter(None, pc.unique(people).to_pylist())):
        profile = (
            person if person in named else "",
            frozenset(served.get(person, ())),
            frozenset(_mark(say) for say in terms.objections.get(person, ())),
        )
        same[person] = first.setdefault(profile, person)
    same[""] = ""
    return same.__getitem__


def _mark(say: Any) -> Hashable:
    return (type(say).__name__, getattr(say, "id", ""), say.received, say.classes, say.purposes)


def _encode(column: pa.ChunkedArray, keep: Callable[[Any], Any]) -> Encoded:
    encoded = column.dictionary_encode().combine_chunks()
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


def _days(authored: pa.ChunkedArray) -> Codes:
    dates = authored.cast(pa.timestamp("s")).cast(pa.date32())
    days: Codes = dates.cast(pa.int32()).to_numpy().astype(np.int64)
    return days


def _served_before(
    people: Encoded, days: Codes, *, clauses: Iterable[Term], terms: Arranged
) -> tuple[Codes, int]:
    """For each row, how many (person, day served) lie before it in the order of (person, day)."""
    wanted = {t.clause.needs_notice for t in clauses if t.clause.notice_before == "authorship"}
    breaks = {
        code * _DAYS + (notice.served - _EPOCH).days
        for code, person in enumerate(people.values)
        for name in wanted
        for notice in terms.served.get((person or "", name), ())
    }
    if not breaks:
        return np.zeros(len(days), dtype=np.int64), 1
    ordered = np.array(sorted(breaks), dtype=np.int64)
    places = np.searchsorted(ordered, people.codes * _DAYS + days, side="left")
    before: Codes = places.astype(np.int64)
    return before, len(ordered) + 1


def _one_key(columns: Sequence[tuple[Codes, int]], buckets: tuple[Codes, int]) -> Codes:
    key, size = buckets
    for codes, count in columns:
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
