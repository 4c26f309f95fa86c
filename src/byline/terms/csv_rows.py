"""Rows of a CSV file with a fixed header, each with its line; the shared part of the readers.

Invariants: the header is exact, every cell is trimmed, and every error names file and line.
"""

import csv
import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from byline.errors import ConfigError
from byline.terms.agreements import suggestion

MAX_CELL = 100_000  # characters


class Row(NamedTuple):
    """One row: where it stands and its cells by column."""

    file: Path
    line: int
    cells: dict[str, str]

    def fail(self, message: str, *, advice: str = "") -> NoReturn:
        """Raise the ConfigError that says `message` at this row."""
        raise ConfigError(f"{self.file}:{self.line}: {message}", advice=advice)

    def text(self, column: str) -> str:
        """The cell, which must not be empty."""
        return self.cells[column] or self.fail(f"`{column}` is empty")

    def day(self, column: str) -> dt.date:
        """The cell as a date written as YYYY-MM-DD."""
        value = self.text(column)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        return self.fail(f"`{column}` is {value!r}, which is not a date such as 2024-09-01")

    def day_or_none(self, column: str) -> dt.date | None:
        """The cell as a date, or None where it is empty."""
        return self.day(column) if self.cells[column] else None

    def person(self, column: str, *, people: Collection[str]) -> str:
        """The cell as the id of one of `people`."""
        value = self.text(column)
        if value in people:
            return value
        near = difflib.get_close_matches(value, sorted(people), n=1)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        return self.fail(
            f"{value!r} is not on the roster", advice=f"{meant}Correct it or the roster."
        )

    def words(self, column: str, *, known: Sequence[str]) -> tuple[str, ...]:
        """The cell as words separated by semicolons, each of `known`; sorted, repeats dropped."""
        words = {word.strip() for word in self.text(column).split(";")}
        for word in sorted(words - set(known)):
            self.fail(
                f"`{column}`: {word!r} is not one of {', '.join(known)}{suggestion(word, known)}"
            )
        return tuple(sorted(words))


def read_rows(path: Path, *, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a CSV file whose header is `columns`, in any order; blank rows are skipped.

    A column of `optional` that the header lacks is an empty cell in every row.

    Raises:
        ConfigError: The file cannot be read, is not UTF-8 or CSV, its header has an unknown,
            missing or repeated column, or a row has another number of cells than the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            yield from _rows(path, csv.reader(source, strict=True), columns, optional)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8", advice="Save the file as UTF-8.") from error


def _rows(
    path: Path, reader: Any, columns: Sequence[str], optional: Sequence[str]
) -> Iterator[Row]:
    header: list[str] | None = None
    absent: dict[str, str] = {}
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if header is None:
                header = _checked_header(path, cells, columns, optional)
                absent = dict.fromkeys(set(optional) - set(header), "")
            elif any(cells):
                row = _row(path, reader.line_num, header, cells)
                row.cells.update(absent)
                yield row
    except csv.Error as error:
        raise ConfigError(f"{path}:{reader.line_num}: not valid CSV: {error}") from error
    if header is None:
        raise ConfigError(f"{path}:1: empty; the header is {','.join(columns)}")


def _checked_header(
    path: Path, header: list[str], columns: Sequence[str], optional: Sequence[str]
) -> list[str]:
    place, expected = f"{path}:1", f"The header is {','.join(columns)}."
    if optional:
        expected += f" These may follow: {','.join(optional)}."
    for name in header:
        if name not in columns and name not in optional:
            near = suggestion(name, [*columns, *optional])
            raise ConfigError(f"{place}: unknown column {name!r}{near}", advice=expected)
        if header.count(name) > 1:
            raise ConfigError(f"{place}: the column {name!r} is given twice", advice=expected)
    for name in columns:
        if name not in header:
            raise ConfigError(f"{place}: the column {name!r} is missing", advice=expected)
    return header


def _row(path: Path, line: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    row = Row(path, line, dict(zip(header, cells, strict=False)))
    if len(cells) != len(header):
        row.fail(f"{len(cells)} cells, but the header has {len(header)}")
    if any(len(cell) > MAX_CELL for cell in cells):
        row.fail(f"a cell is longer than {MAX_CELL} characters")
    return row
