"""Group commit: results that arrive while a transaction is being written share the next one.

Making a transaction durable takes longer than all the rest of it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.events.recorder import Recorder
from gateway.reads.fetch import Fetch, FetchKey, FetchTimes
from gateway.storage import Store

MAX_WAIT_SECONDS = 0.5
"""Seconds for which a fetched result waits for the others of its gathering, so that a slow fetch doesn't delay them."""


@dataclass(slots=True)
class Arrival:
    """Results of one batch of fetches that wait to be stored."""

    fetched: Sequence[tuple[Fetch[Any], Any]]
    times: FetchTimes
    is_settled: bool = False
    error: Exception | None = None


class GroupCommit:
    """A queue of fetched results: those that wait are stored in one transaction."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store = store
        self._recorder = recorder
        self._turn = asyncio.Lock()
        self._waiting: list[Arrival] = []

    def queue(self, fetched: Sequence[tuple[Fetch[Any], Any]], times: FetchTimes) -> Arrival:
        """Queue results for the next transaction, which `commit` begins at the latest."""
        arrival = Arrival(fetched, times)
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
        async with self._recorder.record() as record:
            for each in arrivals:
                first, _ = each.fetched[0]
                await first.store_many(record, each.fetched, each.times)
                for fetch, _ in each.fetched:
                    if fetch.is_logged:
                        await self._store.read_log.record(record.transaction, fetch.key, each.times.started_at)


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
