"""The history of the tables, as Alembic applies it."""
