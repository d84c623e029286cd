"""Connections to SQLite or PostgreSQL: several readers, and one writer at a time.

Errors are translated (see `errors`).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

from sqlalchemy import URL, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.config.store_url import engine_url
from gateway.storage.errors import BUSY, LOST, translate_connection_errors, translate_errors
from gateway.storage.prepared import Dialect, Postgresql, Row, Sqlite, Statement, Values
from gateway.storage.readers import QUEUE_SECONDS, PostgresqlReaders, Readers, SqliteReaders
from gateway.storage.sqlite_connection import open_connection
from gateway.storage.transaction import Transaction as Transaction  # noqa: PLC0414 (what `write` yields, exported)
from providers.domain.errors import StoreUnavailable

C = TypeVar("C", bound=AsyncConnection)

_TIMEOUT_SECONDS = 5
_CLOSE_SECONDS = 1.0
_READERS = {"sqlite": 4, "postgresql": 8}
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(7311742001)")
_LIFT_TIMEOUT = text("SET LOCAL statement_timeout = 0")

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {_TIMEOUT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA analysis_limit = 400",  # rows of each index that ANALYZE reads
)

_POSTGRESQL_SETTINGS = {
    "lock_timeout": f"{_TIMEOUT_SECONDS}s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
    "application_name": "switchboard",
}

_SQLITE_OPTIONS: dict[str, Any] = {"isolation_level": None, "timeout": _TIMEOUT_SECONDS}
_POSTGRESQL_OPTIONS: dict[str, Any] = {"timeout": _TIMEOUT_SECONDS, "server_settings": _POSTGRESQL_SETTINGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Times in seconds after which a PostgreSQL server that sends nothing counts as lost.

    A server that is replaced or cut off from the network closes no connection: without a limit its clients would wait
    for ever, and the writer would keep its turn.

    checkout   for a connection to be made, or to be found alive
    use        for which a connection is in use, longer than a statement may take (`statement_timeout`)
    """

    checkout: float = 2 * _TIMEOUT_SECONDS
    use: float = 45


