"""Who confirmed a merge or a split. What was recorded before says nobody's name."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("aliases", sa.Column("actor", sa.Text, nullable=False, server_default=""))
