"""Meetings with all that their provider tells, read one by one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import structlog

from gateway.aio.single_flight import SingleFlight
from gateway.events.recorder import Recorder
from gateway.reads.recent_failures import RecentFailures
from gateway.storage import Store
from providers.api.capabilities import MeetingDetails
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError, StoreUnavailable, Unavailable
from providers.upstreams import Upstreams

Failures = dict[ObjectKey, ProviderError]
"""Why meetings could not be read, by their key."""

_Flight = asyncio.Task[Failures]

_log = structlog.get_logger(__name__)


class MeetingDetailFetches:
    """Reads meetings anew; one that is being read for somebody is waited for, not asked for again."""

    def __init__(self, store: Store, upstreams: Upstreams, recorder: Recorder, now: Callable[[], datetime]) -> None:
        self._store = store
        self._upstreams = upstreams
        self._recorder = recorder
        self._now = now
        self._flights: SingleFlight[ObjectKey, Failures] = SingleFlight("meeting_reading_failed")
        self._setbacks: RecentFailures[ObjectKey] = RecentFailures(now)

    async def read(self, meetings: Sequence[Meeting]) -> Failures:
        """Store meetings as their providers show them now; return why those failed that could not be read.

        A meeting whose provider tells no details, or no longer knows it, stays as it was.
        """
        self._start(meetings)
        flights = {_key(each): self._flights.get(_key(each)) for each in meetings}
        failed = [(key, await _failure(key, flight)) for key, flight in flights.items()]
        return {key: error for key, error in failed if error is not None}

    def read_behind(self, meetings: Sequence[Meeting]) -> Failures:
        """Start to read meetings without waiting; return why those failed that could not be read the last time."""
        self._start([each for each in meetings if self._setbacks.is_over(_key(each))])
        failed = [(_key(each), self._setbacks.error(_key(each), each.oldest_read_at)) for each in meetings]
        return {key: error for key, error in failed if error is not None}

    async def drain(self) -> None:
        """Lets the readings come to their end that are under way."""
        await self._flights.drain()

    def _start(self, meetings: Sequence[Meeting]) -> None:
        """One reading a provider, of those that are not being read."""
        for provider, group in groupby(sorted(meetings, key=_provider), key=_provider):
            upstream = self._upstreams.get(provider)
            details = None if upstream is None else upstream.can(MeetingDetails)
            missing = [each for each in group if self._flights.get(_key(each)) is None]
            if details is not None and missing:
                self._flights.start([_key(each) for each in missing], self._read(details, missing))

    async def _read(self, details: MeetingDetails, meetings: Sequence[Meeting]) -> Failures:
        started = self._now()
        answers = dict(zip(map(_key, meetings), await details.get_meetings(meetings), strict=True))
        failures = {key: answer for key, answer in answers.items() if isinstance(answer, ProviderError)}
        for key in answers:
            if key in failures:
                self._setbacks.note(key, failures[key])
            else:
                self._setbacks.forget(key)
        for error in {error.code: error for error in failures.values()}.values():
            _log.warning("meeting_reading_failed", provider=error.provider, code=error.code.value, reason=error.message)
        gone = [replace(each, details_read_at=started) for each in meetings if answers[_key(each)] is None]
        told = [answer for answer in answers.values() if isinstance(answer, Meeting)]
        await self._save(meetings, [*told, *(each for each in gone if each.detailed)])
        return failures

    async def _save(self, meetings: Sequence[Meeting], seen: Sequence[Meeting]) -> None:
        if not seen:
            return
        before = {_key(each): each for each in meetings}
        async with self._recorder.record() as record:
            changes = await self._store.meetings.put(record.transaction, seen)
            news = [each.entity for each in changes if _is_news(before.get(_key(each.entity)), each.entity)]
            record.announce_meetings(news)


async def _failure(key: ObjectKey, flight: _Flight | None) -> ProviderError | None:
    if flight is None:
        return None
    try:
        return (await asyncio.shield(flight)).get(key)
    except StoreUnavailable as error:
        return Unavailable(error.message)


def _is_news(before: Meeting | None, after: Meeting) -> bool:
    """Whether something happened to a meeting, other than that more is known of it now."""
    return before is None or before.details_read_at is not None or _course(before) != _course(after)


def _course(meeting: Meeting) -> tuple[datetime, datetime, bool]:
    return meeting.start_time, meeting.end_time, meeting.cancelled


_provider = attrgetter("provider")


def _key(meeting: Meeting) -> ObjectKey:
    return meeting.scope, meeting.external_id
