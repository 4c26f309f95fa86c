"""Checking the ledger against its chain, row by row, in bounded memory.

What is found is named by table and row, never by person. Invariant: a ledger that passes holds, row
for row, what was appended through `byline.workspace.ledger`, up to its last anchor at least.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from byline.errors import IntegrityError
from byline.workspace.ledger.chain import NO_FACTS, Head, row_hash, stored_rows
from byline.workspace.ledger.guard import guards, trigger_names
from byline.workspace.ledger.opening import RESTORE
from byline.workspace.ledger.tables import CHAIN, METADATA

MOST_FAULTS = 100
BATCH = 2_000


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was appended.

    Attributes:
        table: The table; empty where it is the database as a whole.
        row: The row's sequence number, or None where it is the table.
        what: What is wrong with it, in words.
    """

    table: str
    row: int | None
    what: str

    def __str__(self) -> str:
        where = self.table if self.row is None else f"{self.table}, row {self.row}"
        return f"{where}: {self.what}" if where else self.what


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        head: The end of the chain as stored.
        faults: The first `MOST_FAULTS` faults, in the order of the chain.
        num_faults: All of them.
        anchored: The newest anchor that was compared with, or None.
    """

    head: Head
    faults: tuple[Fault, ...]
    num_faults: int
    anchored: Head | None


@dataclass
class _Findings:
    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, table: str, row: int | None, what: str) -> None:
        self.count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(table, row, what))


def check_ledger(engine: sa.Engine, *, anchors: Sequence[Head] = ()) -> Checked:
    """Recompute the whole chain, and compare it with heads that were anchored in the log.

    Found are a row that was changed, removed, added or moved, a link of the chain likewise, a
    trigger that is gone or foreign, an index that disagrees with its table, and, against the
    anchors, an end that was cut off or a chain that was written anew.

    Raises:
        IntegrityError: The ledger cannot be read to its end.
    """
    found = _Findings()
    try:
        with engine.connect().execution_options(yield_per=BATCH) as connection:
            known = set(sa.inspect(connection).get_table_names())
            for name in sorted(set(METADATA.tables) - known):
                found.add(name, None, "the table is gone")
            _check_database(connection, found)
            end = _check_chain(connection, known, {one.count: one.sha256 for one in anchors}, found)
    except sa.exc.DBAPIError as error:
        raise IntegrityError(
            f"the ledger cannot be read to its end: {error.orig}", advice=RESTORE
        ) from error
    newest = max(anchors, default=None)
    if newest is not None and newest.count > end.count:
        found.add(
            CHAIN.name,
            end.count,
            f"the ledger ends here, but the log anchored {newest.count:,} facts: "
            f"{newest.count - end.count:,} were cut off",
        )
    return Checked(end, tuple(found.faults), found.count, newest)


def sound_ledger(engine: sa.Engine, *, anchors: Sequence[Head] = ()) -> Checked:
    """Check the ledger.

    Raises:
        IntegrityError: It is not as it was appended; the first fault is named.
    """
    checked = check_ledger(engine, anchors=anchors)
    if checked.num_faults:
        raise IntegrityError(
            f"the ledger was changed behind its back ({checked.num_faults:,} faults); "
            f"first: {checked.faults[0]}",
            advice="see `byline ledger check`, and restore the ledger from a backup",
        )
    return checked


def _check_database(connection: sa.Connection, found: _Findings) -> None:
    """The triggers that guard the tables, and for SQLite the file's own consistency."""
    dialect = connection.dialect.name
    stored = _triggers(connection)
    wanted: dict[str, tuple[str, str]] = {}
    for table in METADATA.tables:
        statements = guards(dialect, table)[-2:]
        named = zip(trigger_names(table), statements, strict=True)
        wanted |= {name: (table, statement) for name, statement in named}
    for name, (table, statement) in wanted.items():
        if name not in stored:
            found.add(table, None, f"the trigger {name}, which keeps it append-only, is gone")
        elif dialect == "sqlite" and stored[name] != statement:
            found.add(table, None, f"the trigger {name}, which keeps it append-only, was replaced")
    for name in sorted(stored.keys() - wanted.keys()):
        found.add("", None, f"a trigger {name!r} is not the ledger's own")
    if dialect == "sqlite":
        for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
            if said != "ok":
                found.add("", None, f"the file disagrees with itself: {said}")


def _triggers(connection: sa.Connection) -> Mapping[str, str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname AS name, '' AS sql FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgenabled <> 'D'"
        )
    return {row.name: row.sql for row in connection.execute(sa.text(query))}


class _Reader:
    """The rows of one table in order, asked for by their numbers."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self._next: dict[str, Any] | None = next(rows, None)

    def before(self, number: int | None) -> Iterator[int]:
        """The numbers of the rows before `number`, or of all that are left, passing over them."""
        while self._next is not None and (number is None or self._next["sequence"] < number):
            yield self._next["sequence"]
            self._next = next(self._rows, None)

    def take(self, number: int) -> dict[str, Any] | None:
        """The row of this number, if it is the next."""
        if self._next is None or self._next["sequence"] != number:
            return None
        row, self._next = self._next, next(self._rows, None)
        return row


ADDED = "the row is in no link of the chain: it was added behind the ledger's back"
REMOVED = "the row was removed, or moved"
CHANGED = "the row was changed, or its link of the chain was"
GAP = "links of the chain before this one are missing"
REWRITTEN = "the chain up to here was written anew: the log anchored another hash"
FOREIGN = "a link of the chain speaks of a table that is not there"


def _check_chain(
    connection: sa.Connection, known: set[str], anchored: Mapping[int, str], found: _Findings
) -> Head:
    """Follow the chain from its first link; returns its end."""
    readers = {
        name: _Reader(stored_rows(connection, table))
        for name, table in METADATA.tables.items()
        if name in known and table is not CHAIN
    }
    end = NO_FACTS
    links = stored_rows(connection, CHAIN) if CHAIN.name in known else iter(())
    for link in links:
        number, about, row, sha256 = (link[key] for key in ("sequence", "about", "row", "sha256"))
        reader = readers.get(about)
        if reader is None:
            found.add(CHAIN.name, number, FOREIGN)
        else:
            for odd in reader.before(row):
                found.add(about, odd, ADDED)
            taken = reader.take(row)
            if number != end.count + 1:
                found.add(CHAIN.name, number, GAP)
            elif taken is None:
                found.add(about, row, REMOVED)
            elif row_hash(end.sha256, about, taken) != sha256:
                found.add(about, row, CHANGED)
        if anchored.get(number, sha256) != sha256:
            found.add(CHAIN.name, number, REWRITTEN)
        end = Head(number, sha256)
    for name, reader in sorted(readers.items()):
        for odd in reader.before(None):
            found.add(name, odd, ADDED)
    return end
