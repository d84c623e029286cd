"""The file behind the provider: SQLite in WAL mode, where what was acknowledged survives a power cut.

Several processes may share it. Writers come one after the other; readers see what was committed before they asked.
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
"""Follows a column: its value is in a list, which is given as JSON."""


class Transaction:
    """Statements that are kept together or not at all."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        return list(await self._connection.execute_fetchall(statement, values))

    async def row(self, statement: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row; None where there is none."""
        return next(iter(await self.rows(statement, values)), None)


class Database:
    """`busy_seconds` is how long a writer waits for those of other processes."""

    def __init__(self, path: str, provider: str, *, busy_seconds: float = 5) -> None:
        self._path = Path(path).expanduser().absolute()
        self._provider = provider
        self._busy_seconds = busy_seconds
        self._reader: aiosqlite.Connection | None = None
        self._writer: aiosqlite.Connection | None = None
        self._turn = asyncio.Lock()

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def check_folder(self) -> None:
        """Raise Unavailable, in words, if the file's folder does not exist."""
        if not self._path.parent.is_dir():
            raise self._unavailable(f"There is no folder {self._path.parent} for the file {self._path.name}.")

    async def open(self) -> None:
        """Makes the file where there is none; Unavailable, in words, where that is not possible."""
        self.check_folder()
        try:
            await asyncio.to_thread(self._prepare)
            self._writer = await self._connect()
            self._reader = await self._connect()
        except NewerVersion:
            raise self._unavailable(f"The file {self._path} was made by a newer version of this program.") from None
        except sqlite3.DatabaseError as error:
            await self.aclose()
            raise self._unavailable(f"The file {self._path} can't be used: {error}.") from None

    async def aclose(self) -> None:
        connections, self._reader, self._writer = (self._reader, self._writer), None, None
        for connection in connections:
            if connection is not None:
                await connection.close()

    async def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of one statement that only reads."""
        with self._failures():
            return list(await self._opened(self._reader).execute_fetchall(statement, values))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction: all of it is kept, or nothing where the block raises."""
        connection = self._opened(self._writer)
        async with self._turn:
            with self._failures():
                try:
                    await connection.execute("BEGIN IMMEDIATE")
                    yield Transaction(connection)
                    await connection.execute("COMMIT")
                except BaseException:
                    with anyio.CancelScope(shield=True):
                        await connection.rollback()
                    raise

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._path, isolation_level=None, timeout=self._busy_seconds)
        connection.row_factory = sqlite3.Row
        await connection.execute("PRAGMA synchronous=FULL")
        await connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _prepare(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=self._busy_seconds)) as connection:
            prepare(connection, patience=self._busy_seconds)

    def _opened(self, connection: aiosqlite.Connection | None) -> aiosqlite.Connection:
        if connection is None:
            raise self._unavailable("The provider is closed.")
        return connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._unavailable(f"The provider's own file can't be used now: {error}.") from None

    def _unavailable(self, message: str) -> Unavailable:
        return Unavailable(message, provider=self._provider)
