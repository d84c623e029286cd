"""Brings parts of the store up to date, each by one reading at a time however many ask for it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.aio.single_flight import SingleFlight
from gateway.events.recorder import Recorder
from gateway.reads.batch import Batch
from gateway.reads.fetch import Fetch, FetchFailure, FetchKey, FetchKind
from gateway.reads.group_commit import GroupCommit
from gateway.reads.recent_failures import RecentFailures
from gateway.storage import Store
from providers.domain.errors import ProviderError, StoreUnavailable, Unavailable

MAX_CONCURRENCY = 8
"""Readings of one provider that go on at the same time."""

_MAX_ENTRIES = 20_000
_Source = tuple[str, FetchKind, str]


class Refresher:
    """Knows when what was read, and reads what has become old."""

    def __init__(self, store: Store, recorder: Recorder, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keeping = GroupCommit(store, recorder)
        self._now = now
        self._read_at: dict[FetchKey, datetime] = {}
        self._flights: SingleFlight[FetchKey, None] = SingleFlight("reading_failed")
        self._setbacks: RecentFailures[_Source] = RecentFailures(now)
        self._slots: dict[str, asyncio.Semaphore] = {}

    async def make_usable(self, parts: Sequence[Fetch], *, force: bool = False) -> list[FetchFailure]:
        """Reads those parts that may not be shown as they are (all with `force`), side by side.

        Those that may be shown and are not fresh are read as well, but not waited for. Answers what could not be read:
        now, or the last time where that was not waited for.
        """
        if force:
            return await self.refresh(parts, force=True)
        old = await self._old(parts)
        usable = [part for part in old if self._is_younger(part, part.usable_seconds)]
        failed_before = self._failed_before(usable)
        for part in usable:
            if self._setbacks.is_over(_source(part)):
                self._start(part)
        unusable = [part for part in old if not self._is_younger(part, part.usable_seconds)]
        return [*failed_before, *await self._read_all(unusable)]

    async def refresh(self, parts: Sequence[Fetch], *, force: bool = False) -> list[FetchFailure]:
        """Reads those parts that are not fresh (all with `force`), side by side; answers what could not be read."""
        return await self._read_all(await self._old(parts, force=force))

    async def refresh_together(
        self, parts: Sequence[Fetch], at_once: int, *, force: bool = False
    ) -> list[FetchFailure]:
        """Refresh parts, at most `at_once` at the same time, and store them in one transaction: see `Batch`."""
        batch = Batch((part.key for part in parts), at_once)
        failures = await asyncio.gather(*(self._refresh_of_batch(part, batch, force) for part in parts))
        return [failure for of_part in failures for failure in of_part]

    def read_at(self, key: FetchKey) -> datetime | None:
        """When a part was read that this process has made use of; None where it never was."""
        return self._read_at.get(key)

    async def drain(self) -> None:
        """Lets the readings come to their end that are under way."""
        await self._flights.drain()

    async def _refresh_of_batch(self, part: Fetch, batch: Batch, force: bool) -> list[FetchFailure]:
        await batch.enter()
        try:
            return await self._read_all(await self._old([part], force=force), batch)
        finally:
            batch.leave(part.key)

    async def _old(self, parts: Sequence[Fetch], *, force: bool = False) -> list[Fetch]:
        """Those that are not fresh. When they were read is known by then."""
        old = self._not_fresh(parts, force)
        if not old:
            return []
        self._remember(await self._store.read_log.read_at([part.key for part in old]))
        return self._not_fresh(old, force)

    def _not_fresh(self, parts: Sequence[Fetch], force: bool) -> list[Fetch]:
        return [part for part in parts if force or not self._is_younger(part, part.fresh_seconds)]

    def _is_younger(self, part: Fetch, seconds: float) -> bool:
        read_at = self._read_at.get(part.key)
        return read_at is not None and self._now() - read_at < timedelta(seconds=seconds)

    def _remember(self, read_at: Mapping[FetchKey, datetime]) -> None:
        if len(self._read_at) > _MAX_ENTRIES:
            self._read_at.clear()
        self._read_at.update(read_at)

    async def _read_all(self, parts: Sequence[Fetch], batch: Batch | None = None) -> list[FetchFailure]:
        since = {part.key: self._read_at.get(part.key) for part in parts}
        errors = await asyncio.gather(*(self._read(part, batch) for part in parts))
        failures = [
            FetchFailure(part=part, error=error, since=since[part.key])
            for part, error in zip(parts, errors, strict=True)
            if error is not None
        ]
        return await self._dated(failures)

    async def _dated(self, failures: list[FetchFailure]) -> list[FetchFailure]:
        """What is shown of a stretch of time that was never read as a whole is what was read of it in part."""
        never = [each.part.key for each in failures if each.since is None and each.part.key.start is not None]
        if not never:
            return failures
        read_at = await self._store.read_log.read_in_part_at(never)
        return [replace(each, since=each.since or read_at.get(each.part.key)) for each in failures]

    def _failed_before(self, parts: Sequence[Fetch]) -> list[FetchFailure]:
        return [
            FetchFailure(part=part, error=error, since=read_at)
            for part in parts
            if (read_at := self._read_at.get(part.key)) is not None
            and (error := self._setbacks.error(_source(part), read_at)) is not None
        ]

    async def _read(self, part: Fetch, batch: Batch | None) -> ProviderError | None:
        try:
            await asyncio.shield(self._start(part, batch))
        except ProviderError as error:
            return error
        except StoreUnavailable as error:
            return Unavailable(error.message)
        return None

    def _start(self, part: Fetch, batch: Batch | None = None) -> asyncio.Task[None]:
        reading = self._flights.get(part.key)
        return reading or self._flights.start([part.key], self._reading(part, self._read_at.get(part.key), batch))

    async def _reading(self, part: Fetch, since: datetime | None, batch: Batch | None) -> None:
        async with self._slots.setdefault(part.key.provider, asyncio.Semaphore(MAX_CONCURRENCY)):
            started = self._now()
            try:
                save = await part.read(since)
            except ProviderError as error:
                self._setbacks.note(_source(part), error)
                raise
        self._setbacks.forget(_source(part))
        arrival = self._keeping.queue(part.key, started, save)
        if batch is not None:
            await batch.wait(part.key)
        await self._keeping.store_with_others(arrival)
        self._remember({part.key: started})


def _source(part: Fetch) -> _Source:
    """A part of a time is read of the same source as that of another time: when one fails, so does the other."""
    return part.key.provider, part.key.kind, part.key.source
