"""Adding facts to the ledger, and asking it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from byline.errors import InputError
from byline.workspace.ledger import tables
from byline.workspace.ledger.chain import extend_chain, last_sequence
from byline.workspace.ledger.opening import writing_facts

BATCH = 65_536


def append(engine: sa.Engine, table: sa.Table, *facts: Mapping[str, Any]) -> None:
    """Add facts to a table of the ledger, all or none, stamped with the time now.

    Raises:
        RefusedError: Another process has been writing in the ledger for too long.
    """
    append_all(engine, {table: facts})


def append_all(engine: sa.Engine, facts: Mapping[sa.Table, Sequence[Mapping[str, Any]]]) -> None:
    """Add facts to several tables, all of them or none, each with its hash in the chain.

    A column that may be null can be left out of a fact.

    Raises:
        RefusedError: Another process has been writing in the ledger for too long.
    """
    wanted = {table: given for table, given in facts.items() if given}
    if not wanted:
        return
    with writing_facts(engine) as connection:
        recorded = dt.datetime.now(dt.UTC)
        marks = [(table, last_sequence(connection, table)) for table in wanted]
        for table, given in wanted.items():
            blank = {column.name: None for column in table.c if column.nullable}
            stamped = [{**blank, **fact, "recorded": recorded} for fact in given]
            connection.execute(table.insert(), stamped)
        extend_chain(connection, marks, recorded=recorded)


def rows(engine: sa.Engine, table: sa.Table, **equals: Any) -> list[dict[str, Any]]:
    """The facts of a table whose columns equal the given values, oldest first."""
    query = sa.select(table).order_by(table.c.sequence)
    for column, value in equals.items():
        query = query.where(table.c[column] == value)
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001


def table_of(engine: sa.Engine, table: sa.Table, columns: Sequence[str], **equals: Any) -> pa.Table:
    """Columns of a table as Arrow, oldest first: integers as int64, all else as text.

    JSON columns come as the JSON text that is stored (`pyarrow` and DuckDB read it), `recorded` as
    the text of the instant in UTC.
    """
    query = sa.select(*(_as_text(table.c[name]) for name in columns)).order_by(table.c.sequence)
    for column, value in equals.items():
        query = query.where(table.c[column] == value)
    schema = pa.schema([(name, _arrow_type(table.c[name])) for name in columns])
    batches = []
    with engine.connect() as connection:
        for part in connection.execute(query).partitions(BATCH):
            values = zip(*part, strict=True)
            arrays = [pa.array(one, field.type) for one, field in zip(values, schema, strict=True)]
            batches.append(pa.record_batch(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema)


def _as_text(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.JSON | sa.DateTime):
        return sa.cast(column, sa.Text)
    return column


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    return pa.int64() if isinstance(column.type, sa.Integer) else pa.string()


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
