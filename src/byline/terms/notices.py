"""Notices served: who was told what, when, and in which words.

Invariants: the result does not depend on the order of rows; identical rows are one; of two servings
that serve a clause equally the earlier counts.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from byline.terms.csv_rows import read_rows

COLUMNS = ("notice", "version", "person", "served", "channel", "language")


@dataclass(frozen=True, order=True, kw_only=True)
class Notice:
    """One notice served to one person on one day."""

    notice: str
    version: str
    person: str
    served: dt.date
    channel: str = ""
    language: str = ""


def read_notices(path: Path, *, people: Collection[str]) -> tuple[Notice, ...]:
    """The rows of notices.csv, sorted; `people` are the ids of the roster.

    Raises:
        ConfigError: A column is unknown or missing, a cell is empty or no date, or a person is not
            on the roster; the message names the line.
    """
    rows = read_rows(path, columns=COLUMNS)
    return unique_notices(
        Notice(
            notice=row.text("notice"),
            version=row.text("version"),
            person=row.person("person", people=people),
            served=row.day("served"),
            channel=row.cells["channel"],
            language=row.cells["language"],
        )
        for row in rows
    )


def unique_notices(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices sorted, with identical ones once."""
    return tuple(sorted(set(notices)))


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders versions as people read them: 2 before 10, 2024-09 before 2025-01."""
    parts = re.findall(r"(\d+)|([^\W\d_]+)", version.casefold())
    return tuple((1, int(digits), "") if digits else (0, 0, word) for digits, word in parts)


def earliest(
    served: Iterable[Notice], *, at_least: str = "", before: dt.date | None = None
) -> Notice | None:
    """The earliest serving of version `at_least` or later (any when empty), before a day if given.

    Servings on the same day are taken in the order of version, channel and language.
    """
    floor = version_order(at_least)
    fitting = (
        each
        for each in served
        if (not at_least or version_order(each.version) >= floor)
        and (before is None or each.served < before)
    )
    return min(fitting, key=lambda n: (n.served, version_order(n.version), n), default=None)
