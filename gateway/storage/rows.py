"""Rows of a table: in their order, and written by upserts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Row, Table, bindparam, func, select
from sqlalchemy.dialects import sqlite

from gateway.storage.database import Database, Transaction
from gateway.storage.tables import accounts
from gateway.storage.transaction import CompiledStatement

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of `table`'s rows by `columns`, the last of which makes a row unique.

    Pages that start at a position stay correct while rows are added and deleted, and cost the same anywhere in a list.
    """

    table: Table
    columns: tuple[Column[Any], ...]
    descending: bool = False

    def order(self) -> list[ColumnElement[Any]]:
        """Return the ORDER BY columns."""
        return [column.desc() if self.descending else column.asc() for column in self.columns]


@dataclass(frozen=True, slots=True)
class OrderedRows(Generic[T]):
    """The rows of `keyset`'s table, converted by `model`: for reads that no query makes (see `entity_table`)."""

    database: Database
    keyset: Keyset
    model: Callable[[Row[Any]], T]

    async def where(self, within: ColumnElement[bool], transaction: Transaction | None = None) -> list[T]:
        """Return all rows within a predicate, with a `transaction` as it sees them."""
        statement = select(self.keyset.table).where(within).order_by(*self.keyset.order())
        async with self.database.read(transaction) as connection:
            return [self.model(row) for row in await connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """The effect of a write: `entity` as it is stored now; `is_new` if it was not stored before."""

    entity: T
    is_new: bool


async def upsert(
    transaction: Transaction, table: Table, rows: Sequence[Mapping[str, Any]], keep: tuple[str, ...] = ()
) -> None:
    """Insert rows, or replace those with the same primary keys, except for the columns in `keep`.

    A row under an account gets the account's user, unless it has one.
    """
    if not rows:
        return
    is_owned = "user_id" in table.c and "account_key" in table.c and "user_id" not in rows[0]
    sent = [{**row, "owner": row["account_key"]} for row in rows] if is_owned else rows
    await transaction.change(_upsert(table, transaction.dialect.name, keep, tuple(sent[0])), sent)


async def insert_new(transaction: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless it breaks a unique index; return whether it was inserted."""
    return await transaction.change(_insert_new(table, transaction.dialect.name, tuple(row)), [row]) == 1


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
def _insert_new(table: Table, dialect: str, names: tuple[str, ...]) -> CompiledStatement:
    return CompiledStatement(_insert(table, dialect).on_conflict_do_nothing(), dialect, names)


@cache
def _upsert(table: Table, dialect: str, keep: tuple[str, ...], names: tuple[str, ...]) -> CompiledStatement:
    statement = _insert(table, dialect)
    if "owner" in names:
        owner = select(accounts.c.user_id).where(accounts.c.key == bindparam("owner")).scalar_subquery()
        statement = statement.values(user_id=owner)
    replaced = {column.key: statement.excluded[column.key] for column in table.c if column.key not in keep}
    primary = [column.key for column in table.primary_key]
    replacing = statement.on_conflict_do_update(
        index_elements=primary, set_={name: value for name, value in replaced.items() if name not in primary}
    )
    return CompiledStatement(replacing, dialect, names)
