"""Opening the ledger, adding facts to it, and asking it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from byline.errors import InputError
from byline.workspace.ledger import tables

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def open_ledger(place: Path | str) -> sa.Engine:
    """Open the ledger at a SQLite path or a database URL, migrating it to this version's schema.

    Raises:
        InputError: The database cannot be opened.
    """
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(place)))
        sa.event.listen(engine, "connect", _durable)
    else:
        engine = sa.create_engine(place)
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except sa.exc.DatabaseError as error:
        raise InputError(
            f"cannot open the ledger {place}: {error.__cause__ or error}",
            advice="restore it from a backup; the ledger is never rebuilt silently",
        ) from error
    return engine


def _durable(connection: Any, _record: Any) -> None:
    """Every committed fact survives a power cut (https://sqlite.org/pragma.html)."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA recursive_triggers=ON")  # INSERT OR REPLACE deletes, and is refused too
    cursor.close()


def _migrate(connection: sa.Connection) -> None:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def append(engine: sa.Engine, table: sa.Table, *facts: Mapping[str, Any]) -> None:
    """Add facts to a table of the ledger, all or none, stamped with the time now."""
    if not facts:
        return
    recorded = dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{**fact, "recorded": recorded} for fact in facts])


def rows(engine: sa.Engine, table: sa.Table, **equals: Any) -> list[dict[str, Any]]:
    """The facts of a table whose columns equal the given values, oldest first."""
    query = sa.select(table).order_by(table.c.sequence)
    for column, value in equals.items():
        query = query.where(table.c[column] == value)
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001


def releases(engine: sa.Engine) -> list[dict[str, Any]]:
    """Every release, oldest first."""
    return rows(engine, tables.RELEASES)


def find_release(engine: sa.Engine, release: str | None) -> dict[str, Any]:
    """The release with this id (or a unique prefix of it); the newest when none is given.

    Raises:
        InputError: There is none, or the prefix fits several.
    """
    known = releases(engine)
    found = [row for row in known if release is None or row["release"].startswith(release)]
    if not found:
        raise InputError(
            f"no release {release}" if release else "there is no release yet",
            advice="run `byline release`; `byline release --list` shows what there is",
        )
    if release is not None and len({row["release"] for row in found}) > 1:
        raise InputError(f"{release} fits several releases", advice="give more of the id")
    return found[-1]


def models_of(engine: sa.Engine, releases: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Every model, or those taught by the given releases, oldest first."""
    known = rows(engine, tables.MODELS)
    return [row for row in known if releases is None or row["release"] in releases]


def withdrawals(engine: sa.Engine) -> list[dict[str, Any]]:
    """Every withdrawal on record, oldest first."""
    return rows(engine, tables.WITHDRAWALS)
