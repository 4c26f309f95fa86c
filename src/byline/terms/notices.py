"""Notices served: who was told what, when, how, and in which words.

Invariants: the result does not depend on the order of rows; identical rows are one; of two servings
that serve a clause equally the earlier counts.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.terms.csv_rows import Row, read_rows

COLUMNS = ("notice", "version", "person", "served", "channel", "language")
OPTIONAL_COLUMNS = ("opened", "acknowledged", "method")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notice served to one person on one day.

    Attributes:
        channel: By what way it came: "e-mail", "letter", "portal".
        language: Of the words that the person was given, such as ``de``.
        opened: The day on which the person opened it, where that is known.
        acknowledged: The day on which the person confirmed that they had it.
        method: How they confirmed it: "signature", "button".
    """

    notice: str
    version: str
    person: str
    served: dt.date
    channel: str = ""
    language: str = ""
    opened: dt.date | None = None
    acknowledged: dt.date | None = None
    method: str = ""

    def __lt__(self, other: object) -> bool:
        """The order of the fields; a day that is not known comes before every day."""
        if not isinstance(other, Notice):
            return NotImplemented
        return self._order < other._order

    @property
    def _order(self) -> tuple[Any, ...]:
        days = (self.opened or dt.date.min, self.acknowledged or dt.date.min)
        names = (self.notice, self.version, self.person, self.served, self.channel, self.language)
        return (*names, *days, self.method)


def read_notices(path: Path, *, people: Collection[str]) -> tuple[Notice, ...]:
    """The rows of notices.csv, sorted; `people` are the ids of the roster.

    Raises:
        ConfigError: A column is unknown or missing, a cell is empty or no date, a person is not on
            the roster, or a notice was opened or acknowledged before it was served; the message
            names the line.
    """
    rows = read_rows(path, columns=COLUMNS, optional=OPTIONAL_COLUMNS)
    return unique_notices(_notice(row, people) for row in rows)


def _notice(row: Row, people: Collection[str]) -> Notice:
    served = row.day("served")
    opened, acknowledged = row.day_or_none("opened"), row.day_or_none("acknowledged")
    for name, day in (("opened", opened), ("acknowledged", acknowledged)):
        if day is not None and day < served:
            row.fail(f"`{name}` {day} is before `served` {served}")
    return Notice(
        notice=row.text("notice"),
        version=row.text("version"),
        person=row.person("person", people=people),
        served=served,
        channel=row.cells["channel"],
        language=row.cells["language"],
        opened=opened,
        acknowledged=acknowledged,
        method=row.cells["method"],
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
