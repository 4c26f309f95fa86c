"""What people said, who left, what is held, where models run, what was accepted, and a chain."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from byline.workspace.ledger.guard import guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT, JSON, INTEGER = sa.Text, sa.JSON, sa.Integer
COLUMNS: dict[str, dict[str, type[sa.types.TypeEngine[Any]]]] = {
    "basis_events": {
        "event": TEXT, "person": TEXT, "at": TEXT, "kind": TEXT, "classes": JSON,
        "purposes": JSON, "speaker": TEXT, "method": TEXT, "expires": TEXT, "note": TEXT,
    },
    "separations": {
        "separation": TEXT, "batch": TEXT, "person": TEXT, "kind": TEXT, "effective": TEXT,
        "country": TEXT, "region": TEXT, "detail": JSON,
    },
    "choices": {
        "separation": TEXT, "person": TEXT, "choice": TEXT, "at": TEXT, "speaker": TEXT,
        "detail": JSON,
    },
    "separation_states": {
        "separation": TEXT, "person": TEXT, "state": TEXT, "at": TEXT, "detail": JSON,
    },
    "holds": {
        "hold": TEXT, "action": TEXT, "matter": TEXT, "people": JSON, "repositories": JSON,
        "custodian": TEXT, "at": TEXT, "note": TEXT,
    },
    "sealed": {"sealing": TEXT, "action": TEXT, "subject": TEXT, "sha256": TEXT, "detail": JSON},
    "receipts": {
        "receipt": TEXT, "kind": TEXT, "subject": TEXT, "batch": TEXT, "sha256": TEXT,
        "path": TEXT, "detail": JSON,
    },
    "deployments": {
        "deployment": TEXT, "action": TEXT, "model": TEXT, "purpose": TEXT, "place": TEXT,
        "job_families": JSON, "at": TEXT, "note": TEXT,
    },
    "pauses": {
        "pause": TEXT, "action": TEXT, "scope": JSON, "at": TEXT, "note": TEXT, "detail": JSON,
    },
    "accepted": {"source": TEXT, "number": INTEGER, "record": TEXT, "manifest": TEXT},
    "person_keys": {
        "person": TEXT, "public_key": TEXT, "action": TEXT, "at": TEXT, "note": TEXT,
    },
    "requests": {"request": TEXT, "person": TEXT, "kind": TEXT, "sha256": TEXT, "content": JSON},
    "chain": {"about": TEXT, "row": INTEGER, "sha256": TEXT},
}  # fmt: skip
INDEXED = {
    "basis_events": "person", "separations": "person", "separation_states": "separation",
    "choices": "separation", "receipts": "subject", "person_keys": "person", "chain": "about",
}  # fmt: skip


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, columns in COLUMNS.items():
        op.create_table(
            table,
            sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
            *(sa.Column(name, kind, nullable=name == "expires") for name, kind in columns.items()),
        )
        for statement in guards(dialect, table):
            op.execute(statement)
    for table, column in INDEXED.items():
        op.create_index(f"ix_{table}_{column}", table, [column])
