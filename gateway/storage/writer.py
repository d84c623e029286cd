"""Writer: the one connection of a process that writes, for one transaction after another."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from gateway.storage.connections import TIMEOUT_SECONDS, Connections, PostgresqlConnections, SqliteConnections
from gateway.storage.errors import BUSY, LOST, driver_errors, translated
from gateway.storage.prepared import Dialect
from gateway.storage.sqlite_connection import OneStepConnection
from gateway.storage.transaction import PostgresqlTransaction, SqliteTransaction, Transaction
from providers.domain.errors import StoreUnavailable

C = TypeVar("C")


class Writer(ABC, Generic[C]):
    """Writers take turns, within the process and over all processes."""

    def __init__(self, connections: Connections[C], dialect: Dialect) -> None:
        self.connections = connections
        self._dialect = dialect
        self._turn = asyncio.Lock()
        self._is_abandoned = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Yield a transaction (see `Database.write`)."""
        async with self._in_turn():
            with translated():
                connection = await self.connections.take()
            async with self._used(connection):
                transaction = self._transaction(connection)
                await transaction.begin()
                yield transaction
                await transaction.commit()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[C]:
        """Yield a connection for a transaction that another library begins and commits. It may take long."""
        async with self._in_turn():
            with translated():
                connection = await self.connections.take()
            try:
                yield connection
            finally:
                await self.connections.discard(connection)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Wait for the writers before this one, no longer than for a lock: behind a held lock, waits would add up."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailable(BUSY, is_temporary=True) from None
        try:
            if self._is_abandoned:
                raise StoreUnavailable(LOST)
            yield
        finally:
            self._turn.release()

    def abandon(self) -> None:
        """Give up on the server (see `Database.abandon`)."""
        self._is_abandoned = True
        self.connections.abandon()

    @asynccontextmanager
    async def _used(self, connection: C) -> AsyncIterator[None]:
        """Give the connection back after the block; after an exception roll back first, even if this is cancelled."""
        try:
            yield
        except BaseException:
            await asyncio.shield(self._roll_back(connection))
            raise
        self.connections.give_back(connection)

    @abstractmethod
    def _transaction(self, connection: C) -> Transaction: ...

    @abstractmethod
    async def _roll_back(self, connection: C) -> None:
        """Roll back, and give the connection back or discard it."""


class SqliteWriter(Writer[OneStepConnection]):
    def __init__(self, connections: SqliteConnections, dialect: Dialect) -> None:
        super().__init__(connections, dialect)

    def _transaction(self, connection: OneStepConnection) -> Transaction:
        return SqliteTransaction(self._dialect, connection)

    async def _roll_back(self, connection: OneStepConnection) -> None:
        try:
            await connection.run(sqlite3.Connection.rollback)  # nothing if SQLite has rolled back by itself
        except (sqlite3.Error, ValueError):
            await self.connections.discard(connection)
        else:
            self.connections.give_back(connection)


class PostgresqlWriter(Writer[Any]):
    connections: PostgresqlConnections

    def __init__(self, connections: PostgresqlConnections, dialect: Dialect) -> None:
        super().__init__(connections, dialect)

    @asynccontextmanager
    async def _used(self, connection: Any) -> AsyncIterator[None]:
        timer = self.connections.limit_use(connection)
        try:
            async with super()._used(connection):
                yield
        finally:
            timer.cancel()

    def _transaction(self, connection: Any) -> Transaction:
        return PostgresqlTransaction(self._dialect, connection)

    async def _roll_back(self, connection: Any) -> None:
        try:
            await connection.execute("ROLLBACK", timeout=TIMEOUT_SECONDS)
        except driver_errors():
            await self.connections.discard(connection)
        else:
            self.connections.give_back(connection)
