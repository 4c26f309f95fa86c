"""Whose work it is, by rule: repositories, paths, people, addresses and dates, and declarations.

Rules are read in order and the first that fits decides. What people declared of their own time
(`own_time.csv`) comes before every rule of the organisation. Silence of all rules leaves the owner
that the repository has, or ``third-party`` where detectors say so; a rule that names paths is a
person's word on those very files and goes before detectors.

Invariant: rules speak of places, people, addresses, dates of the calendar and states of employment.
The hour or the weekday of a commit is never read: when somebody works is not Byline's business, and
a clock says nothing of whose work it was.
"""

import datetime as dt
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.corpus.attributes import glob_pattern
from byline.terms.csv_rows import Row, read_rows

OWN_TIME: Final = "own-time"
COLUMNS: Final = ("person", "repository", "path", "from", "until", "note")
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """One rule; every list that is not empty must match, and so must both days.

    Attributes:
        owner: Whose the work is that it fits.
        repositories: Globs over names of repositories.
        remotes: Globs over where repositories were read from: an address or a folder.
        paths: Globs over paths, as in gitattributes(5).
        people: Ids of the roster, or ``email:<address>`` of an outsider.
        emails: Globs over addresses as recorded, in lower case.
        employment: States of employment at author time.
        licences: SPDX expressions of the file or repository, exactly.
        first: First day of authorship that it covers.
        last: Last day of authorship that it covers.
        evidence: Where the rule stands, and its note.
    """

    owner: str
    repositories: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    employment: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    evidence: str = ""

    def names_repository(self, name: str, remote: str) -> bool:
        """Whether the rule may speak of this repository at all."""
        return _any(self.repositories, name) and _any(self.remotes, remote)


def read_own_time(path: Path) -> tuple[Rule, ...]:
    """What people declared of their own time: CSV ``person,repository,path,from,until,note``.

    A row needs a person and a repository (a glob; ``*`` is every one). An empty path means all of
    it, an empty day no bound.

    Raises:
        ConfigError: A column or a date is wrong; the message names file and line.
    """
    return tuple(_declared(row) for row in read_rows(path, columns=COLUMNS))


def _declared(row: Row) -> Rule:
    first = row.day("from") if row.cells["from"] else None
    last = row.day("until") if row.cells["until"] else None
    if first and last and last < first:
        row.fail(f"`until` {last} is before `from` {first}")
    note = f": {row.cells['note']}" if row.cells["note"] else ""
    return Rule(
        owner=OWN_TIME,
        repositories=(row.text("repository"),),
        paths=(row.cells["path"],) if row.cells["path"] else (),
        people=(row.text("person"),),
        first=first,
        last=last,
        evidence=f"{row.file.name}, line {row.line}{note}",
    )


def owners_by_rule(
    table: pa.Table, rules: Sequence[Rule], paths: Sequence[Sequence[str]]
) -> tuple[pa.Array, Flags, pa.Array]:
    """The owner that rules give each contribution.

    Args:
        table: Columns ``person``, ``email``, ``employment``, ``licence`` and ``authored``.
        rules: Those that may speak of this repository, in order.
        paths: The paths of each row's item: one of a file, all of a commit's for a message.

    Returns:
        Owners (null where no rule fits), whether the rule named paths, and its evidence.
    """
    chosen = np.full(table.num_rows, -1, dtype=np.int64)
    for number, rule in enumerate(rules):
        open_rows = chosen < 0
        if not open_rows.any():
            break
        chosen[open_rows & _fits(rule, table, paths)] = number
    index = pa.array(chosen, mask=chosen < 0)
    by_path = np.array([bool(rule.paths) for rule in rules] or [False])
    owners = pa.array([rule.owner for rule in rules], pa.string())
    evidence = pa.array([rule.evidence for rule in rules], pa.string())
    return owners.take(index), by_path[chosen] & (chosen >= 0), evidence.take(index)


def _fits(rule: Rule, table: pa.Table, paths: Sequence[Sequence[str]]) -> Flags:
    fits = np.ones(table.num_rows, dtype=np.bool_)
    if rule.people:
        fits &= _is_in(table["person"], rule.people)
    if rule.employment:
        fits &= _is_in(table["employment"], rule.employment)
    if rule.licences:
        fits &= _is_in(table["licence"], rule.licences)
    if rule.emails:
        fits &= _matches(table["email"], rule.emails)
    days = pc.cast(table["authored"], pa.timestamp("s")).cast(pa.date32())
    if rule.first is not None:
        fits &= _flags(pc.greater_equal(days, pa.scalar(rule.first)))
    if rule.last is not None:
        fits &= _flags(pc.less_equal(days, pa.scalar(rule.last)))
    if rule.paths:
        for place in np.flatnonzero(fits).tolist():
            fits[place] = any(_in_paths(rule.paths, path) for path in paths[place])
    return fits


def _is_in(column: pa.ChunkedArray, words: Sequence[str]) -> Flags:
    return _flags(pc.is_in(column, value_set=pa.array(words, pa.string())))


def _matches(column: pa.ChunkedArray, globs: Sequence[str]) -> Flags:
    distinct = pc.unique(column).to_pylist()
    fitting = [one for one in distinct if one is not None and _any(globs, one.strip().lower())]
    return _is_in(column, fitting)


def _flags(column: Any) -> Flags:
    found: Flags = np.asarray(pc.fill_null(column, False), dtype=np.bool_)
    return found


def _any(globs: Sequence[str], text: str) -> bool:
    return not globs or any(_glob(one).fullmatch(text) for one in globs)


@functools.lru_cache(maxsize=1024)
def _glob(text: str) -> re.Pattern[str]:
    """A glob in which ``*`` is any run of characters and ``?`` one; nothing else is special."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(one) or re.escape(one) for one in text), re.DOTALL)


def _in_paths(globs: Sequence[str], path: str) -> bool:
    return any((pattern := glob_pattern(one)) is not None and pattern.search(path) for one in globs)


def rules_digest(rules: Sequence[Rule]) -> str:
    """Text that identifies rules, field by field."""
    return repr([[getattr(rule, one.name) for one in fields(rule)] for rule in rules])
