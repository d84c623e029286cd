"""SQLite connections that run each statement in one step of their thread.

SQLAlchemy runs a statement through aiosqlite in four steps: make a cursor, execute, fetch, close. Each of them wakes
the connection's thread and then the event loop, which takes longer than most statements.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import aiosqlite
from aiosqlite.context import Result

T = TypeVar("T")

_Rows = list[Any]


class OneStepConnection(aiosqlite.Connection):
    """A connection whose cursors fetch all rows of a statement when they execute it."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
        self._thread.daemon = True  # As SQLAlchemy does: an unclosed connection must not keep the process alive.

    def cursor(self) -> Result[aiosqlite.Cursor]:
        return Result(self._new_cursor())

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Return or raise the outcome of a function that runs in the connection's thread, after earlier ones."""
        if not self._running:
            raise ValueError("Connection closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(function, self._conn)))
        return await future

    def join(self) -> None:
        """Wait for the thread of a connection that failed to open: it must not outlive the event loop."""
        self._thread.join()

    async def _new_cursor(self) -> aiosqlite.Cursor:
        return _OneStepCursor(self)


class _OneStepCursor(aiosqlite.Cursor):
    def __init__(self, connection: OneStepConnection) -> None:
        self._connection = connection
        self._rows: _Rows = []

    async def execute(self, sql: str, parameters: Any = ()) -> aiosqlite.Cursor:
        self._cursor, self._rows = await self._connection.run(partial(_executed, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Any) -> aiosqlite.Cursor:
        self._cursor, self._rows = await self._connection.run(partial(_executed_many, sql, parameters))
        return self

    async def fetchall(self) -> _Rows:
        return self._rows

    async def close(self) -> None:
        """Do nothing: a statement whose rows are all fetched holds no resources."""


async def open_connection(database: str, **options: Any) -> aiosqlite.Connection:
    """Open a connection, in place of `aiosqlite.connect`."""
    connection = OneStepConnection(database, **options)
    try:
        return await connection
    except sqlite3.Error:
        connection.join()
        raise


def _executed(sql: str, parameters: Any, connection: sqlite3.Connection) -> tuple[sqlite3.Cursor, _Rows]:
    cursor = connection.execute(sql, parameters)
    return cursor, cursor.fetchall()


def _executed_many(sql: str, parameters: Any, connection: sqlite3.Connection) -> tuple[sqlite3.Cursor, _Rows]:
    cursor = connection.executemany(sql, parameters)
    return cursor, cursor.fetchall()
