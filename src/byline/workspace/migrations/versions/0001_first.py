"""The first schema: terms, withdrawals, decisions, releases, models, events. All append-only."""

import sqlalchemy as sa
from alembic import op

from byline.workspace.ledger.guard import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COLUMNS = {
    "terms": {"digest": sa.Text, "agreements": sa.JSON, "summary": sa.JSON},
    "rosters": {"digest": sa.Text, "summary": sa.JSON},
    "withdrawals": {
        "person": sa.Text,
        "received": sa.Text,
        "classes": sa.JSON,
        "purposes": sa.JSON,
        "note": sa.Text,
    },
    "decision_sets": {"digest": sa.Text, "terms": sa.Text, "as_of": sa.Text, "counts": sa.JSON},
    "releases": {
        "release": sa.Text,
        "name": sa.Text,
        "purposes": sa.JSON,
        "root": sa.Text,
        "manifest_sha256": sa.Text,
        "path": sa.Text,
        "counts": sa.JSON,
        "log_index": sa.Integer,
    },
    "release_contributors": {"release": sa.Text, "contributor": sa.Text, "examples": sa.Integer},
    "models": {
        "model": sa.Text,
        "release": sa.Text,
        "purpose": sa.Text,
        "weights_sha256": sa.Text,
        "path": sa.Text,
        "settings": sa.JSON,
        "log_index": sa.Integer,
    },
    "evaluations": {"model": sa.Text, "release": sa.Text, "figures": sa.JSON},
    "events": {"verb": sa.Text, "subject": sa.Text, "detail": sa.JSON},
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, columns in COLUMNS.items():
        op.create_table(
            table,
            sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
            *(
                sa.Column(name, kind, nullable=name == "log_index")
                for name, kind in columns.items()
            ),
        )
        for statement in guards(dialect, table):
            op.execute(statement)
