"""Storing fetched results: those of one gathering share a transaction."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, Fetched, FetchKey
from gateway.storage import Store
from gateway.storage.group_commit import Part
from gateway.storage.read_versions import StoredRead

MAX_WAIT_SECONDS = 0.5
"""Seconds for which a fetched result waits for the others of its gathering, so that a slow fetch doesn't delay them."""


@dataclass(frozen=True, slots=True)
class FetchedResults(Part[Record, None]):
    """Results of one batch of fetches, as a part of a group commit."""

    store: Store
    fetched: Sequence[Fetched[Any, Any]]

    async def write(self, record: Record) -> None:
        await self.write_all(record, [self])

    @classmethod
    async def write_all(cls, record: Record, parts: Sequence[Self]) -> list[None]:
        """Store the results of all parts, those of fetches of one class by one `store_many`."""
        of_class: dict[type[Fetch[Any]], list[Fetched[Any, Any]]] = {}
        for each in (fetched for part in parts for fetched in part.fetched):
            of_class.setdefault(each.fetch.__class__, []).append(each)
        for fetched in of_class.values():
            digests = await fetched[0].fetch.store_many(record, fetched)
            await _log(parts[0].store, record, fetched, digests)
        return [None] * len(parts)


async def _log(
    store: Store, record: Record, fetched: Sequence[Fetched[Any, Any]], digests: Sequence[str | None]
) -> None:
    """Record the reads."""
    stored = [
        StoredRead(span=each.fetch.key, read_at=each.times.started_at, digest=digest, before=each.times.version)
        for each, digest in zip(fetched, digests, strict=True)
        if each.fetch.is_logged
    ]
    if stored:
        await store.read_versions.record(record.transaction, stored)


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
