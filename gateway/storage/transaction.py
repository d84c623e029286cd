"""Transactions: statements that are sent over one connection between BEGIN and COMMIT."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from gateway.storage.errors import StatementFailed, translated
from gateway.storage.prepared import Dialect, Row, Statement, Values, is_storable_row
from gateway.storage.sqlite_connection import OneStepConnection

TAKE_TURN = "SELECT pg_advisory_xact_lock(7311742001)"
"""Waits for the transactions of other processes on PostgreSQL, no longer than `lock_timeout`."""

_Step = Callable[[sqlite3.Connection], Any]


class Transaction(ABC):
    """Writes that are committed together, or not at all (see `Database.write`)."""

    observers: ClassVar[list[Callable[["Transaction", str], None]]] = []
    """Called with each statement before it is sent, in the task that sends it."""

    _begin: ClassVar[str]

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    async def begin(self) -> None:
        """Begin when it is this process's turn to write. Raise StoreUnavailable if that takes too long."""
        for observe in self.observers:
            observe(self, self._begin)
        with translated():
            await self._execute(self._begin)

    async def commit(self) -> None:
        """Commit durably."""
        with translated():
            await self._execute("COMMIT")

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return all rows of a statement, as the transaction sees them."""
        _check(values)
        for observe in self.observers:
            observe(self, statement.sql)
        with translated():
            return await self._fetch(statement, values)

    async def change(self, sql: str, *rows: Values) -> int:
        """Send a statement (see `prepared`) once for each of the rows; return the number of rows that it changed.

        The number is of one row only: PostgreSQL's driver counts nothing for many. Raise StatementFailed for text that
        a database can't store, and ConstraintViolated.
        """
        for row in rows:
            _check(row)
        statement = self.dialect.statement(sql)
        for observe in self.observers:
            observe(self, statement.sql)
        with translated():
            return await self._change(statement, rows)

    @abstractmethod
    async def _execute(self, sql: str) -> None: ...

    @abstractmethod
    async def _fetch(self, statement: Statement, values: Values) -> list[Row]: ...

    @abstractmethod
    async def _change(self, statement: Statement, rows: Sequence[Values]) -> int: ...


class SqliteTransaction(Transaction):
    """A transaction whose statements are each one step of the connection's thread."""

    _begin = "BEGIN IMMEDIATE"

    def __init__(self, dialect: Dialect, driver: OneStepConnection) -> None:
        super().__init__(dialect)
        self._driver = driver

    async def _execute(self, sql: str) -> None:
        await self._driver.run(partial(_executed, sql))

    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        rows: list[Row] = await self._driver.run(fetched(statement, values))
        return rows

    async def _change(self, statement: Statement, rows: Sequence[Values]) -> int:
        return await self._driver.run(partial(_changed, statement.sql, rows))


class PostgresqlTransaction(Transaction):
    """A transaction over a connection of asyncpg."""

    _begin = f"BEGIN; {TAKE_TURN}"

    def __init__(self, dialect: Dialect, driver: Any) -> None:
        super().__init__(dialect)
        self._driver = driver

    async def _execute(self, sql: str) -> None:
        await self._driver.execute(sql)

    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        rows: list[Row] = await self._driver.fetch(statement.sql, *statement.arguments(values))
        return rows

    async def _change(self, statement: Statement, rows: Sequence[Values]) -> int:
        if len(rows) > 1:
            await self._driver.executemany(statement.sql, [statement.arguments(row) for row in rows])
            return len(rows)
        status: str = await self._driver.execute(statement.sql, *statement.arguments(rows[0]))
        return int(status.rpartition(" ")[2])  # such as "INSERT 0 1"


def fetched(statement: Statement, values: Values) -> _Step:
    """Return the step of an SQLite connection that executes a statement and fetches its rows."""
    return partial(_all_rows, statement.sql, statement.arguments(values))


def _all_rows(sql: str, values: Any, connection: sqlite3.Connection) -> list[Row]:
    return connection.execute(sql, values).fetchall()


def _executed(sql: str, connection: sqlite3.Connection) -> None:
    connection.execute(sql)


def _changed(sql: str, rows: Sequence[Values], connection: sqlite3.Connection) -> int:
    changes = connection.execute(sql, rows[0]) if len(rows) == 1 else connection.executemany(sql, rows)
    return changes.rowcount


def _check(values: Values) -> None:
    if not is_storable_row([*values.values()]):
        raise StatementFailed("the text holds a NUL or a lone surrogate")
