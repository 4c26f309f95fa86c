"""Opening the ledger: durable, one writer at a time, migrated, and plain about what is wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.util import CommandError

from byline.errors import InputError, IntegrityError, RefusedError
from byline.workspace.ledger.tables import CHAIN

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NEWEST = "0005"  # the last migration: a ledger that has it is opened without asking Alembic
BUSY_SECONDS = 30  # how long a writer waits for another
RESTORE = "restore it from a backup; the ledger is never rebuilt silently"
_WRITES = "byline_writes"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY = 0xFF  # the part of an extended result code that names the error


def open_ledger(place: Path | str) -> sa.Engine:
    """Open the ledger at a SQLite path or a database URL, migrating it to this version's schema.

    Raises:
        InputError: The database cannot be opened, or is of a later version.
    """
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(place)))
    else:
        engine = sa.create_engine(place)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _durable)
        sa.event.listen(engine, "begin", _begin)
        sa.event.listen(engine, "handle_error", _in_plain_words)
    try:
        if _version(engine) != NEWEST:
            with engine.connect().execution_options(**{_WRITES: True}) as connection:
                _migrate(connection)
                connection.commit()
    except (sa.exc.DatabaseError, IntegrityError) as error:
        cause = error.__cause__ or error
        raise InputError(f"cannot open the ledger {place}: {cause}", advice=RESTORE) from error
    except CommandError as error:
        raise InputError(
            f"cannot open the ledger {place}: {error}",
            advice="it was written by a later version of byline: use that one",
        ) from error
    return engine


@contextmanager
def writing_facts(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that is the only writer of the ledger until it ends.

    Raises:
        RefusedError: Another process did not stop writing within `BUSY_SECONDS`.
    """
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(f"LOCK TABLE {CHAIN.name} IN EXCLUSIVE MODE"))
        yield connection


def _durable(connection: Any, _record: Any) -> None:
    """Every committed fact survives a power cut (https://sqlite.org/pragma.html)."""
    connection.isolation_level = None  # `_begin` begins transactions, not the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA recursive_triggers=ON")  # INSERT OR REPLACE deletes, and is refused too
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer takes its turn at once: one that read first could not write after another did."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _in_plain_words(context: sa.engine.ExceptionContext) -> None:
    error = context.original_exception
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    place = context.engine.url.database if context.engine else ""
    if code in _DAMAGED:
        raise IntegrityError(f"the ledger {place} is damaged: {error}", advice=RESTORE) from error
    if code in _BUSY:
        raise RefusedError(
            f"another process has been writing in the ledger {place} for {BUSY_SECONDS} seconds",
            advice="wait for it to finish, then run the command again; nothing was recorded",
        ) from error


def _version(engine: sa.Engine) -> str | None:
    """The last migration that the database has had; None for a new one."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def _migrate(connection: sa.Connection) -> None:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
