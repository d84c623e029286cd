"""Connections to SQLite or PostgreSQL: any number that read, one at a time that writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.store.address import engine_url
from gateway.store.failure import BUSY, StoreUnavailable, connection_failures_told, failures_told
from gateway.store.sqlite_connection import open_connection

Transaction = AsyncConnection
"""What is written through it is committed together, or not at all."""

_PATIENCE_SECONDS = 5
_READERS = {"sqlite": 4, "postgresql": 8}
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(7311742001)")

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {_PATIENCE_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)

_POSTGRESQL_SETTINGS = {
    "lock_timeout": f"{_PATIENCE_SECONDS}s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
    "application_name": "switchboard",
}


class Database:
    """Two pools: one of connections that read what is committed, and one connection that writes.

    Writers take turns over all processes, as SQLite makes them anyway: so a write may read, decide and write without
    anybody in between, and what is numbered in a transaction becomes visible in the order of the numbers.
    """

    def __init__(self, url: str) -> None:
        """Connects to nothing yet; StoreAddressError where the URL can't be used."""
        address = engine_url(url)
        self._turn = asyncio.Lock()
        self._is_sqlite = address.get_backend_name() == "sqlite"
        self._writer = _engine(address, 1)
        self._reader = _engine(
            address,
            _READERS[address.get_backend_name()],
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        if self._is_sqlite:
            event.listen(self._writer.sync_engine, "begin", _begin_immediate)

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """The reading one and the writing one, to be watched."""
        return self._reader, self._writer

    @asynccontextmanager
    async def read(self, transaction: Transaction | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection that sees what is committed or, inside of `transaction`, what that has written."""
        if transaction is not None:
            yield transaction
            return
        async with _connection(self._reader) as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction that nobody writes beside: committed, durably, at the end; undone by an exception."""
        async with self._in_turn(), _connection(self._writer) as connection, connection.begin():
            if not self._is_sqlite:
                await connection.execute(_TAKE_TURN)
            yield connection

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Nobody waits longer for those before than for a lock: behind one that others keep they would add up."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailable(BUSY) from None
        try:
            yield
        finally:
            self._turn.release()

    async def aclose(self) -> None:
        for engine in self.engines:
            await engine.dispose()


def _engine(address: URL, size: int, **options: Any) -> AsyncEngine:
    driver = _sqlite_options() if address.get_backend_name() == "sqlite" else _postgresql_options()
    engine = create_async_engine(
        address, pool_size=size, max_overflow=0, pool_timeout=30, hide_parameters=True, **driver, **options
    )
    if address.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _sqlite_options() -> dict[str, Any]:
    """Transactions begin where SQLAlchemy says so, and not where Python's driver guesses."""
    options = {"isolation_level": None, "timeout": _PATIENCE_SECONDS, "async_creator_fn": open_connection}
    return {"connect_args": options}


def _postgresql_options() -> dict[str, Any]:
    return {
        "connect_args": {"timeout": _PATIENCE_SECONDS, "server_settings": _POSTGRESQL_SETTINGS},
        "pool_pre_ping": True,
        "pool_recycle": 1800,
    }


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """A connection that can't be used is closed here: the pool would forget it, and its thread outlive the loop."""
    try:
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
    except BaseException:
        connection.close()
        raise


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@asynccontextmanager
async def _connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with connection_failures_told():
        connection = await engine.connect()
    try:
        with failures_told():
            yield connection
    finally:
        await asyncio.shield(connection.close())
