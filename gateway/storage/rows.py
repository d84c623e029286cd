"""Rows of a table: in their order, and written by upserts."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from gateway.storage.database import Transaction
from gateway.storage.prepared import Values
from gateway.storage.schema import Column, Table

T = TypeVar("T")

_OWNER = "(SELECT accounts.user_id FROM accounts WHERE accounts.key = :account_key)"


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of `table`'s rows by `columns`, the last of which makes a row unique.

    Pages that start at a position stay correct while rows are added and deleted, and cost the same anywhere in a list.
    """

    table: Table
    columns: tuple[Column, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """The effect of a write: `entity` as it is stored now; `is_new` if it was not stored before.

    `before` is the entity as it was stored, of meetings alone: filters of subscriptions look at it.
    """

    entity: T
    is_new: bool
    before: T | None = field(default=None, compare=False)


async def insert(transaction: Transaction, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows, all with the same columns."""
    if rows:
        await transaction.change(_insert(table, tuple(rows[0])), *rows)


async def insert_new(transaction: Transaction, table: Table, row: Values) -> bool:
    """Insert a row unless it breaks a unique index; return whether it was inserted."""
    return await transaction.change(_insert_new(table, tuple(row)), row) == 1


async def upsert(
    transaction: Transaction, table: Table, rows: Sequence[Mapping[str, Any]], keep: tuple[str, ...] = ()
) -> None:
    """Insert rows, or replace those with the same primary keys, except for the columns in `keep`.

    Other columns than the rows have get their defaults. A row under an account gets the account's user, unless it has
    one.
    """
    if rows:
        await transaction.change(_upsert(table, keep, tuple(rows[0])), *rows)


async def next_ordinal(transaction: Transaction, table: Table) -> int:
    """Return one more than the greatest `ordinal` in the table. No other writer gets it: writers take turns."""
    statement = transaction.dialect.statement(f"SELECT max({table.name}.ordinal) FROM {table.name}")
    ((greatest,),) = await transaction.fetch(statement, {})
    return (greatest or 0) + 1


async def ordinals(
    transaction: Transaction, table: Table, keys: Collection[Hashable], known: Collection[Hashable]
) -> Sequence[int]:
    """Return an ordinal for the row of each key, the greatest for the first.

    Rows that are known keep theirs: if all are, nothing is looked up.
    """
    following = 0 if all(key in known for key in keys) else await next_ordinal(transaction, table)
    return range(following, following + len(keys))[::-1]


@cache
def _insert(table: Table, names: tuple[str, ...]) -> str:
    values = {name: f":{name}" for name in names}
    if "user_id" in table.c and "account_key" in table.c and "user_id" not in values:
        values["user_id"] = _OWNER
    return f"INSERT INTO {table.name} ({', '.join(values)}) VALUES ({', '.join(values.values())})"


@cache
def _insert_new(table: Table, names: tuple[str, ...]) -> str:
    return f"{_insert(table, names)} ON CONFLICT DO NOTHING"


@cache
def _upsert(table: Table, keep: tuple[str, ...], names: tuple[str, ...]) -> str:
    primary = [column.name for column in table.primary_key]
    replaced = [column.name for column in table.c if column.name not in (*primary, *keep)]
    replacing = ", ".join(f"{name} = excluded.{name}" for name in replaced)
    return f"{_insert(table, names)} ON CONFLICT ({', '.join(primary)}) DO UPDATE SET {replacing}"
