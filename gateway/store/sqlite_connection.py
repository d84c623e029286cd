"""SQLite connections that run a statement in one step of their thread.

SQLAlchemy takes a statement through aiosqlite in four: make a cursor, execute, fetch, close. Each wakes the thread of
the connection and then the event loop, which takes longer than most statements do.
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
    """Its cursors have all rows of a statement as soon as it is executed."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy makes them: one that was not closed must not outlive the process

    def cursor(self) -> Result[aiosqlite.Cursor]:
        return Result(self._new_cursor())

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """What `function` returns or raises in the connection's thread, after everything that was begun before."""
        if not self._running:
            raise ValueError("Connection closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(function, self._conn)))
        return await future

    def join(self) -> None:
        """Wait for the thread of a connection that could not be opened: it must not outlive the event loop."""
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
        """There is nothing to close: a statement whose rows are all fetched holds nothing."""


async def open_connection(database: str, **options: Any) -> aiosqlite.Connection:
    """What SQLAlchemy calls instead of `aiosqlite.connect`."""
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
