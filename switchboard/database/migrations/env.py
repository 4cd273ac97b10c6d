"""Alembic's entry point: uses the given connection and no configuration file."""

from alembic import context

from switchboard.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
