"""Meetings by id: as their providers have them now, and with their details."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.reads.fetch import Fetch, FetchFailure
from gateway.reads.session import ReadSession
from providers.api.capabilities import MeetingQuery
from providers.domain.criteria import MeetingCriteria, ObjectKey
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError


@dataclass(frozen=True, slots=True)
class MeetingsById:
    """Stored meetings. One that is not stored was never listed, and no provider is called for it.

    Details are fetched once at most for each meeting of an operation.
    """

    session: ReadSession

    async def current(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        """Return meetings as their providers have them, in the order of the keys; None if unknown or not visible.

        If a provider fails, return what is stored and note it as stale.
        """
        stored = await self._stored(keys)
        old = [each for each in stored if each is not None and self._is_old(each)]
        if not old:
            return stored
        fetches = [fetch for each in old for fetch in await self._fetches(each)]
        self.session.fetched_meetings.update(each.key for each in old)
        unknown = await self.session.refresh(fetches)
        self.session.note_stale(unknown.values())
        return await self._stored(keys)

    async def detailed(self, keys: Sequence[ObjectKey]) -> list[Meeting | ProviderError | None]:
        """Return meetings with their details, in the order of the keys; an error if those were never fetched."""
        stored = await self._stored(keys)
        due = [each for each in stored if each is not None and self.are_details_due(each)]
        if not due:
            return [*stored]
        failures = await self._refresh_details(due)
        errors = {key: failure.error for key, failure in failures.items()}
        return [errors.get(key, meeting) for key, meeting in zip(keys, await self._stored(keys), strict=True)]

    async def refresh_texts(self, criteria: MeetingCriteria) -> None:
        """Refresh the details in which a text may be found: lists may leave the titles out."""
        now = self.session.services.now()
        undetailed = await self.session.services.store.meetings.undetailed(
            self.session.visibility, criteria, now, self._current_since()
        )
        failures = await self._refresh_details([each for each in undetailed if self.are_details_due(each)])
        self.session.note_stale(failures.values())

    def are_details_due(self, meeting: Meeting) -> bool:
        """Return whether the provider has details that were never fetched, or not since `_current_since`."""
        read_at = meeting.details_read_at
        if meeting.detailed and read_at is not None and read_at >= self._current_since():
            return False
        has_details = self.session.services.meetings.has_details(meeting)
        return has_details and (read_at is None or meeting.key not in self.session.fetched_meetings)

    async def _refresh_details(self, due: Sequence[Meeting]) -> dict[ObjectKey, FetchFailure]:
        """Refresh details, and note failures as stale; return those of meetings without any details instead."""
        services = self.session.services
        self.session.fetched_meetings.update(each.key for each in due)
        meetings = {fetch.key: each for each in due if (fetch := services.meetings.details(each)) is not None}
        fetches = [fetch for each in due if (fetch := services.meetings.details(each)) is not None]
        unknown = {}
        for failure in await services.refresher.make_usable(fetches, force=self.session.force):
            meeting = meetings[failure.fetch.key]
            dated = replace(failure, since=meeting.oldest_read_at)
            if meeting.details_read_at is None:
                unknown[meeting.key] = dated
            else:
                self.session.note_stale([dated])
        return unknown

    def _current_since(self) -> datetime:
        """With `force`, details that were fetched before the operation started are not current."""
        if self.session.force:
            return self.session.started_at
        return self.session.started_at - timedelta(
            seconds=self.session.services.freshness.meeting_details.refreshed_after
        )

    def _is_old(self, meeting: Meeting) -> bool:
        services = self.session.services
        fresh = timedelta(seconds=services.freshness.meetings.fresh)
        return self.session.force or services.now() - meeting.oldest_read_at >= fresh

    async def _stored(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        return await self.session.services.store.meetings.get_many(self.session.visibility, keys)

    async def _fetches(self, meeting: Meeting) -> list[Fetch[Any]]:
        """Return the fetch of the meeting or, if its provider has no single meetings, those of the lists it is in."""
        services = self.session.services
        fetch, upstream = services.meetings.current(meeting), services.upstreams.get(meeting.provider)
        if fetch is not None or upstream is None:
            return [] if fetch is None else [fetch]
        accounts = await self.session.readable([meeting.account_key] if meeting.account_key else [])
        query = MeetingQuery(
            accounts=tuple(accounts), user_ids=(meeting.user_id,), start=meeting.start_time, end=meeting.end_time
        )
        return services.meetings.lists(upstream, query, services.now())
