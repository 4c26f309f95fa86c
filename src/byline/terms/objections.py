"""Objections and withdrawals: the say of the person whose work it is.

Invariants: one received on or before the use date excludes, whatever the basis; "*" means every
class, and every purpose including the restricted ones; nothing here ever includes.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from byline.terms.csv_rows import read_rows
from byline.terms.purposes import EVERY, Purpose
from byline.terms.vocabulary import CLASSES

COLUMNS = ("id", "person", "received", "classes", "purposes", "note")
_CLASS_WORDS = (*sorted(CLASSES), EVERY)
_PURPOSE_WORDS = (*Purpose, EVERY)


@dataclass(frozen=True, order=True, kw_only=True)
class Withdrawal:
    """A person's work is withdrawn from classes and purposes; recorded in the ledger."""

    person: str
    received: dt.date
    classes: tuple[str, ...] = (EVERY,)
    purposes: tuple[str, ...] = (EVERY,)

    def covers(self, *, work_class: str, purpose: str, as_of: dt.date) -> bool:
        """Whether it was received by the use date and speaks about this class and purpose."""
        return (
            self.received <= as_of
            and (EVERY in self.classes or work_class in self.classes)
            and (EVERY in self.purposes or purpose in self.purposes)
        )


@dataclass(frozen=True, order=True, kw_only=True)
class Objection(Withdrawal):
    """A person objects to uses of their work; `id` is the organisation's own."""

    id: str
    note: str = ""


def read_objections(path: Path, *, people: Collection[str]) -> tuple[Objection, ...]:
    """The rows of objections.csv, sorted; `people` are the ids of the roster.

    Raises:
        ConfigError: A column, class, purpose or person is unknown, a cell is empty or no date, or
            one id stands for two different objections; the message names the line.
    """
    seen: dict[str, Objection] = {}
    for row in read_rows(path, columns=COLUMNS):
        objection = Objection(
            id=row.text("id"),
            person=row.person("person", people=people),
            received=row.day("received"),
            classes=row.words("classes", known=_CLASS_WORDS),
            purposes=row.words("purposes", known=_PURPOSE_WORDS),
            note=row.cells["note"],
        )
        if seen.setdefault(objection.id, objection) != objection:
            row.fail(f"the objection id {objection.id!r} stands for another objection already")
    return tuple(sorted(seen.values()))
