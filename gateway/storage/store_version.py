"""Versions of a store: what changes with every commit to it, of any process."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Hashable

from gateway.aio.tasks import start_shared
from gateway.storage.prepared import Statement
from gateway.storage.readers import Readers
from providers.domain.errors import StoreUnavailable


class StoreVersion(ABC):
    """The version of one store. Equal versions mean that nothing was committed in between."""

    @abstractmethod
    async def current(self) -> Hashable | None:
        """Return the version at some time after the call; None if it can't be known now."""

    @abstractmethod
    def close(self) -> None:
        """Release what is needed to know it."""


class SqliteVersion(StoreVersion):
    """The version of a file, read in the event loop's own thread: that takes microseconds.

    `PRAGMA data_version` changes with commits of all other connections, those of other processes included; this one
    commits nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    async def current(self) -> int | None:
        try:
            if self._connection is None:
                # No timeout: the event loop must not wait for a lock.
                self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            ((version,),) = self._connection.execute("PRAGMA data_version").fetchall()
        except sqlite3.Error:
            return None
        return int(version)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresqlVersion(StoreVersion):
    """The version of a server: the snapshot that a statement sees. Equal snapshots see the same rows.

    It changes with writes to other databases of the server, too. After a failover, the new server may give out the same
    numbers again, but it was started at another time.
    """

    _STATEMENT = Statement("SELECT pg_current_snapshot()::text || ' ' || pg_postmaster_start_time()", ())

    def __init__(self, readers: Readers[object]) -> None:
        self._readers = readers
        self._running: asyncio.Task[str | None] | None = None
        self._next: asyncio.Task[str | None] | None = None

    async def current(self) -> str | None:
        # The statement that is under way may have seen an earlier version. Those who come until it ends share the next.
        if self._next is None:
            self._next = start_shared(self._read_after(self._running))
        return await asyncio.shield(self._next)

    def close(self) -> None:
        """Nothing is held between two statements."""

    async def _read_after(self, previous: "asyncio.Task[str | None] | None") -> str | None:
        if previous is not None:
            await asyncio.wait([previous])
        self._running, self._next = self._next, None
        try:
            ((version,),) = await self._readers.fetch(self._STATEMENT, {})
        except StoreUnavailable:
            return None
        return str(version)
