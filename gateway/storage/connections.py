"""Connections to the databases: opened when they are needed, and used again while they are in order."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from gateway.storage.errors import driver_errors
from gateway.storage.sqlite_connection import OneStepConnection, open_connection

C = TypeVar("C")

TIMEOUT_SECONDS = 5
"""Time that a statement waits for a lock, and a connection for a server."""

_PING_AFTER_SECONDS = 5
"""Seconds after which an idle connection to a server is checked before it is used."""

_PING = "SELECT 1"

_PRAGMAS = (
    f"PRAGMA busy_timeout = {TIMEOUT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA analysis_limit = 400",  # rows of each index that ANALYZE reads
)

_SERVER_SETTINGS = {
    "lock_timeout": f"{TIMEOUT_SECONDS}s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
    "application_name": "switchboard",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Times in seconds after which a PostgreSQL server that sends nothing counts as lost.

    A server that is replaced or cut off from the network closes no connection: without a limit its clients would wait
    for ever, and the writer would keep its turn.

    checkout   for a connection to be made, or to be found alive
    use        for which a connection is in use, longer than a statement may take (`statement_timeout`)
    """

    checkout: float = 2 * TIMEOUT_SECONDS
    use: float = 45


PATIENCE = Patience()


class Connections(ABC, Generic[C]):
    """Connections of a driver, of which each is used by one task at a time. They raise the driver's errors."""

    def __init__(self) -> None:
        self._idle: list[C] = []

    @abstractmethod
    async def take(self) -> C:
        """Return an idle connection that is alive, or a new one."""

    def give_back(self, connection: C) -> None:
        """Let others use a connection that is in order."""
        self._idle.append(connection)

    @abstractmethod
    async def discard(self, connection: C) -> None:
        """Close a connection that is not in order, without a word to its server."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the idle connections."""

    def abandon(self) -> None:
        """Give up on the server (see `Database.abandon`)."""


class SqliteConnections(Connections[OneStepConnection]):
    """Connections with a thread each."""

    def __init__(self, path: str, *pragmas: str) -> None:
        """`pragmas` are executed on each connection, after those of all."""
        super().__init__()
        self._path = path
        self._pragmas = (*_PRAGMAS, *pragmas)

    async def take(self) -> OneStepConnection:
        return self._idle.pop() if self._idle else await self._open()

    async def discard(self, connection: OneStepConnection) -> None:
        await connection.close()

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _open(self) -> OneStepConnection:
        # Without an isolation level, transactions begin when we say so, and not by the rules of Python's driver.
        connection = await open_connection(self._path, isolation_level=None, timeout=TIMEOUT_SECONDS)
        try:
            await connection.run(partial(_execute_all, self._pragmas))
        except BaseException:
            await connection.close()
            raise
        return connection


class PostgresqlConnections(Connections[Any]):
    """Connections of asyncpg."""

    def __init__(self, url: str, patience: Patience) -> None:
        super().__init__()
        self._url = url
        self._patience = patience
        self._used_at: dict[Any, float] = {}
        """All open connections, with the loop's time of their last use."""
        self._taking: set[asyncio.Timeout] = set()

    async def take(self) -> Any:
        """Return a connection within the time for it. Raise TimeoutError."""
        async with asyncio.timeout(self._patience.checkout) as limit:
            self._taking.add(limit)
            try:
                return await self._alive()
            finally:
                self._taking.discard(limit)

    def give_back(self, connection: Any) -> None:
        self._used_at[connection] = asyncio.get_running_loop().time()
        super().give_back(connection)

    async def discard(self, connection: Any) -> None:
        self._drop(connection)

    def limit_use(self, connection: Any) -> asyncio.TimerHandle:
        """Return a timer that terminates a connection that is in use for too long: what waits for it then fails."""
        return asyncio.get_running_loop().call_later(self._patience.use, connection.terminate)

    async def aclose(self) -> None:
        """Say goodbye to the server; terminate the connections if this is cancelled: it may be silent."""
        self._idle.clear()
        try:
            for connection in [*self._used_at]:
                await connection.close()
        finally:
            for connection in self._used_at:
                connection.terminate()
            self._used_at.clear()

    def abandon(self) -> None:
        now = asyncio.get_running_loop().time()
        for limit in tuple(self._taking):
            if not limit.expired():
                limit.reschedule(now)
        for connection in self._used_at:
            connection.terminate()

    async def _alive(self) -> Any:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_closed():
                self._drop(connection)
            elif now - self._used_at[connection] < _PING_AFTER_SECONDS or await self._answers(connection):
                return connection
        return await self._open()

    async def _open(self) -> Any:
        import asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

        connection = await asyncpg.connect(self._url, timeout=TIMEOUT_SECONDS, server_settings=_SERVER_SETTINGS)
        self._used_at[connection] = asyncio.get_running_loop().time()
        return connection

    async def _answers(self, connection: Any) -> bool:
        try:
            await connection.fetchval(_PING)
        except driver_errors():
            self._drop(connection)
            return False
        except BaseException:
            self._drop(connection)
            raise
        return True

    def _drop(self, connection: Any) -> None:
        self._used_at.pop(connection, None)
        connection.terminate()


def _execute_all(statements: tuple[str, ...], connection: sqlite3.Connection) -> None:
    for each in statements:
        connection.execute(each)
