"""Run by Alembic: all steps go through the connection, and the transaction, that `storage.schema` opened."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
