"""Group commit: results that arrive while a transaction is being written share the next one.

Making a transaction durable takes longer than all the rest of it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.events.recorder import Record, Recorder
from gateway.reads.fetch import Fetch, Fetched, FetchKey
from gateway.storage import Store
from gateway.storage.read_versions import StoredRead

MAX_WAIT_SECONDS = 0.5
"""Seconds for which a fetched result waits for the others of its gathering, so that a slow fetch doesn't delay them."""


@dataclass(slots=True)
class Arrival:
    """Results of one batch of fetches that wait to be stored."""

    fetched: Sequence[Fetched[Any, Any]]
    is_settled: bool = False
    error: Exception | None = None


class GroupCommit:
    """A queue of fetched results: those that wait are stored in one transaction."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store = store
        self._recorder = recorder
        self._turn = asyncio.Lock()
        self._waiting: list[Arrival] = []

    def queue(self, fetched: Sequence[Fetched[Any, Any]]) -> Arrival:
        """Queue results for the next transaction, which `commit` begins at the latest."""
        arrival = Arrival(fetched)
        self._waiting.append(arrival)
        return arrival

    async def commit(self, arrival: Arrival) -> None:
        """Store all that is queued, unless that has been done. Raise what storing this arrival raises."""
        async with self._turn:
            if not arrival.is_settled:
                arrivals, self._waiting = self._waiting, []
                await self._settle(arrivals)
        if arrival.error is not None:
            raise arrival.error

    async def _settle(self, arrivals: Sequence[Arrival]) -> None:
        """Store all in one transaction or, if that fails, each in its own: one that can't be stored fails alone."""
        try:
            await self._write(arrivals)
        except Exception as error:
            if len(arrivals) == 1:
                arrivals[0].error = error
            else:
                for each in arrivals:
                    await self._settle([each])
        for each in arrivals:
            each.is_settled = True

    async def _write(self, arrivals: Sequence[Arrival]) -> None:
        """Store what has arrived, all results of fetches of one class by one `store_many`."""
        of_class: dict[type[Fetch[Any]], list[Fetched[Any, Any]]] = {}
        for arrival in arrivals:
            for each in arrival.fetched:
                of_class.setdefault(each.fetch.__class__, []).append(each)
        async with self._recorder.record() as record:
            for fetched in of_class.values():
                digests = await fetched[0].fetch.store_many(record, fetched)
                await self._log(record, fetched, digests)

    async def _log(self, record: Record, fetched: Sequence[Fetched[Any, Any]], digests: Sequence[str | None]) -> None:
        """Record the reads. Those of a span of time end the entries for its parts."""
        stored = []
        for each, digest in zip(fetched, digests, strict=True):
            key, read_at = each.fetch.key, each.times.started_at
            if not each.fetch.is_logged:
                continue
            if key.is_bounded:
                await self._store.read_log.record(record.transaction, key, read_at)
            else:
                stored.append(StoredRead(span=key, read_at=read_at, digest=digest, before=each.times.version))
        if stored:
            await self._store.read_versions.record(record.transaction, stored)


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
