"""Connections to SQLite or PostgreSQL: several readers, and one writer at a time.

Errors are translated: clients get a message, the log gets the driver's own error.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakSet

import structlog
from sqlalchemy import URL, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.config.store_url import engine_url
from gateway.storage.sqlite_connection import open_connection
from gateway.storage.transaction import Transaction as Transaction  # noqa: PLC0414 (what `write` yields, exported)
from providers.domain.errors import StoreUnavailable

BUSY = "The store is busy: its lock was not released in time."
_FULL = "The store's disk is full."
_LOST = "The store can't be reached."

_SQLITE = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "The store's file can't be read or written.",
    "SQLITE_CANTOPEN": "The store's file can't be opened.",
    "SQLITE_READONLY": "The store's file can't be written.",
    "SQLITE_PERM": "The store's file can't be read or written.",
    "SQLITE_CORRUPT": "The store's file is damaged.",
    "SQLITE_NOTADB": "The store's file is not an SQLite database.",
}
"""By the primary result code (https://www.sqlite.org/rescode.html)."""

_CROWDED = "The store is out of memory, disk or connections."
_TEMPORARY = {BUSY, _LOST, _CROWDED}

_POSTGRESQL = {
    "08": _LOST,
    "25": _LOST,
    "28": "The store refuses the user or the password.",
    "3D": "The store's database does not exist.",
    "40": BUSY,
    "53": _CROWDED,
    "55": BUSY,
    "57": _LOST,
    "58": "The store's server can't read or write its files.",
}
"""By the class of the SQLSTATE (PostgreSQL documentation, appendix A)."""

_DATA_EXCEPTION = "22"
"""The SQLSTATE class of messages that quote values."""

_log = structlog.get_logger(__name__)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise StoreUnavailable for failures of the database, and log them as `database_error`.

    Errors of our own, such as a violated constraint, are raised as they are but without the values that PostgreSQL
    adds to them.
    """
    try:
        yield
    except DBAPIError as error:
        message = _client_message(error)
        if message is None:
            error.args = (_described(error.driver_exception),)
            raise error from None  # the driver's error in the chain would show the values
        raise _unavailable(message, error.driver_exception) from None
    except PoolTimeoutError as error:
        raise _unavailable(BUSY, error) from None


@contextmanager
def translate_connection_errors() -> Iterator[None]:
    """Translate the errors of connecting, where drivers raise OSError too."""
    try:
        with translate_errors():
            yield
    except OSError as error:
        raise _unavailable(_LOST, error) from None


def _unavailable(message: str, error: BaseException) -> StoreUnavailable:
    _log.warning("database_error", error=_described(error))
    return StoreUnavailable(message, is_temporary=message in _TEMPORARY)


def _described(error: BaseException) -> str:
    """Return the driver's class and message, without values: rows and arguments may contain secrets.

    SQLite's messages name tables and columns alone. PostgreSQL quotes values after the first line (DETAIL) and in data
    exceptions, and asyncpg quotes arguments in its own ValueErrors.
    """
    name = type(error).__name__
    quotes_values = isinstance(error, ValueError) or str(getattr(error, "sqlstate", "")).startswith(_DATA_EXCEPTION)
    primary = str(error).partition("\n")[0]
    return name if quotes_values or not primary else f"{name}: {primary}"


def _client_message(error: DBAPIError) -> str | None:
    """Return the message for clients; None for an error that only our own code can cause."""
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return _POSTGRESQL.get(str(code)[:2])
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return next((text for start, text in _SQLITE.items() if str(name).startswith(start)), None)
    if isinstance(error.driver_exception, ValueError):  # asyncpg's DataError: an argument of the wrong type
        return None
    is_lost = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return _LOST if is_lost else None


C = TypeVar("C", bound=AsyncConnection)

_TIMEOUT_SECONDS = 5
_QUEUE_SECONDS = 30
"""Time for which a reader waits for a free connection."""

_CLOSE_SECONDS = 1.0
_READERS = {"sqlite": 4, "postgresql": 8}
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(7311742001)")

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {_TIMEOUT_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)

_POSTGRESQL_SETTINGS = {
    "lock_timeout": f"{_TIMEOUT_SECONDS}s",
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

    checkout: float = 2 * _TIMEOUT_SECONDS
    use: float = 45


class Database:
    """A pool of reading connections, and one writing connection.

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

    @asynccontextmanager
    async def read(self, transaction: Transaction | None = None) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that sees committed rows or, with a `transaction`, also what that has written."""
        if transaction is not None:
            yield transaction
            return
        seconds = _QUEUE_SECONDS + self._patience.checkout
        async with self._connected(self._reader.connect(), seconds) as connection, self._watched(connection):
            yield connection

    @asynccontextmanager
    async def write(self, *, is_long: bool = False) -> AsyncIterator[Transaction]:
        """Yield a transaction. It is committed durably at the end of the block, and rolled back by an exception.

        `is_long` lifts the limit on its duration.
        """
        async with (
            self._in_turn(),
            self._connected(Transaction(self._writer), self._patience.checkout) as connection,
            self._watched(connection, is_long=is_long),
            connection.begin(),
        ):
            if not self._is_sqlite:
                await connection.execute(_TAKE_TURN)
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
            raise StoreUnavailable(_LOST)
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

    async def aclose(self) -> None:
        """Close the connections: each waits for its server, so terminate those that still wait after a time."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                for engine in self.engines:
                    await engine.dispose()
        except TimeoutError:
            self._terminate()

    def abandon(self) -> None:
        """Give up on the server: what waits for it fails at once, and so does what begins later.

        For the end of a shutdown, whose time is over. Of SQLite only later work fails: it has no server to wait for.
        """
        self._is_abandoned = True
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
        pool_timeout=_QUEUE_SECONDS,
        hide_parameters=True,
        **driver,
        **options,
    )
    if address.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _sqlite_options() -> dict[str, Any]:
    """Return options by which SQLAlchemy begins transactions, and not Python's driver by its own rules."""
    options = {"isolation_level": None, "timeout": _TIMEOUT_SECONDS, "async_creator_fn": open_connection}
    return {"connect_args": options}


def _postgresql_options() -> dict[str, Any]:
    return {
        "connect_args": {"timeout": _TIMEOUT_SECONDS, "server_settings": _POSTGRESQL_SETTINGS},
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
