"""The refresher: the one place that decides what is fresh, and that starts fetches."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeGuard

import structlog

from gateway.aio.batching import Coalesced
from gateway.aio.single_flight import SingleFlight
from gateway.events.recorder import Recorder
from gateway.reads.fetch import UNCHANGED, Fetch, Fetched, FetchFailure, FetchKey, FetchTimes, Lifetime
from gateway.reads.gathering import FetchedResults, Gathering
from gateway.reads.recent_failures import RecentFailures
from gateway.reads.unchanged_reads import UnchangedReads
from gateway.storage import Store
from gateway.storage.read_versions import ReadVersion
from providers.domain.errors import ProviderError, StoreUnavailable, Unavailable
from providers.http import Traffic
from providers.upstreams import Upstreams

NO_UPSTREAMS: Upstreams = MappingProxyType({})
_MAX_ENTRIES = 20_000
_Errors = Mapping[FetchKey, ProviderError]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _LoggedVersions:
    """The versions of some fetches that the read log had at a time."""

    at: datetime
    versions: Mapping[FetchKey, ReadVersion]


class Refresher:
    """Makes each fetch once at a time for all readers of the process, and remembers when it was made."""

    def __init__(
        self, store: Store, recorder: Recorder, now: Callable[[], datetime], upstreams: Upstreams = NO_UPSTREAMS
    ) -> None:
        self._store = store
        self._upstreams = upstreams
        self._group = recorder.group
        self._unchanged = UnchangedReads(store, self._forget)
        self._versions: Coalesced[FetchKey, ReadVersion] = Coalesced(store.read_versions.get_many)
        self._now = now
        self._read_at: dict[FetchKey, datetime] = {}
        self._flights: SingleFlight[FetchKey, _Errors] = SingleFlight("fetch_failed")
        self._recent_failures = RecentFailures(now)
        self._slots: dict[str, asyncio.Semaphore] = {}

    def is_usable(self, fetches: Sequence[Fetch[Any]]) -> bool:
        """Return whether this process knows that all stored results may be served, if only while they are refreshed."""
        return all(self._is_younger(each, max(each.lifetime.fresh, each.lifetime.usable)) for each in fetches)

    def is_fresh(self, key: FetchKey, lifetime: Lifetime) -> bool:
        """Return whether this process knows that the result of a fetch is fresh: then there is nothing to make."""
        return self._is_within(self._read_at.get(key), lifetime.fresh)

    async def make_usable(self, fetches: Sequence[Fetch[Any]], *, force: bool = False) -> list[FetchFailure]:
        """Make those fetches whose stored results must not be served (all with `force`), side by side.

        Fetches whose results are usable but not fresh are started without waiting for them. Return what failed: now or,
        if it was not waited for, the last time.
        """
        if force:
            return await self.refresh(fetches, force=True)
        old, logged = await self._old(fetches)
        usable = [each for each in old if self._is_younger(each, each.lifetime.usable)]
        failed_before = self._failed_before(usable)
        self._start([each for each in usable if self._recent_failures.may_retry(each.key)], logged)
        unusable = [each for each in old if not self._is_younger(each, each.lifetime.usable)]
        return [*failed_before, *await self._fetch_all(unusable, logged)]

    async def refresh(self, fetches: Sequence[Fetch[Any]], *, force: bool = False) -> list[FetchFailure]:
        """Make those fetches that are not fresh (all with `force`), side by side; return what failed."""
        return await self._fetch_all(*await self._old(fetches, force=force))

    async def refresh_together(self, fetches: Sequence[Fetch[Any]], limit: int) -> list[FetchFailure]:
        """Refresh, at most `limit` at the same time, and store the results in one transaction (see `Gathering`)."""
        gathering = Gathering((each.key for each in fetches), limit)
        failures = await asyncio.gather(*(self._refresh_one_of(gathering, each) for each in fetches))
        return [failure for of_fetch in failures for failure in of_fetch]

    def read_at(self, key: FetchKey) -> datetime | None:
        """Return when something was last fetched that this process has used; None if it never was."""
        return self._read_at.get(key)

    async def drain(self) -> None:
        """Wait for the fetches that are running, and write what is only in memory."""
        await self._flights.drain()
        await self._unchanged.drain()

    async def _refresh_one_of(self, gathering: Gathering, fetch: Fetch[Any]) -> list[FetchFailure]:
        await gathering.enter()
        try:
            old, logged = await self._old([fetch])
            return await self._fetch_all(old, logged, gathering)
        finally:
            gathering.leave(fetch.key)

    async def _old(
        self, fetches: Sequence[Fetch[Any]], *, force: bool = False
    ) -> tuple[list[Fetch[Any]], _LoggedVersions]:
        """Return those that are not fresh, also by the read log: another process may have made some.

        A span of time may have been fetched as a part of a longer one, which has no version of it. With `force` only
        versions are looked up.
        """
        old, now = self._not_fresh(fetches, force), self._now()
        if not old:
            return [], _LoggedVersions(now, {})
        bounded = [each.key for each in old if each.is_logged and each.key.is_bounded]
        if bounded and not force:
            self._remember_logged(await self._store.read_log.read_at(bounded))
            old = self._not_fresh(old, force)
        versions = await self._versions.get_many([each.key for each in old if each.is_logged])
        read_at = {key: version.read_at for key, version in versions.items() if version.read_at is not None}
        self._remember_logged({key: at for key, at in read_at.items() if not (key.is_bounded and key in self._read_at)})
        return self._not_fresh(old, force), _LoggedVersions(now, versions)

    def _not_fresh(self, fetches: Sequence[Fetch[Any]], force: bool) -> list[Fetch[Any]]:
        return [each for each in fetches if force or not self._is_younger(each, each.lifetime.fresh)]

    def _is_younger(self, fetch: Fetch[Any], seconds: float) -> bool:
        return self._is_within(self._last_read_at(fetch), seconds)

    def _is_within(self, read_at: datetime | None, seconds: float) -> bool:
        return read_at is not None and self._now() - read_at < timedelta(seconds=seconds)

    def _last_read_at(self, fetch: Fetch[Any]) -> datetime | None:
        return fetch.last_read_at(self._read_at.get(fetch.key))

    def _remember(self, read_at: Mapping[FetchKey, datetime]) -> None:
        if len(self._read_at) > _MAX_ENTRIES:
            self._read_at.clear()
        self._read_at.update(read_at)

    def _remember_logged(self, read_at: Mapping[FetchKey, datetime]) -> None:
        # The time of an unchanged read is newer than what is written.
        self._remember({key: at for key, at in read_at.items() if key not in self._unchanged})

    async def _fetch_all(
        self, fetches: Sequence[Fetch[Any]], logged: _LoggedVersions, gathering: Gathering | None = None
    ) -> list[FetchFailure]:
        if not fetches:
            return []
        since = [self._last_read_at(each) for each in fetches]
        flights = self._start(fetches, logged, gathering)
        # Shielded: others may wait for them, too. gather makes no tasks for futures.
        ended = await asyncio.gather(*(asyncio.shield(flights[each.key]) for each in fetches), return_exceptions=True)
        failures = [
            FetchFailure(fetch=fetch, error=error, since=read_at)
            for fetch, end, read_at in zip(fetches, ended, since, strict=True)
            if (error := _error(fetch.key, end)) is not None
        ]
        return await self._dated(failures)

    async def _dated(self, failures: list[FetchFailure]) -> list[FetchFailure]:
        """Set `since` of failures whose span was never fetched as a whole to the last fetch of a part of it."""
        never = [each.fetch.key for each in failures if each.since is None and each.fetch.key.start is not None]
        if not never:
            return failures
        read_at = await self._store.read_log.read_in_part_at(never)
        return [replace(each, since=each.since or read_at.get(each.fetch.key)) for each in failures]

    def _failed_before(self, fetches: Sequence[Fetch[Any]]) -> list[FetchFailure]:
        return [
            FetchFailure(fetch=each, error=error, since=read_at)
            for each in fetches
            if (read_at := self._last_read_at(each)) is not None
            and (error := self._recent_failures.error(each.key, read_at)) is not None
        ]

    def _start(
        self, fetches: Sequence[Fetch[Any]], logged: _LoggedVersions, gathering: Gathering | None = None
    ) -> dict[FetchKey, asyncio.Task[_Errors]]:
        """Start those that are not running, one task for each batch; return the tasks by key."""
        flights: dict[FetchKey, asyncio.Task[_Errors]] = {}
        batches: dict[Hashable, dict[FetchKey, Fetch[Any]]] = {}
        for each in fetches:
            running = self._flights.get(each.key)
            if running is not None:
                flights[each.key] = running
            else:
                # By key: the same fetch may be requested twice.
                batches.setdefault((each.__class__, each.batch), {})[each.key] = each
        for batch in batches.values():
            task = self._flights.start([*batch], self._run([*batch.values()], logged, gathering))
            flights.update(dict.fromkeys(batch, task))
        return flights

    async def _run(self, batch: Sequence[Fetch[Any]], logged: _LoggedVersions, gathering: Gathering | None) -> _Errors:
        """Fetch and store a batch; return what failed. Raise StoreUnavailable."""
        first = batch[0]
        previous = self._last_read_at(first)
        async with self._slots_of(first.key.provider):
            times = FetchTimes(
                started_at=self._now(),
                previous=previous,
                version=logged.versions.get(first.key),
            )
            results = await first.fetch_many(batch, times)
        errors = {each.key: result for each, result in zip(batch, results, strict=True) if _is_error(result)}
        self._note(batch, errors)
        fetched = []
        for each, result in zip(batch, results, strict=True):
            if result is UNCHANGED and times.version is not None:
                # What is stored was as the provider has it when the version was looked up.
                self._remember({each.key: logged.at})
                self._unchanged.note(each.key, logged.at, times.version)
            elif each.key not in errors:
                fetched.append(Fetched(fetch=each, result=result, times=times))
        if fetched:
            await self._store_all(fetched, gathering)
        return errors

    async def _store_all(self, fetched: Sequence[Fetched[Fetch[Any], Any]], gathering: Gathering | None) -> None:
        stored = self._group.queue(FetchedResults(self._store, fetched))
        if gathering is not None:
            await gathering.wait(fetched[0].fetch.key)
        self._group.begin()
        await stored
        for each in fetched:
            self._unchanged.forget(each.fetch.key)
            self._remember({each.fetch.key: each.times.started_at})

    def _slots_of(self, provider: str) -> asyncio.Semaphore:
        slots = self._slots.get(provider)
        if slots is None:
            upstream = self._upstreams.get(provider)
            limit = Traffic().concurrent_reads if upstream is None else upstream.http.traffic.concurrent_reads
            slots = self._slots[provider] = asyncio.Semaphore(limit)
        return slots

    def _forget(self, key: FetchKey, read_at: datetime) -> None:
        """Forget when something was fetched that has been written by something else since."""
        if self._read_at.get(key) == read_at:
            del self._read_at[key]

    def _note(self, batch: Sequence[Fetch[Any]], errors: _Errors) -> None:
        for each in batch:
            if each.key in errors:
                self._recent_failures.note(each.key, errors[each.key])
            else:
                self._recent_failures.forget(each.key)
        # One entry for each code: all fetches of a batch fail together when the provider does.
        for code, error in {error.code: error for error in errors.values()}.items():
            _log.warning("fetch_failed", provider=error.provider, code=code.value, reason=error.message)


def _is_error(result: object) -> TypeGuard[ProviderError]:
    return isinstance(result, ProviderError)


def _error(key: FetchKey, end: _Errors | BaseException) -> ProviderError | None:
    """Return the error of a fetch from what its task returned or raised; raise what is no failure of it."""
    if isinstance(end, StoreUnavailable):
        return Unavailable(end.message)
    if isinstance(end, BaseException):
        raise end
    return end.get(key)
