"""Rows of a roster as they stand in their file, before they become people: the CSV side.

Invariants: every row and every address knows its place (file, and line or JSON pointer), so that
an error can name it; nothing is read from a cell that is not there.
"""

import csv
import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn

from byline.errors import ConfigError

COLUMNS = ("id", "name", "emails", "worker_type", "country", "unit", "start", "end")
OPTIONAL = ("legal_entity", "collective_agreement", "separation_type", "separation_batch",
            "handles", "region", "band", "job_family", "adult_from")  # fmt: skip
DATED = re.compile(
    r"(?P<alias>[^\[\]]*?)\s*\[\s*(?P<first>[^\[\].]*?)\s*\.\.\s*(?P<last>[^\[\].]*?)\s*\]"
)


class Place(NamedTuple):
    """Where something stands: a line of a file, or a JSON pointer (RFC 6901) into it."""

    file: Path
    at: int | str

    def __str__(self) -> str:
        return f"{self.file}:{self.at}"

    def seen_from(self, other: "Place") -> str:
        """How to name this place beside another one."""
        if self.file != other.file:
            return str(self)
        return f"line {self.at}" if isinstance(self.at, int) else self.at

    def fail(self, message: str, *, advice: str) -> NoReturn:
        """Raise the ConfigError that says `message` at this place."""
        raise ConfigError(f"{self}: {message}", advice=advice)


@dataclass(frozen=True)
class Dated:
    """An address or handle with the first and last day it was somebody's; None: no bound."""

    alias: str
    first: dt.date | None = None
    last: dt.date | None = None
    place: Place | None = field(default=None, compare=False, repr=False)


class Row(NamedTuple):
    """One employment of one person, as recorded: `cells` has every column but the aliases."""

    place: Place
    cells: Mapping[str, str]
    addresses: tuple[Dated, ...]
    handles: tuple[Dated, ...]


def csv_rows(path: Path) -> Iterator[Row]:
    """The rows of a roster as CSV.

    Raises:
        ConfigError: The file is missing, is not UTF-8, a column is wrong, or dates of an address.
    """
    for line, cells in read_csv(path, COLUMNS, optional=OPTIONAL):
        place = Place(path, line)
        given = {name: cells.get(name, "") for name in (*COLUMNS, *OPTIONAL)}
        addresses = tuple(dated_aliases(given.pop("emails"), place=place, column="emails"))
        handles = tuple(dated_aliases(given.pop("handles"), place=place, column="handles"))
        yield Row(place, given, addresses, handles)


def dated_aliases(cell: str, *, place: Place, column: str) -> Iterator[Dated]:
    """The aliases of a cell, separated by semicolons, perhaps with days: ``a@x [..2020-12-31]``.

    Raises:
        ConfigError: What stands in brackets is no range of days.
    """
    for part in cell.split(";"):
        text = part.strip()
        if not text:
            continue
        if "[" not in text and "]" not in text:
            yield Dated(text.lower(), place=place)
            continue
        found = DATED.fullmatch(text)
        if found is None:
            place.fail(
                f"`{column}` has {text!r}", advice="write days as ada@x.example [..2020-12-31]"
            )
        yield dated_alias(found["alias"], found["first"], found["last"], place=place, column=column)


def dated_alias(alias: str, first: str, last: str, *, place: Place, column: str) -> Dated:
    """One alias with its first and last day, either of which may be empty.

    Raises:
        ConfigError: The alias is empty, a day is no date, or the last comes before the first.
    """
    if not alias.strip():
        place.fail(f"`{column}` has days, but no alias", advice="write it before the bracket")
    begins = read_date(first, place=place, column=column) if first else None
    ends = read_date(last, place=place, column=column) if last else None
    if begins and ends and ends < begins:
        place.fail(
            f"{alias} ends {ends}, before it starts {begins}", advice="correct one of the two"
        )
    return Dated(alias.strip().lower(), begins, ends, place)


def read_date(text: str, *, place: Place, column: str) -> dt.date:
    """A date as YYYY-MM-DD.

    Raises:
        ConfigError: It is not an ISO date.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        place.fail(f"`{column}` is {text!r}", advice="write a date as 2026-11-24")


def read_csv(
    path: Path, columns: Sequence[str], *, optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file that must have these columns and may have others, each with its line.

    Raises:
        ConfigError: The file is missing, is not UTF-8, or its columns are not these.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header, columns, optional)
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


def _check_header(
    path: Path, header: Sequence[str], columns: Sequence[str], optional: Sequence[str]
) -> None:
    known = (*columns, *optional)
    for position, name in enumerate(header):
        if name in header[:position]:
            raise ConfigError(f"{path}:1: two columns `{name}`", advice="keep one of them")
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise ConfigError(
                f"{path}:1: unknown column `{name}`",
                advice=f"did you mean `{close[0]}`?" if close else f"columns: {', '.join(known)}",
            )
    missing = [name for name in columns if name not in header]
    if missing:
        raise ConfigError(
            f"{path}:1: column `{missing[0]}` is missing", advice=f"columns: {', '.join(columns)}"
        )
