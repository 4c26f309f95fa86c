"""Alembic's environment: migrations run on the connection that `open_ledger` gives."""

from alembic import context

from byline.workspace.ledger.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
