"""Alembic's door: runs the migrations inside the transaction that `migrate` began."""

from alembic import context

from designer.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
