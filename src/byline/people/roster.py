"""The roster: people and their dated employments, from CSV or from SCIM users as JSON.

One row is one employment. The same id on several rows is one person with several employments: a
rejoiner, or a contractor who became an employee.
"""

import csv
import datetime as dt
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from byline.errors import ConfigError
from byline.people.scim import read_users

COLUMNS = ("id", "name", "emails", "worker_type", "country", "unit", "start", "end")
WORKER_TYPES = ("employee", "contractor", "intern")


@dataclass(frozen=True)
class Employment:
    """One employment, first and last day included; no `end` means it goes on."""

    worker_type: str
    country: str
    unit: str
    start: dt.date
    end: dt.date | None

    def covers(self, day: dt.date) -> bool:
        """Whether this employment was in force on a day."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Person:
    """One person of the roster, with employments in order of their start."""

    id: str
    name: str
    emails: tuple[str, ...]
    employments: tuple[Employment, ...]

    @property
    def left(self) -> dt.date | None:
        """The last day of the last employment; None while one goes on."""
        ends = [employment.end for employment in self.employments]
        return None if None in ends else max(end for end in ends if end is not None)


@dataclass(frozen=True)
class Standing:
    """A person's employment on a day: its state, and the employment that describes them."""

    state: str  # in_force | before | after | between
    employment: Employment


def standing(person: Person, day: dt.date) -> Standing:
    """The employment in force on a day; else the nearest one before, else the first."""
    for employment in person.employments:
        if employment.covers(day):
            return Standing("in_force", employment)
    past = [employment for employment in person.employments if employment.start <= day]
    if not past:
        return Standing("before", person.employments[0])
    return Standing("after" if past[-1] == person.employments[-1] else "between", past[-1])


Place = int | str
"""Where a row stands: a line of a CSV file, or a JSON pointer (RFC 6901)."""


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a roster: CSV, or SCIM users where the name ends in ``.json``.

    Raises:
        ConfigError: A column, date or word is wrong, or one address belongs to two people; the
            message names the line, and both lines of a conflict.
    """
    rows: dict[str, list[tuple[Place, dict[str, str]]]] = {}
    found = read_users(path) if path.suffix == ".json" else read_csv(path, COLUMNS)
    for line, row in found:
        if not row["id"]:
            raise ConfigError(f"{path}:{line}: `id` is empty", advice="give every person an id")
        rows.setdefault(row["id"], []).append((line, row))
    people = tuple(_person(path, identity, found) for identity, found in sorted(rows.items()))
    _refuse_shared_addresses(path, rows)
    return people


def read_csv(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file that must have exactly these columns, each with its line.

    Raises:
        ConfigError: The file is missing, is not UTF-8, or its columns are not these.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header, columns)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    raise ConfigError(
                        f"{path}:{reader.line_num}: {len(cells)} cells, but {len(header)} columns",
                        advice="quote a cell that contains a comma",
                    )
                cleaned = (cell.strip() for cell in cells)
                yield reader.line_num, dict(zip(header, cleaned, strict=True))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}", advice="check the path in byline.toml") from error
    except csv.Error as error:
        raise ConfigError(
            f"{path}:{reader.line_num}: {error}", advice="check the quotes of that line"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8 CSV") from error


def _check_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    for position, name in enumerate(header):
        if name in header[:position]:
            raise ConfigError(f"{path}:1: two columns `{name}`", advice="keep one of them")
        if name not in columns:
            close = difflib.get_close_matches(name, columns, n=1)
            raise ConfigError(
                f"{path}:1: unknown column `{name}`",
                advice=f"did you mean `{close[0]}`?" if close else f"columns: {', '.join(columns)}",
            )
    missing = [name for name in columns if name not in header]
    if missing:
        raise ConfigError(
            f"{path}:1: column `{missing[0]}` is missing", advice=f"columns: {', '.join(columns)}"
        )


def read_date(text: str, *, path: Path, line: Place, column: str) -> dt.date:
    """A date of a CSV cell.

    Raises:
        ConfigError: It is not an ISO date.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{path}:{line}: `{column}` is {text!r}", advice="write a date as 2026-11-24"
        ) from error


def _person(path: Path, identity: str, rows: Sequence[tuple[Place, dict[str, str]]]) -> Person:
    emails = dict.fromkeys(
        email.strip().lower()
        for _, row in rows
        for email in row["emails"].split(";")
        if email.strip()
    )
    lined = sorted(((_employment(path, line, row), line) for line, row in rows), key=_start)
    for (earlier, other), (later, line) in pairwise(lined):
        if earlier.end is None or earlier.end >= later.start:
            raise ConfigError(
                f"{path}:{line}: with {_row(other)}, "
                f"{identity} has two employments at {later.start}",
                advice="end the earlier one before the later one starts",
            )
    employments = tuple(employment for employment, _ in lined)
    return Person(identity, rows[-1][1]["name"], tuple(emails), employments)


def _row(place: Place) -> str:
    return f"line {place}" if isinstance(place, int) else place


def _start(lined: tuple[Employment, Place]) -> dt.date:
    return lined[0].start


def _employment(path: Path, line: Place, row: dict[str, str]) -> Employment:
    if row["worker_type"] not in WORKER_TYPES:
        raise ConfigError(
            f"{path}:{line}: `worker_type` is {row['worker_type']!r}",
            advice=f"one of {', '.join(WORKER_TYPES)}",
        )
    start = read_date(row["start"], path=path, line=line, column="start")
    end = read_date(row["end"], path=path, line=line, column="end") if row["end"] else None
    if end is not None and end < start:
        raise ConfigError(
            f"{path}:{line}: ends {end}, before it starts {start}", advice="correct one of the two"
        )
    return Employment(row["worker_type"], row["country"].upper(), row["unit"], start, end)


def _refuse_shared_addresses(
    path: Path, rows: dict[str, list[tuple[Place, dict[str, str]]]]
) -> None:
    owners: dict[str, tuple[str, Place]] = {}
    for identity, found in rows.items():
        for line, row in found:
            for email in (part.strip().lower() for part in row["emails"].split(";")):
                if not email:
                    continue
                other, place = owners.setdefault(email, (identity, line))
                if other != identity:
                    raise ConfigError(
                        f"{path}:{line}: {email} belongs to {identity} here "
                        f"and to {other} on {_row(place)}",
                        advice="an address is one person's; remove it from the other",
                    )
