"""Meetings by id: as they are now, and with all that their providers tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.reading.details import DetailReading
from gateway.reading.freshness import Freshness
from gateway.reading.meetings import MeetingReading
from gateway.reading.part import Part
from gateway.reading.refresher import Refresher
from gateway.reading.seen import Seen
from gateway.reading.staleness import Staleness
from gateway.store import Store, Visibility
from gateway.upstream import Upstreams
from providers.capability import MeetingDetails, MeetingQuery
from providers.errors import ProviderError
from providers.models import Meeting
from resolvers.criteria import ObjectKey


@dataclass(frozen=True, slots=True)
class MeetingCatalogue:
    """The known meetings of one viewer's operation. One that the store does not know never was."""

    visibility: Visibility
    store: Store
    upstreams: Upstreams
    seen: Seen
    refresher: Refresher
    reading: MeetingReading
    details: DetailReading
    freshness: Freshness
    staleness: Staleness
    now: Callable[[], datetime]
    force: bool

    async def current(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        """As their providers show them, in the order of the keys. Where a provider fails, as they were last seen."""
        known = await self._known(keys)
        old = [each for each in known if each is not None and self._is_old(each)]
        if not old:
            return known
        await self._read_details([each for each in old if self._can_tell_details(each)])
        parts = [part for each in old if not self._can_tell_details(each) for part in await self._parts(each)]
        self.staleness.note(await self.refresher.make_usable(parts, force=self.force))
        return await self._known(keys)

    async def detailed(self, keys: Sequence[ObjectKey]) -> list[Meeting | ProviderError | None]:
        """With all that their providers tell; an error where one can't be asked for what it never told."""
        known = await self._known(keys)
        poor = [each for each in known if each is not None and not each.detailed]
        told = await self.details.read(poor)
        return [told.get(key, meeting) for key, meeting in zip(keys, known, strict=True)]

    async def _known(self, keys: Sequence[ObjectKey]) -> list[Meeting | None]:
        return await self.store.meetings.get_many(self.visibility, keys)

    async def _read_details(self, old: Sequence[Meeting]) -> None:
        usable = [each for each in old if self._is_usable(each)]
        self.staleness.note_meetings(self.details.read_behind(usable))
        unusable = [each for each in old if not self._is_usable(each)]
        told = await self.details.read(unusable)
        self.staleness.note_meetings([(each, told[_key(each)]) for each in unusable])

    def _is_old(self, meeting: Meeting) -> bool:
        return self.force or not self._is_younger(meeting, self.freshness.meetings.fresh)

    def _is_usable(self, meeting: Meeting) -> bool:
        return not self.force and self._is_younger(meeting, self.freshness.meetings.usable)

    def _is_younger(self, meeting: Meeting, seconds: float) -> bool:
        return self.now() - meeting.synced_at < timedelta(seconds=seconds)

    def _can_tell_details(self, meeting: Meeting) -> bool:
        upstream = self.upstreams.get(meeting.provider)
        return upstream is not None and upstream.can(MeetingDetails) is not None

    async def _parts(self, meeting: Meeting) -> list[Part]:
        """The parts that the meeting lies in."""
        upstream = self.upstreams.get(meeting.provider)
        if upstream is None:
            return []
        accounts = await self.seen.readable([meeting.account_key] if meeting.account_key else [])
        query = MeetingQuery(
            accounts=tuple(accounts), user_ids=(meeting.user_id,), start=meeting.start_time, end=meeting.end_time
        )
        return self.reading.parts(upstream, query, self.now())


def _key(meeting: Meeting) -> ObjectKey:
    return meeting.scope, meeting.external_id
