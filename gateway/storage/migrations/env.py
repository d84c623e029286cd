"""Run by Alembic for every command: on the connection, and in the transaction, that it is handed."""

from alembic import context

from gateway.storage.migrations.metadata import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
