"""Storing fetched results: those of one gathering share a transaction."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, FetchKey, FetchTimes
from gateway.storage import Store
from gateway.storage.group_commit import Part

MAX_WAIT_SECONDS = 0.5
"""Seconds for which a fetched result waits for the others of its gathering, so that a slow fetch doesn't delay them."""


@dataclass(frozen=True, slots=True)
class FetchedResults(Part[Record, None]):
    """Results of one batch of fetches, as a part of a group commit."""

    store: Store
    fetched: Sequence[tuple[Fetch[Any], Any]]
    times: FetchTimes

    async def write(self, record: Record) -> None:
        first, _ = self.fetched[0]
        await first.store_many(record, self.fetched, self.times)
        for fetch, _ in self.fetched:
            if fetch.is_logged:
                await self.store.read_log.record(record.transaction, fetch.key, self.times.started_at)


class Gathering:
    """Fetches that are stored in one transaction, so that their messages are announced in order of time.

    At most `limit` of them run at the same time.
    """

    def __init__(self, keys: Iterable[FetchKey], limit: int) -> None:
        self._running = set(keys)
        self._slots = asyncio.Semaphore(limit)
        self._complete = asyncio.Event()

    async def enter(self) -> None:
        """Wait until another fetch may start."""
        await self._slots.acquire()

    def leave(self, key: FetchKey) -> None:
        """Count a fetch as done, whether it succeeded or not. Later calls for the same key have no effect."""
        if key in self._running:
            self._running.remove(key)
            self._slots.release()
        if not self._running:
            self._complete.set()

    async def wait(self, key: FetchKey) -> None:
        """Count a fetch as done and wait for the others, for MAX_WAIT_SECONDS at most."""
        self.leave(key)
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                await self._complete.wait()
