"""Transactions, and statements that are sent in them through the driver itself.

SQLAlchemy begins and commits a transaction, and builds its rare statements. Sending one through it takes several times
as long as the database takes, so the statements of every write are compiled once and sent without it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, ClassVar

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.sqlite import aiosqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.storage.prepared import Row, Statement, Values


class CompiledStatement:
    """A statement of SQLAlchemy as the database named `dialect` takes it, with parameters of the given names."""

    def __init__(self, statement: ClauseElement, dialect: str, names: Sequence[str]) -> None:
        own = _dialect(dialect)
        compiled = statement.compile(dialect=own, column_keys=[*names])
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("Only queries and changes of rows are compiled")
        self.sql = str(compiled)
        self._constants = {
            name: value for name, value in compiled.construct_params(dict.fromkeys(names)).items() if name not in names
        }
        self._parameters = [
            (name, compiled.binds[name].type.dialect_impl(own).bind_processor(own) if name in names else None)
            for name in compiled.positiontup or ()
        ]

    def arguments(self, values: Values) -> tuple[Any, ...]:
        """Return the driver's parameters. Raise StatementError for text that a database can't store."""
        given = {**self._constants, **values} if self._constants else values
        try:
            return tuple(given[name] if process is None else process(given[name]) for name, process in self._parameters)
        except ValueError as error:
            raise StatementError(str(error), None, None, error) from error


class Transaction(AsyncConnection):
    """Writes that are committed together, or not at all."""

    __slots__ = ()

    observers: ClassVar[list[Callable[["Transaction", str], None]]] = []
    """Called with each statement that is sent through the driver, before it is sent."""

    async def change(self, statement: CompiledStatement, rows: Sequence[Values]) -> int:
        """Send a statement once for each of the rows; return the number of rows that it changed.

        The number is of one row only: PostgreSQL's driver counts nothing for many.
        """
        arguments = [statement.arguments(row) for row in rows]
        for observe in self.observers:
            observe(self, statement.sql)
        driver = self._driver
        if self.dialect.name == "sqlite":
            return await _changed_in_sqlite(driver, statement.sql, arguments)
        return await _changed_in_postgresql(driver, statement.sql, arguments)

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return all rows of a prepared read, as the transaction sees them."""
        arguments = statement.arguments(values)
        for observe in self.observers:
            observe(self, statement.sql)
        fetched = _fetched_from_sqlite if self.dialect.name == "sqlite" else _fetched_from_postgresql
        return await fetched(self._driver, statement.sql, arguments)

    @property
    def _driver(self) -> Any:
        connection = self.sync_connection
        if connection is None:
            raise RuntimeError("The transaction has not begun")
        return connection.connection.driver_connection


@cache
def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        return aiosqlite.dialect()
    from sqlalchemy.dialects.postgresql import asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

    make: type[Dialect] = asyncpg.dialect
    return make()


async def _changed_in_sqlite(driver: Any, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    try:
        changed: int = await driver.run(partial(_changed, sql, rows))
    except sqlite3.Error as error:
        raise _dbapi_error(error) from error
    return changed


async def _fetched_from_sqlite(driver: Any, sql: str, arguments: Any) -> list[Any]:
    try:
        fetched: list[Any] = await driver.run(partial(_all_rows, sql, arguments))
    except sqlite3.Error as error:
        raise _dbapi_error(error) from error
    return fetched


async def _fetched_from_postgresql(driver: Any, sql: str, arguments: Any) -> list[Any]:
    import asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

    try:
        fetched: list[Any] = await driver.fetch(sql, *arguments)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _dbapi_error(error) from error
    return fetched


def _all_rows(sql: str, arguments: Any, connection: sqlite3.Connection) -> list[Any]:
    return connection.execute(sql, arguments).fetchall()


def _changed(sql: str, rows: Sequence[tuple[Any, ...]], connection: sqlite3.Connection) -> int:
    changes = connection.execute(sql, rows[0]) if len(rows) == 1 else connection.executemany(sql, rows)
    return changes.rowcount


async def _changed_in_postgresql(driver: Any, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    import asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

    try:
        if len(rows) > 1:
            await driver.executemany(sql, rows)
            return len(rows)
        status: str = await driver.execute(sql, *rows[0])
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _dbapi_error(error) from error
    return int(status.rpartition(" ")[2])  # such as "INSERT 0 1"


def _dbapi_error(error: Exception) -> DBAPIError:
    """Return what SQLAlchemy raises for an error of a driver, as far as the store distinguishes it."""
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    if code is None and not isinstance(error, ValueError):  # asyncpg's DataError is an argument of the wrong type
        return InterfaceError(None, None, error)
    is_violation = str(code).startswith(("23", "SQLITE_CONSTRAINT"))
    return (IntegrityError if is_violation else DBAPIError)(None, None, error)
