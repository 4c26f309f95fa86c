"""Spans of work joined to the employment in force when they were written, by the million.

Identities are resolved once for each distinct alias. What is left is two as-of look-ups, both on
whole columns: who the alias was on that day, and which employment of theirs was the last to start
by then. Both tables are kept as runs: the rows of one alias or person lie together in order of
days, and `offsets` says where each run begins. Almost all runs are one to three rows long, so a row
is found by stepping through its run, for all spans at once.

Invariants: the answer for a span depends on its own row and the directory alone. Memory beyond the
directory is about 60 bytes a span of the largest batch; batches are read one at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.errors import InputError
from byline.people.claims import ALWAYS, FOREVER, LISTED, day_number
from byline.people.garbage import collector_at_rest
from byline.people.identities import Directory, Resolver
from byline.people.roster import Person

Ints = npt.NDArray[np.int32]
DAY = 86_400  # seconds
TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
STATES = ("none", "in_force", "before", "after", "between")
NONE, IN_FORCE, BEFORE, AFTER, BETWEEN = range(len(STATES))

ALIASES = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),  # as recorded
        pa.field("email", pa.string(), nullable=False),
    ]
)
SPANS = pa.schema(
    [
        pa.field("alias", pa.int32(), nullable=False),  # a row of the aliases
        pa.field("authored", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("lines", pa.int32(), nullable=False),
    ]
)
EMPLOYMENTS = pa.schema(
    [
        pa.field("person", pa.string(), nullable=False),
        pa.field("worker_type", pa.string(), nullable=False),
        pa.field("country", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("legal_entity", pa.string()),
        pa.field("collective_agreement", pa.string()),
        pa.field("separation_type", pa.string()),
        pa.field("separation_batch", pa.string()),
        pa.field("region", pa.string()),
        pa.field("adult_from", pa.date32()),  # the day the person comes of age
        pa.field("start", pa.date32(), nullable=False),
        pa.field("end", pa.date32()),
        pa.field("left", pa.date32()),  # the person's last day, null while an employment goes on
    ]
)
"""One row for each employment, by person in the order of the roster, then by start."""

IDENTITIES = pa.schema(
    [
        pa.field("person", pa.string()),
        pa.field("population", pa.string(), nullable=False),
        pa.field("identity_evidence", pa.string(), nullable=False),
    ]
)
JOINED = pa.schema(
    [
        pa.field("person", pa.dictionary(pa.int32(), pa.string())),
        pa.field("population", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("employment", pa.int32()),  # a row of `Joiner.employments`; null without one
        pa.field("state", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("lines", pa.int32(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Runs:
    """Rows that hold from a day on, those of one group together and in order of days.

    Attributes:
        offsets: For each group the first of its rows, and one more entry, their number.
        days: For each row the day (since 1970-01-01) from which it holds.
    """

    offsets: Ints
    days: Ints

    def latest(self, groups: Ints, days: Ints) -> Ints:
        """For each (group, day) the last row of the group that holds by that day, or -1."""
        if not len(self.days):
            return np.full(len(groups), -1, np.int32)
        at = self.offsets[groups]
        last = self.offsets[groups + 1] - 1
        first_day = self.days[np.minimum(at, len(self.days) - 1)]
        found = np.where((last >= at) & (first_day <= days), at, -1).astype(np.int32)
        open_rows = np.flatnonzero((found >= 0) & (at < last))
        while len(open_rows):
            following = found[open_rows] + 1
            later = self.days[following] <= days[open_rows]
            open_rows, following = open_rows[later], following[later]
            found[open_rows] = following
            open_rows = open_rows[following < last[open_rows]]
        return found


@dataclass(frozen=True)
class Joined:
    """The answers for some spans, as rows of the tables of a `Joiner`."""

    identity: Ints
    employment: Ints  # -1: none
    state: npt.NDArray[np.int8]


class Joiner:
    """Joins aliases and times to people and employments.

    Args:
        aliases: A table of `ALIASES`; spans name its rows.
        directory: What identities are resolved against.

    Raises:
        ConfigError: Two sources give one alias to two people.
    """

    def __init__(self, aliases: pa.Table, *, directory: Directory) -> None:
        people = directory.people
        with collector_at_rest():
            self._numbers = {person.id: number for number, person in enumerate(people)}
            self._runs = _employment_runs(people)
            self.employments = employment_table(people)
            ends = [day_number(e.end, default=FOREVER) for one in people for e in one.employments]
            self._ends = np.array(ends, np.int32)
            self._resolve(aliases, Resolver(directory))

    def _resolve(self, aliases: pa.Table, resolver: Resolver) -> None:
        numbers: dict[tuple[str | None, str, str], int] = {}
        offsets, days, rows = [0], [], []
        names, emails = aliases["name"].to_pylist(), aliases["email"].to_pylist()
        resolve, sole = resolver.resolve, resolver.sole_addresses()
        for name, email in zip(names, emails, strict=True):
            if (person := sole.get(email)) is not None:  # most aliases are that plain
                days.append(ALWAYS)
                rows.append(numbers.setdefault((person.id, "roster", LISTED), len(numbers)))
                offsets.append(len(days))
                continue
            for day, (_, key, kind, evidence) in resolve(name, email):
                days.append(day)
                rows.append(numbers.setdefault((key, kind, evidence), len(numbers)))
            offsets.append(len(days))
        self._alias_runs = Runs(np.array(offsets, np.int32), np.array(days, np.int32))
        self._alias_rows = np.array(rows, np.int32)
        self.identities = _identity_table(list(numbers))
        key, population = (self.identities[name] for name in ("person", "population"))
        known = [self._numbers[key] if key and kind == "roster" else -1 for key, kind, _ in numbers]
        self._people = np.array(known, np.int32)
        self._keys = key.combine_chunks().dictionary_encode()
        self._populations = population.combine_chunks().dictionary_encode()

    def at(self, aliases: Ints, days: Ints) -> Joined:
        """Who each alias was on each day (since 1970-01-01), and their employment then."""
        identity = self._alias_rows[self._alias_runs.latest(aliases, days)]
        person = self._people[identity]
        state = np.zeros(len(days), np.int8)
        employment = np.full(len(days), -1, np.int32)
        known = np.flatnonzero(person >= 0)
        whole = len(known) == len(days)
        who, when = (person, days) if whole else (person[known], days[known])
        found, states = self._standing(who, when)
        if whole:
            return Joined(identity, found, states)
        employment[known], state[known] = found, states
        return Joined(identity, employment, state)

    def _standing(self, people: Ints, days: Ints) -> tuple[Ints, npt.NDArray[np.int8]]:
        """`byline.people.roster.standing`, for many people and days."""
        runs = self._runs
        found = runs.latest(people, days)
        first, last = runs.offsets[people], runs.offsets[people + 1] - 1
        before = found < 0
        found = np.where(before, np.where(first <= last, first, -1), found).astype(np.int32)
        covered = days <= self._ends[found] if len(self._ends) else np.zeros(len(days), bool)
        state = np.where(found == last, AFTER, BETWEEN).astype(np.int8)
        state[covered] = IN_FORCE
        state[before] = BEFORE
        state[found < 0] = NONE
        return found, state

    def batch(self, spans: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
        """The `JOINED` rows of one batch of `SPANS`, in its order.

        Raises:
            InputError: A span names no row of the aliases, or a column has nulls.
        """
        aliases, authored = (_column(spans, name) for name in ("alias", "authored"))
        codes = aliases.to_numpy(zero_copy_only=False)
        if len(codes) and not 0 <= codes.min() <= codes.max() < len(self._alias_runs.offsets) - 1:
            raise InputError("a span names an alias that is not in the table of aliases")
        joined = self.at(codes, day_numbers(authored))
        identity = pa.array(joined.identity)
        columns = [
            self._keys.take(identity),
            self._populations.take(identity),
            pa.array(joined.employment, mask=joined.employment < 0),
            pa.DictionaryArray.from_arrays(joined.state, pa.array(STATES)),
            _column(spans, "lines"),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=JOINED)


def join(
    spans: Iterable[pa.RecordBatch], *, aliases: pa.Table, directory: Directory
) -> Iterator[pa.RecordBatch]:
    """Join batches of `SPANS` to people and employments, one batch at a time, in their order.

    Args:
        spans: Batches; ``alias`` is a row of `aliases`.
        aliases: A table of `ALIASES`.
        directory: What identities are resolved against.

    Yields:
        For each batch one of `JOINED`. ``employment`` is a row of `employment_table(people)`.

    Raises:
        ConfigError: Two sources give one alias to two people.
        InputError: A span names an alias that is not there.
    """
    joiner = Joiner(aliases, directory=directory)
    for batch in spans:
        yield joiner.batch(batch)


def day_numbers(times: pa.Array) -> Ints:
    """The days (UTC, since 1970-01-01) of an array of timestamps in any unit.

    Parquet knows no seconds: what was written as such is read again as milliseconds.
    """
    ticks = times.view(pa.int64()).to_numpy(zero_copy_only=False)
    days: Ints = np.clip(ticks // (DAY * TICKS[times.type.unit]), ALWAYS, FOREVER).astype(np.int32)
    return days


def employment_table(people: Sequence[Person]) -> pa.Table:
    """Every employment of a roster as `EMPLOYMENTS`."""
    rows = [one for person in people for one in person.employments]
    optional = ("legal_entity", "collective_agreement", "separation_type", "separation_batch",
                "region", "adult_from")  # fmt: skip
    columns = {name: [value or None for value in map(attrgetter(name), rows)] for name in optional}
    plain = ("worker_type", "country", "unit", "start", "end")
    columns |= {name: list(map(attrgetter(name), rows)) for name in plain}
    columns["person"] = [person.id for person in people for _ in person.employments]
    columns["left"] = [left for p in people for left in [p.left] * len(p.employments)]
    return pa.Table.from_pydict(columns, schema=EMPLOYMENTS)


def _employment_runs(people: Sequence[Person]) -> Runs:
    offsets = np.zeros(len(people) + 1, np.int32)
    np.cumsum([len(person.employments) for person in people], out=offsets[1:])
    starts = [day_number(one.start, default=ALWAYS) for p in people for one in p.employments]
    return Runs(offsets, np.array(starts, np.int32))


def _identity_table(rows: Sequence[tuple[str | None, str, str]]) -> pa.Table:
    columns = [[row[part] for row in rows] for part in range(3)]
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.Table.from_arrays(arrays, schema=IDENTITIES)


def _column(spans: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    found = spans.column(name)
    array = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    if array.null_count:
        raise InputError(f"the column {name!r} of the spans has nulls")
    return array
