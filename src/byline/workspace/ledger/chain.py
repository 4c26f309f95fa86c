"""The chain: a hash for each row of the ledger, over the row as stored and the hash before it.

Each append writes the rows and their hashes in one transaction, so that a row that was changed,
removed, added or put elsewhere behind the ledger's back no longer fits. Invariants:

- A hash is SHA-256 over `DOMAIN` and the JSON array ``[hash before, table, row]`` with sorted keys
  and no white space. A row is an object of its columns as they are stored, JSON columns as the text
  they are stored as; a column that is null is left out, so a column that a later migration adds is
  nullable and changes no hash.
- The first row follows `GENESIS`. `sequence` of the chain counts from 1 without a gap.
- The chain alone does not notice that its end was cut off, or that all of it was written anew: for
  that, its head stands in the transparency log (`byline.release.anchors`).
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from byline.workspace.ledger.tables import CHAIN

DOMAIN = b"byline ledger chain 1\n"
GENESIS = "0" * 64


@dataclass(frozen=True, order=True)
class Head:
    """The end of the chain: how many rows it covers, and the hash of the last one."""

    count: int
    sha256: str


NO_FACTS = Head(0, GENESIS)


def row_hash(previous: str, about: str, row: Mapping[str, object]) -> str:
    """The hash of a row of the table `about`, given as stored, after the hash `previous`."""
    kept = {name: value for name, value in row.items() if value is not None}
    line = json.dumps(
        [previous, about, kept], sort_keys=True, separators=(",", ":"), default=_plain
    )
    return hashlib.sha256(DOMAIN + line.encode("ascii")).hexdigest()


def _plain(value: object) -> str:
    """A value that JSON does not have: an instant as PostgreSQL gives it, or something odd."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return repr(value)


def stored_rows(
    connection: sa.Connection, table: sa.Table, *, after: int = 0
) -> Iterator[dict[str, Any]]:
    """The rows of a table beyond a sequence number, in order, each column as it is stored."""
    query = sa.select(*(_as_stored(column) for column in table.c))
    query = query.where(table.c.sequence > after).order_by(table.c.sequence)
    names = table.c.keys()
    for row in connection.execute(query):
        yield dict(zip(names, row, strict=True))


def _as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.JSON):
        return sa.cast(column, sa.Text)
    return sa.type_coerce(column, sa.Text) if isinstance(column.type, sa.DateTime) else column


def last_sequence(connection: sa.Connection, table: sa.Table) -> int:
    """The number of the last row of a table; 0 when it is empty."""
    return int(connection.scalar(sa.select(sa.func.max(table.c.sequence))) or 0)


def head_of(connection: sa.Connection) -> Head:
    """The end of the chain, inside a transaction."""
    newest = sa.select(CHAIN.c.sequence, CHAIN.c.sha256).order_by(CHAIN.c.sequence.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    return Head(found.sequence, found.sha256) if found else NO_FACTS


def head(engine: sa.Engine) -> Head:
    """The end of the chain."""
    with engine.connect() as connection:
        return head_of(connection)


def sha256_at(engine: sa.Engine, count: int) -> str | None:
    """The hash after `count` facts, or None if there are not so many; `GENESIS` after none."""
    if count == 0:
        return GENESIS
    with engine.connect() as connection:
        return connection.scalar(sa.select(CHAIN.c.sha256).where(CHAIN.c.sequence == count))


def extend_chain(
    connection: sa.Connection, tables: Iterable[tuple[sa.Table, int]], *, recorded: dt.datetime
) -> None:
    """Chain the rows of each table that stand beyond a sequence number.

    The rows are read back from the database, so that what is hashed is what is stored.
    """
    end = head_of(connection)
    number, previous = end.count, end.sha256
    links: list[dict[str, Any]] = []
    for table, after in tables:
        for row in stored_rows(connection, table, after=after):
            number, previous = number + 1, row_hash(previous, table.name, row)
            links.append(
                {"sequence": number, "recorded": recorded, "about": table.name,
                 "row": row["sequence"], "sha256": previous}
            )  # fmt: skip
    _write(connection, links)


def _write(connection: sa.Connection, links: Sequence[dict[str, Any]]) -> None:
    if links:
        connection.execute(CHAIN.insert(), links)
