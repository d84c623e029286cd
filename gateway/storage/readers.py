"""Readers: each read is one statement on a connection of its own, and sees what is committed."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Generic, TypeVar

from gateway.storage.connections import Connections, PostgresqlConnections, SqliteConnections
from gateway.storage.errors import BUSY, LOST, translated, unavailable
from gateway.storage.prepared import Row, Statement, Values
from gateway.storage.sqlite_connection import OneStepConnection
from gateway.storage.transaction import fetched
from providers.domain.errors import StoreUnavailable

C = TypeVar("C")

QUEUE_SECONDS = 30
"""Time for which a reader waits for a free connection."""


class Readers(ABC, Generic[C]):
    """As many readers at once as there may be connections; the others wait."""

    observers: ClassVar[list[Callable[["Readers[Any]", Statement, Values], None]]] = []
    """Called with each statement before it is sent, in the task that sends it."""

    def __init__(self, connections: Connections[C], size: int) -> None:
        self.connections = connections
        self._slots = asyncio.Semaphore(size)
        self._is_abandoned = False

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return all rows of a statement. Raise StoreUnavailable."""
        for observe in self.observers:
            observe(self, statement, values)
        async with self._slot():
            if self._is_abandoned:
                raise StoreUnavailable(LOST)
            with translated():
                return await self._fetch(statement, values)

    def abandon(self) -> None:
        """Give up on the server (see `Database.abandon`)."""
        self._is_abandoned = True
        self.connections.abandon()

    @abstractmethod
    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Send a statement over a connection that is idle or new."""

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._slots.locked():
            try:
                async with asyncio.timeout(QUEUE_SECONDS):
                    await self._slots.acquire()
            except TimeoutError as error:
                raise unavailable(BUSY, error) from None
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()


class SqliteReaders(Readers[OneStepConnection]):
    """Readers of a file. A statement and its rows are one step of the connection's thread."""

    def __init__(self, connections: SqliteConnections, size: int) -> None:
        super().__init__(connections, size)

    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        connection = await self.connections.take()
        try:
            # After a cancellation the thread still runs the statement; the next one waits for it there.
            return await connection.run(fetched(statement, values))
        finally:
            self.connections.give_back(connection)


class PostgresqlReaders(Readers[Any]):
    """Readers of a server. A connection that is lost, or on which a read was cancelled, is replaced."""

    connections: PostgresqlConnections

    def __init__(self, connections: PostgresqlConnections, size: int) -> None:
        super().__init__(connections, size)

    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        connection = await self.connections.take()
        timer = self.connections.limit_use(connection)
        try:
            rows: list[Row] = await connection.fetch(statement.sql, *statement.arguments(values))
        except BaseException as error:
            if getattr(error, "sqlstate", None) is None or connection.is_closed():
                await self.connections.discard(connection)
            else:  # The server answered with an error: the connection is in order.
                self.connections.give_back(connection)
            raise
        finally:
            timer.cancel()
        self.connections.give_back(connection)
        return rows
