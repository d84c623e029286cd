"""The SQLite file behind the provider, in WAL mode with synchronous=FULL: a committed write survives a power cut.

Several processes may share the file. Writers run one after the other; those that wait for their turn share a
transaction, and so the time that the disk takes. A read sees every earlier commit.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiosqlite
import anyio

from providers.api import Unavailable
from providers.local.schema import NewerVersion, prepare

Value = str | int | None
Row = sqlite3.Row

AMONG = "IN (SELECT value FROM json_each(?))"
"""Condition that follows a column: its value is in a list, which is one parameter as JSON."""


@asynccontextmanager
async def _rolled_back_on_error(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    """Leave no open transaction to the next writer, who uses the same connection: also after a cancellation."""
    try:
        yield
    except BaseException:
        with anyio.CancelScope(shield=True):
            await connection.rollback()
        raise


class Transaction:
    """Statements that are committed together or not at all."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        return list(await self._connection.execute_fetchall(statement, values))

    async def row(self, statement: str, values: Sequence[Value] = ()) -> Row | None:
        """Return the first row, or None."""
        return next(iter(await self.rows(statement, values)), None)


class _Group:
    """A transaction of several writers, each within a savepoint. It is `committed` in the end, for all of them."""

    def __init__(self, connection: aiosqlite.Connection, turn: asyncio.Lock) -> None:
        self._connection = connection
        self._turn = turn
        self.is_open = True
        self.committed = asyncio.create_task(self._commit())

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[Transaction]:
        """Undo what one writer did, and nothing else, if its block raises."""
        self._check()
        try:
            await self._connection.execute("SAVEPOINT writer")
            yield Transaction(self._connection)
        except BaseException:
            # Also after a cancellation: the other writers use the same connection.
            with anyio.CancelScope(shield=True):
                if self._connection.in_transaction:
                    await self._connection.execute("ROLLBACK TO writer")
                    await self._connection.execute("RELEASE writer")
            raise
        await self._connection.execute("RELEASE writer")

    async def _commit(self) -> None:
        """Commit after the writers that waited for their turn when the transaction began: the lock is fair."""
        async with self._turn:
            self.is_open = False
            self._check()
            async with _rolled_back_on_error(self._connection):
                await self._connection.execute("COMMIT")

    def _check(self) -> None:
        """Raise an error if SQLite has rolled the transaction back, as it does when the disk is full."""
        if not self._connection.in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back")


class Database:
    """One connection for reads and one for writes. A writer waits up to `busy_seconds` for other processes' writers."""

    def __init__(self, path: str, provider: str, *, busy_seconds: float = 5) -> None:
        self._path = Path(path).expanduser().absolute()
        self._provider = provider
        self._busy_seconds = busy_seconds
        self._reader: aiosqlite.Connection | None = None
        self._writer: aiosqlite.Connection | None = None
        self._turn = asyncio.Lock()
        self._group: _Group | None = None

    @property
    def exists(self) -> bool:
        return self._path.exists()

    async def check(self, *, may_create: bool) -> list[str]:
        """Take the write lock, change nothing, and return what is wrong, for the operator; empty if nothing is.

        If the file does not exist and may not be created, check its folder only.
        """
        try:
            if not may_create and not self.exists:
                self._check_folder()
                return []
            async with self.writing():
                return []
        except Unavailable as error:
            return [error.message]

    async def open(self) -> None:
        """Open the file, and create it if necessary. Raise Unavailable, with a message for the operator."""
        self._check_folder()
        try:
            await asyncio.to_thread(self._prepare)
            self._writer = await self._connect()
            self._reader = await self._connect()
        except NewerVersion:
            raise self._unavailable(f"The file {self._path} was created by a newer version of this program.") from None
        except sqlite3.DatabaseError as error:
            await self.aclose()
            raise self._unavailable(f"The file {self._path} can't be opened: {error}.") from None

    async def aclose(self) -> None:
        if self._group is not None:
            await asyncio.wait([self._group.committed])
        connections, self._reader, self._writer = (self._reader, self._writer), None, None
        for connection in connections:
            if connection is not None:
                await connection.close()

    async def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of one statement that only reads."""
        with self._failures():
            return list(await self._opened(self._reader).execute_fetchall(statement, values))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Open a transaction: commit it at the end of the block, roll it back if the block raises.

        It is durable when the block has ended, and shared with the writers that waited for their turn meanwhile.
        """
        with self._failures():
            async with self._turn:
                group = await self._joined()
                async with group.savepoint() as transaction:
                    yield transaction
            await asyncio.shield(group.committed)

    async def _joined(self) -> _Group:
        """Return the open group, or begin one. Call it in turn."""
        connection = self._opened(self._writer)
        if self._group is None or not self._group.is_open:
            async with _rolled_back_on_error(connection):
                await connection.execute("BEGIN IMMEDIATE")
            self._group = _Group(connection, self._turn)
        return self._group

    def _check_folder(self) -> None:
        if not self._path.parent.is_dir():
            raise self._unavailable(f"The folder {self._path.parent} of the file {self._path.name} does not exist.")

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._path, isolation_level=None, timeout=self._busy_seconds)
        connection.row_factory = sqlite3.Row
        await connection.execute("PRAGMA synchronous=FULL")
        await connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _prepare(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=self._busy_seconds)) as connection:
            prepare(connection, timeout=self._busy_seconds)

    def _opened(self, connection: aiosqlite.Connection | None) -> aiosqlite.Connection:
        if connection is None:
            raise self._unavailable("The provider is closed.")
        return connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Translate errors of SQLite to Unavailable. The message names no path: clients see it."""
        try:
            yield
        except sqlite3.IntegrityError:
            # A broken constraint is an answer, not a failure: callers turn it into Conflict.
            raise
        except sqlite3.DatabaseError as error:
            raise self._unavailable(f"The provider's file can't be used now: {error}.") from None

    def _unavailable(self, message: str) -> Unavailable:
        return Unavailable(message, provider=self._provider)
