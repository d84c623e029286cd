"""Meetings by id: as they are now, and with all that their providers tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.reads.current_details import CurrentDetails
from gateway.reads.fetch import Fetch
from gateway.reads.freshness import Freshness
from gateway.reads.meetings import MeetingFetches
from gateway.reads.refresher import Refresher
from gateway.reads.request_cache import RequestCache
from gateway.reads.stale_report import StaleReport
from gateway.storage import Store, Visibility
from providers.api.capabilities import MeetingQuery
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError
from providers.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class MeetingsById:
    """The known meetings of one viewer's operation. One that the store does not know never was."""

    visibility: Visibility
    store: Store
    upstreams: Upstreams
    seen: RequestCache
    refresher: Refresher
    reading: MeetingFetches
    details: CurrentDetails
    freshness: Freshness
    staleness: StaleReport
    now: Callable[[], datetime]
    force: bool

    async def current(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        """As their providers show them, in the order of the keys. Where a provider fails, as they were last seen."""
        known = await self._known(keys)
        old = [each for each in known if each is not None and self._is_old(each)]
        if not old:
            return known
        await self.details.read([each for each in old if self.details.can_be_read(each)])
        parts = [part for each in old if not self.details.can_be_read(each) for part in await self._parts(each)]
        self.staleness.note(await self.refresher.make_usable(parts, force=self.force))
        return await self._known(keys)

    async def detailed(self, keys: Sequence[ObjectKey]) -> list[Meeting | ProviderError | None]:
        """With all that their providers tell; an error where one can't be asked for what it never told."""
        known = await self._known(keys)
        due = [each for each in known if each is not None and self.details.are_due(each)]
        if not due:
            return [*known]
        failures = await self.details.read_due(due)
        return [failures.get(key, meeting) for key, meeting in zip(keys, await self._known(keys), strict=True)]

    async def _known(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        return await self.store.meetings.get_many(self.visibility, keys)

    def _is_old(self, meeting: Meeting) -> bool:
        return self.force or self.now() - meeting.oldest_read_at >= timedelta(seconds=self.freshness.meetings.fresh)

    async def _parts(self, meeting: Meeting) -> list[Fetch]:
        """The parts that the meeting lies in."""
        upstream = self.upstreams.get(meeting.provider)
        if upstream is None:
            return []
        accounts = await self.seen.readable([meeting.account_key] if meeting.account_key else [])
        query = MeetingQuery(
            accounts=tuple(accounts), user_ids=(meeting.user_id,), start=meeting.start_time, end=meeting.end_time
        )
        return self.reading.parts(upstream, query, self.now())
