"""Connections to SQLite or PostgreSQL: several readers, and one writer at a time.

Errors are translated (see `errors`).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from gateway.config.store_url import StoreAddress, store_address
from gateway.storage.connections import PATIENCE, Patience, PostgresqlConnections, SqliteConnections
from gateway.storage.prepared import Dialect, Postgresql, Row, Sqlite, Statement, Values
from gateway.storage.read_cache import ReadCache
from gateway.storage.readers import PostgresqlReaders, Readers, SqliteReaders
from gateway.storage.store_version import PostgresqlVersion, SqliteVersion, StoreVersion
from gateway.storage.transaction import Transaction as Transaction  # noqa: PLC0414 (what `write` yields, exported)
from gateway.storage.writer import PostgresqlWriter, SqliteWriter, Writer

_CLOSE_SECONDS = 1.0
_READERS = {"sqlite": 4, "postgresql": 8}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """Readers, and one writer.

    Writers take turns over all processes, as SQLite requires anyway. So a transaction may read, decide and write
    without another writer in between, and numbers that it assigns become visible in their order.
    """

    def __init__(
        self,
        url: str,
        patience: Patience = PATIENCE,
        now: Callable[[], datetime] = _utc_now,
        cache_bytes: int = 0,
    ) -> None:
        """Raise StoreAddressError if the URL is invalid. Connect on first use. `cache_bytes` are those of `cache`."""
        address = store_address(url)
        self.dialect: Dialect = Sqlite() if address.database == "sqlite" else Postgresql()
        self.readers, self.writer = _connected(address, self.dialect, patience)
        self.cache = ReadCache(_version(address, self.readers), now, cache_bytes)

    async def fetch(
        self, statement: Statement, values: Values, transaction: Transaction | None = None
    ) -> Sequence[Row]:
        """Return the rows of a prepared read: committed ones or, with a `transaction`, as that sees them."""
        if transaction is None:
            return await self.readers.fetch(statement, values)
        return await transaction.fetch(statement, values)

    async def select(
        self, sql: str, values: Values | None = None, transaction: Transaction | None = None
    ) -> Sequence[Row]:
        """Return the same of a text (see `prepared`) that is a constant."""
        return await self.fetch(self.dialect.statement(sql), values or {}, transaction)

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Yield a transaction. It is committed durably at the end of the block, and rolled back by an exception."""
        return self.writer.transaction()

    async def optimize(self) -> None:
        """Let SQLite sample its indexes, for its plans. PostgreSQL does so by itself."""
        if self.dialect.name == "sqlite":
            async with self.write() as transaction:
                # Not PRAGMA optimize: before version 3.46 it passes over tables that this connection has not read.
                await transaction.change("ANALYZE", {})

    async def aclose(self) -> None:
        """Close the connections: each waits for its server, so terminate those that still wait after a time."""
        self.cache.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.readers.connections.aclose()
                await self.writer.connections.aclose()
        except TimeoutError:
            self.readers.connections.abandon()
            self.writer.connections.abandon()

    def abandon(self) -> None:
        """Give up on the server: what waits for it fails at once, and so does what begins later.

        For the end of a shutdown, whose time is over. Of SQLite only later work fails: it has no server to wait for.
        """
        self.readers.abandon()
        self.writer.abandon()


def _version(address: StoreAddress, readers: Readers[Any]) -> StoreVersion:
    return SqliteVersion(address.place) if address.database == "sqlite" else PostgresqlVersion(readers)


def _connected(address: StoreAddress, dialect: Dialect, patience: Patience) -> tuple[Readers[Any], Writer[Any]]:
    size = _READERS[address.database]
    if address.database == "sqlite":
        reading = SqliteConnections(address.place, "PRAGMA query_only = ON")
        return SqliteReaders(reading, size), SqliteWriter(SqliteConnections(address.place), dialect)
    for_reads, for_writes = (PostgresqlConnections(address.place, patience) for _ in range(2))
    return PostgresqlReaders(for_reads, size), PostgresqlWriter(for_writes, dialect)
