"""Pools of connections that only read, used through the drivers themselves: SQLAlchemy takes longer than a read.

A read is one statement, on a connection of its own. It sees what is committed.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from gateway.storage.errors import BUSY, LOST, driver_error, unavailable
from gateway.storage.prepared import Row, Statement, Values
from gateway.storage.sqlite_connection import OneStepConnection
from providers.domain.errors import StoreUnavailable

C = TypeVar("C")
Connect = Callable[[], Any]
"""Opens a connection of the driver."""

QUEUE_SECONDS = 30
"""Time for which a reader waits for a free connection."""

_PING_AFTER_SECONDS = 5
"""Seconds after which an idle connection to a server is checked before it is used."""

_PING = "SELECT 1"


class Readers(ABC, Generic[C]):
    """A pool of connections that are opened when they are needed."""

    observers: ClassVar[list[Callable[["Readers[Any]", Statement, Values], None]]] = []
    """Called with each statement before it is sent, in the task that sends it."""

    def __init__(self, size: int) -> None:
        self._slots = asyncio.Semaphore(size)
        self._idle: list[C] = []
        self._is_abandoned = False

    async def fetch(self, statement: Statement, values: Values) -> list[Row]:
        """Return all rows of a statement. Raise StoreUnavailable."""
        for observe in self.observers:
            observe(self, statement, values)
        async with self._slot():
            if self._is_abandoned:
                raise StoreUnavailable(LOST)
            return await self._fetch(statement, values)

    def abandon(self) -> None:
        """Give up on the server (see `Database.abandon`)."""
        self._is_abandoned = True

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections."""

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
    """Connections with a thread each. A statement and its rows are one step of the thread."""

    def __init__(self, connect: Connect, pragmas: tuple[str, ...], size: int) -> None:
        super().__init__(size)
        self._connect = connect
        self._pragmas = pragmas

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        try:
            connection = self._idle.pop() if self._idle else await self._open()
            try:
                # After a cancellation the thread still runs the statement; the next one waits for it there.
                return await connection.run(partial(_all_rows, statement.sql, statement.arguments(values)))
            finally:
                self._idle.append(connection)
        except sqlite3.Error as error:
            raise driver_error(error) from None

    async def _open(self) -> OneStepConnection:
        connection: OneStepConnection = await self._connect()
        try:
            await connection.run(partial(_execute_all, self._pragmas))
        except BaseException:
            await connection.close()
            raise
        return connection


class PostgresqlReaders(Readers[Any]):
    """Connections of asyncpg. One that is lost, or on which a read was cancelled, is replaced."""

    def __init__(self, connect: Connect, *, checkout_seconds: float, use_seconds: float, size: int) -> None:
        super().__init__(size)
        self._connect = connect
        self._checkout_seconds = checkout_seconds
        self._use_seconds = use_seconds
        self._used_at: dict[Any, float] = {}
        """All open connections, with the loop's time of their last use."""
        self._checking_out: set[asyncio.Timeout] = set()

    def abandon(self) -> None:
        super().abandon()
        now = asyncio.get_running_loop().time()
        for limit in tuple(self._checking_out):
            if not limit.expired():
                limit.reschedule(now)
        for connection in self._used_at:
            connection.terminate()

    async def aclose(self) -> None:
        """Close the connections. Terminate them if this is cancelled: the server may be silent."""
        self._idle.clear()
        try:
            for connection in [*self._used_at]:
                await connection.close()
        finally:
            for connection in self._used_at:
                connection.terminate()
            self._used_at.clear()

    async def _fetch(self, statement: Statement, values: Values) -> list[Row]:
        import asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

        try:
            async with asyncio.timeout(self._checkout_seconds) as limit:
                self._checking_out.add(limit)
                try:
                    connection = await self._checked_out()
                finally:
                    self._checking_out.discard(limit)
            rows: list[Row] = await self._sent(connection, statement, values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:  # OSError: also timeouts
            raise driver_error(error) from None
        return rows

    async def _checked_out(self) -> Any:
        """Return an idle connection that is alive, or a new one."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_closed():
                self._discard(connection)
            elif now - self._used_at[connection] < _PING_AFTER_SECONDS or await self._is_alive(connection):
                return connection
        connection = await self._connect()
        self._used_at[connection] = now
        return connection

    async def _is_alive(self, connection: Any) -> bool:
        import asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

        try:
            await connection.fetchval(_PING)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self._discard(connection)
            return False
        except BaseException:
            self._discard(connection)
            raise
        return True

    async def _sent(self, connection: Any, statement: Statement, values: Values) -> list[Row]:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._use_seconds, connection.terminate)
        try:
            rows: list[Row] = await connection.fetch(statement.sql, *statement.arguments(values))
        except BaseException as error:
            if getattr(error, "sqlstate", None) is None or connection.is_closed():
                self._discard(connection)
            else:  # The server answered with an error: the connection is in order.
                self._idle.append(connection)
            raise
        finally:
            timer.cancel()
        self._used_at[connection] = loop.time()
        self._idle.append(connection)
        return rows

    def _discard(self, connection: Any) -> None:
        del self._used_at[connection]
        connection.terminate()


def _all_rows(sql: str, values: Any, connection: sqlite3.Connection) -> list[Row]:
    return connection.execute(sql, values).fetchall()


def _execute_all(statements: tuple[str, ...], connection: sqlite3.Connection) -> None:
    for each in statements:
        connection.execute(each)
