"""A hash in the chain for each row that was written before there was one."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from byline.workspace.ledger.chain import extend_chain
from byline.workspace.ledger.tables import CHAIN, METADATA

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    found = sa.inspect(connection)
    old = [
        _as_it_is_now(METADATA.tables[name], {one["name"] for one in found.get_columns(name)})
        for name in sorted(METADATA.tables.keys() & set(found.get_table_names()))
        if name != CHAIN.name
    ]
    extend_chain(connection, ((table, 0) for table in old), recorded=dt.datetime.now(dt.UTC))


def _as_it_is_now(table: sa.Table, present: set[str]) -> sa.Table:
    """The table without the columns that later migrations add."""
    columns = (sa.Column(one.name, one.type) for one in table.c if one.name in present)
    return sa.Table(table.name, sa.MetaData(), *columns)
