"""Merges and splits of addresses, as a person confirmed them."""

import sqlalchemy as sa
from alembic import op

from byline.workspace.ledger.guard import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aliases",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("action", "email", "person", "note")
        ),
    )
    for statement in guards(op.get_bind().dialect.name, "aliases"):
        op.execute(statement)
