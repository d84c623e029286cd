"""The read cache: results of reads in memory, for as long as nothing is committed to the store.

A commit by any process ends all results: none is older than what the database would return. To know whether something
was committed (`StoreVersion`) takes less than a read, and the rows of a cached result are made entities once.
"""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from gateway.storage.store_version import StoreVersion

R = TypeVar("R")

MAX_ROWS = 20_000
"""Rows of all cached results: about 15 MB of messages."""

_MAX_ROWS_OF_RESULT = 2_000


class Counted(NamedTuple, Generic[R]):
    """A result, and the number of ordinary rows that take as much memory."""

    result: R
    rows: int


class ReadCache:
    """Results by key, the newest MAX_ROWS rows of them. Callers share them, and must not change them.

    All are of one version of the store, or newer ones if it has changed since that was looked up: then they are never
    returned, since the next look-up ends them. It is looked up before a result is returned, and not before a read.
    """

    def __init__(self, version: StoreVersion, now: Callable[[], datetime]) -> None:
        self._current = version
        self._now = now
        self._version: Hashable | None = None
        self._ends_at: datetime | None = None
        self._results: dict[Hashable, Counted[Any]] = {}
        self._rows = 0

    async def get(self, key: Hashable, read: Callable[[], Awaitable[Counted[R]]]) -> R:
        """Return the result of `key`; `read` it if something was committed since it was last read."""
        if key in self._results or self._version is None:
            await self._look_up()
        found = self._results.get(key)
        if found is None:
            version = self._version
            found = await read()
            if version is not None and version == self._version:
                self._put(key, found)
        return found.result

    def end_at(self, moment: datetime) -> None:
        """End all results at a moment: something that is read now is different from then on."""
        if self._ends_at is None or moment < self._ends_at:
            self._ends_at = moment

    def clear(self) -> None:
        """End all results."""
        self._results.clear()
        self._rows = 0
        self._ends_at = None
        self._version = None

    def close(self) -> None:
        self.clear()
        self._current.close()

    async def _look_up(self) -> None:
        version = await self._current.current()
        if version != self._version or (self._ends_at is not None and self._ends_at <= self._now()):
            self.clear()
            self._version = version

    def _put(self, key: Hashable, found: Counted[Any]) -> None:
        if found.rows > _MAX_ROWS_OF_RESULT or key in self._results:
            return
        self._results[key] = found
        self._rows += found.rows + 1  # a result without rows takes memory, too
        while self._rows > MAX_ROWS:
            oldest = next(iter(self._results))
            self._rows -= self._results.pop(oldest).rows + 1
