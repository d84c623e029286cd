"""The read cache: results of reads in memory, for as long as nothing is committed to the store.

A commit by any process ends all results: none is older than what the database would return. To know whether something
was committed (`StoreVersion`) takes less than a read, and the rows of a cached result are made entities once.
"""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from gateway.storage.store_version import StoreVersion

R = TypeVar("R")

_RESULTS = 10
"""The least number of results for which there is room: a longer one is not cached."""

_BYTES_OF_ENTRY = 2_000
"""Bytes of a result without rows and of a key without values."""


class Sized(NamedTuple, Generic[R]):
    """A result, and what returns the bytes of what it was made from: values of rows and of its key, of any length."""

    result: R
    size: Callable[[], int]


class ReadCache:
    """Results by key, the newest ones with `max_bytes` together. Callers share them, and must not change them.

    All are of one version of the store, or newer ones if it has changed since that was looked up: then they are never
    returned, since the next look-up ends them. It is looked up before a result is returned, and not before a read.
    """

    def __init__(self, version: StoreVersion, now: Callable[[], datetime], max_bytes: int) -> None:
        self._current = version
        self._now = now
        self._max_bytes = max_bytes
        self._version: Hashable | None = None
        self._ends_at: datetime | None = None
        self._results: dict[Hashable, tuple[Any, int]] = {}
        self._size = 0

    async def get(self, key: Hashable, read: Callable[[], Awaitable[Sized[R]]]) -> R:
        """Return the result of `key`; `read` it if something was committed since it was last read."""
        if key in self._results or self._version is None:
            await self._look_up()
        known = self._results.get(key)
        if known is not None:
            result: R = known[0]
            return result
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
        self._size = 0
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

    def _put(self, key: Hashable, found: Sized[Any]) -> None:
        if not self._max_bytes or key in self._results:
            return
        size = found.size() + _BYTES_OF_ENTRY
        if size * _RESULTS > self._max_bytes:
            return
        self._results[key] = (found.result, size)
        self._size += size
        while self._size > self._max_bytes:
            oldest = next(iter(self._results))
            _, freed = self._results.pop(oldest)
            self._size -= freed
