"""Alembic runs this; the connection comes from `migrating.upgrade`."""

from alembic import context

from packhouse.adapters.sql.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