class Database:
    """A pool of reading connections, and one writing connection.

    `fetch` sends prepared reads, of which a query is made. `read` is for statements that SQLAlchemy builds.

    Writers take turns over all processes, as SQLite requires anyway. So a transaction may read, decide and write
    without another writer in between, and numbers that it assigns become visible in their order.
    """

    def __init__(self, url: str, patience: Patience = Patience()) -> None:
        """Raise StoreAddressError if the URL is invalid. Connect on first use."""
        address = engine_url(url)
        self._patience = patience
        self._turn = asyncio.Lock()
        self._is_sqlite = address.get_backend_name() == "sqlite"
        self._writer = _engine(address, 1)
        self._reader = _engine(
            address,
            _READERS[address.get_backend_name()],
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        self.dialect: Dialect = Sqlite() if self._is_sqlite else Postgresql()
        self.readers = _readers(self._reader, patience)
        self._drivers: WeakSet[Any] = WeakSet()
        self._connecting: set[asyncio.Timeout] = set()
        self._is_abandoned = False
        if self._is_sqlite:
            event.listen(self._writer.sync_engine, "begin", _begin_immediate)
        else:
            for engine in self.engines:
                event.listen(engine.sync_engine, "connect", self._add_driver)

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """The reading and the writing engine."""
        return self._reader, self._writer

    async def fetch(
        self, statement: Statement, values: Values, transaction: Transaction | None = None
    ) -> Sequence[Row]:
        """Return the rows of a prepared read: committed ones or, with a `transaction`, as that sees them."""
        if transaction is None:
            return await self.readers.fetch(statement, values)
        return await transaction.fetch(statement, values)

    @asynccontextmanager
    async def read(self, transaction: Transaction | None = None) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that sees committed rows or, with a `transaction`, also what that has written."""
        if transaction is not None:
            yield transaction
            return
        seconds = QUEUE_SECONDS + self._patience.checkout
        async with self._connected(self._reader.connect(), seconds) as connection, self._watched(connection):
            yield connection

    @asynccontextmanager
    async def write(self, *, is_long: bool = False) -> AsyncIterator[Transaction]:
        """Yield a transaction. It is committed durably at the end of the block, and rolled back by an exception.

        `is_long` lifts the limits on its duration, and on that of its statements.
        """
        async with (
            self._in_turn(),
            self._connected(Transaction(self._writer), self._patience.checkout) as connection,
            self._watched(connection, is_long=is_long),
            connection.begin(),
        ):
            if not self._is_sqlite:
                await connection.execute(_TAKE_TURN)
                if is_long:
                    await connection.execute(_LIFT_TIMEOUT)
            yield connection

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Wait for the writers before this one, no longer than for a lock: behind a held lock, waits would add up."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailable(BUSY, is_temporary=True) from None
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _connected(self, connection: C, seconds: float) -> AsyncIterator[C]:
        """Yield the connection, which is made, or found alive, within `seconds`."""
        if self._is_abandoned:
            raise StoreUnavailable(LOST)
        with translate_connection_errors():
            async with asyncio.timeout(seconds) as limit:
                self._connecting.add(limit)
                try:
                    await connection.start()
                finally:
                    self._connecting.discard(limit)
        try:
            with translate_errors():
                yield connection
        finally:
            await asyncio.shield(connection.close())

    @asynccontextmanager
    async def _watched(self, connection: AsyncConnection, *, is_long: bool = False) -> AsyncIterator[None]:
        """Terminate a connection that is in use for too long: what waits for its server then fails."""
        if self._is_sqlite or is_long:
            yield
            return
        driver: Any = (await connection.get_raw_connection()).driver_connection
        timer = asyncio.get_running_loop().call_later(self._patience.use, driver.terminate)
        try:
            yield
        finally:
            timer.cancel()

    async def optimize(self) -> None:
        """Let SQLite sample its indexes, for its plans. PostgreSQL does so by itself."""
        if self._is_sqlite:
            async with self.write() as transaction:
                # Not PRAGMA optimize: before version 3.46 it passes over tables that this connection has not read.
                await transaction.exec_driver_sql("ANALYZE")

    async def aclose(self) -> None:
        """Close the connections: each waits for its server, so terminate those that still wait after a time."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.readers.aclose()
                for engine in self.engines:
                    await engine.dispose()
        except TimeoutError:
            self._terminate()

    def abandon(self) -> None:
        """Give up on the server: what waits for it fails at once, and so does what begins later.

        For the end of a shutdown, whose time is over. Of SQLite only later work fails: it has no server to wait for.
        """
        self._is_abandoned = True
        self.readers.abandon()
        now = asyncio.get_running_loop().time()
        for limit in tuple(self._connecting):
            if not limit.expired():
                limit.reschedule(now)
        self._terminate()

    def _terminate(self) -> None:
        for driver in tuple(self._drivers):
            driver.terminate()

    def _add_driver(self, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        self._drivers.add(connection.driver_connection)


def _engine(address: URL, size: int, **options: Any) -> AsyncEngine:
    driver = _sqlite_options() if address.get_backend_name() == "sqlite" else _postgresql_options()
    engine = create_async_engine(
        address,
        pool_size=size,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
        hide_parameters=True,
        **driver,
        **options,
    )
    if address.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _readers(engine: AsyncEngine, patience: Patience) -> Readers[Any]:
    """Return readers that connect as the engine's connections do."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    if engine.dialect.name == "sqlite":
        connect = partial(open_connection, *arguments, **{**options, **_SQLITE_OPTIONS})
        return SqliteReaders(connect, (*_SQLITE_PRAGMAS, "PRAGMA query_only = ON"), _READERS["sqlite"])
    from asyncpg import connect as connect_asyncpg  # noqa: PLC0415 (only needed for PostgreSQL)

    return PostgresqlReaders(
        partial(connect_asyncpg, *arguments, **{**options, **_POSTGRESQL_OPTIONS}),
        checkout_seconds=patience.checkout,
        use_seconds=patience.use,
        size=_READERS["postgresql"],
    )


def _sqlite_options() -> dict[str, Any]:
    """Return options by which SQLAlchemy begins transactions, and not Python's driver by its own rules."""
    return {"connect_args": {**_SQLITE_OPTIONS, "async_creator_fn": open_connection}}


def _postgresql_options() -> dict[str, Any]:
    return {
        "connect_args": _POSTGRESQL_OPTIONS,
        "pool_pre_ping": True,
        "pool_recycle": 1800,
    }


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    try:
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
    except BaseException:
        # The pool forgets a connection that fails here: its thread would outlive the event loop.
        connection.close()
        raise


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
