"""SQLite connections whose thread runs a function in one step."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")


class OneStepConnection(aiosqlite.Connection):
    """A connection that runs a statement, and fetches its rows, in one step of its thread.

    Each step wakes the thread and then the event loop, which takes longer than most statements.
    """

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
        self._thread.daemon = True  # An unclosed connection must not keep the process alive.

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


async def open_connection(database: str, **options: Any) -> OneStepConnection:
    """Open a connection, in place of `aiosqlite.connect`."""
    connection = OneStepConnection(database, **options)
    try:
        await connection
    except sqlite3.Error:
        connection.join()
        raise
    return connection
