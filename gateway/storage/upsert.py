"""Upserts: many rows written by one statement, and what a write did to an entity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Insert, Table, func, select
from sqlalchemy.dialects import sqlite

from gateway.storage.database import Transaction

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What a write did: `entity` is as it is stored now, and `is_new` if it was not stored before."""

    entity: T
    is_new: bool


async def upsert(
    transaction: Transaction, table: Table, rows: Sequence[Mapping[str, Any]], keep: tuple[str, ...] = ()
) -> None:
    """Insert rows, or replace those with the same primary keys, except for the columns in `keep`."""
    if rows:
        await transaction.execute(_upsert(table, transaction.dialect.name, keep), rows)


async def insert_new(transaction: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless it breaks a unique index; return whether it was inserted."""
    statement = _insert(table, transaction.dialect.name).on_conflict_do_nothing()
    return (await transaction.execute(statement, row)).rowcount == 1


async def next_ordinal(transaction: Transaction, table: Table) -> int:
    """Return one more than the greatest `ordinal` in the table. No other writer gets it: writers take turns."""
    greatest: int | None = (await transaction.execute(select(func.max(table.c.ordinal)))).scalar_one()
    return (greatest or 0) + 1


def _insert(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (only needed for PostgreSQL)

    return postgresql.insert(table)


@cache
def _upsert(table: Table, dialect: str, keep: tuple[str, ...]) -> Insert:
    statement = _insert(table, dialect)
    replaced = {column.key: statement.excluded[column.key] for column in table.c if column.key not in keep}
    primary = [column.key for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=primary, set_={name: value for name, value in replaced.items() if name not in primary}
    )
