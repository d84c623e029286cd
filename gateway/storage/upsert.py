"""Writing many rows with one statement, whatever their number."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Insert, Table, func, select
from sqlalchemy.dialects import sqlite

from gateway.storage.database import Transaction

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


async def upsert(
    transaction: Transaction, table: Table, rows: Sequence[Mapping[str, Any]], keep: tuple[str, ...] = ()
) -> None:
    """Inserts the rows, or replaces what is there under their primary keys, except for the columns in `keep`."""
    if rows:
        await transaction.execute(_upsert(table, transaction.dialect.name, keep), rows)


async def insert_new(transaction: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Inserts the row unless it breaks a unique index; whether it was inserted."""
    statement = _insert(table, transaction.dialect.name).on_conflict_do_nothing()
    return (await transaction.execute(statement, row)).rowcount == 1


async def next_ordinal(transaction: Transaction, table: Table) -> int:
    """One more than the greatest `ordinal` in the table: writers take turns, so nobody else gets it."""
    greatest: int | None = (await transaction.execute(select(func.max(table.c.ordinal)))).scalar_one()
    return (greatest or 0) + 1


def _insert(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 — only who uses it has to load it

    return postgresql.insert(table)


@cache
def _upsert(table: Table, dialect: str, keep: tuple[str, ...]) -> Insert:
    statement = _insert(table, dialect)
    replaced = {column.key: statement.excluded[column.key] for column in table.c if column.key not in keep}
    primary = [column.key for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=primary, set_={name: value for name, value in replaced.items() if name not in primary}
    )
