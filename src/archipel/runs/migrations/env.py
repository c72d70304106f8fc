"""alembic's entry: the connection is handed over by `archipel.runs.store.upgrade`."""

from alembic import context

from archipel.runs.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
