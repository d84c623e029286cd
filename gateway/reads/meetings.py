"""Meetings, read by slices of time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, FetchKey, FetchKind, Save
from gateway.reads.freshness import Freshness
from gateway.storage import Store
from providers.api.capabilities import MeetingDetails, MeetingQuery, MeetingReader, MeetingSlice
from providers.domain.entities import Meeting
from providers.domain.errors import ProviderError
from providers.upstreams import Upstream


@dataclass(frozen=True, slots=True)
class MeetingFetches:
    """Tells which parts hold the meetings of a query, and reads them."""

    store: Store
    freshness: Freshness

    def parts(self, upstream: Upstream, query: MeetingQuery, now: datetime) -> list[Fetch]:
        """None where the provider lists no meetings."""
        reader = upstream.can(MeetingReader)
        if reader is None:
            return []
        return [
            replace(self._part(upstream, reader, piece, now), precedes=piece.end <= query.start)
            for piece in reader.meeting_slices(query)
        ]

    def _part(self, upstream: Upstream, reader: MeetingReader, piece: MeetingSlice, now: datetime) -> Fetch:
        lifetime = self.freshness.past_meetings if piece.end < now else self.freshness.meetings
        read_through = next((each for each in piece.accounts if each.key == piece.source), None)
        return Fetch(
            key=FetchKey(
                provider=upstream.name, kind=FetchKind.MEETINGS, source=piece.source, start=piece.start, end=piece.end
            ),
            account_keys=tuple(account.key for account in piece.accounts),
            fresh_seconds=lifetime.fresh,
            usable_seconds=(lifetime if read_through is None else lifetime.of(read_through)).usable,
            read=partial(self._read, upstream, reader, piece, now),
        )

    async def _read(
        self, upstream: Upstream, reader: MeetingReader, piece: MeetingSlice, started: datetime, since: datetime | None
    ) -> Save:
        meetings = await reader.list_meetings(piece)
        gone = await self._gone(upstream, piece, meetings, started)
        return partial(self._save, [*meetings, *gone], since is not None)

    async def _save(self, meetings: Sequence[Meeting], known_before: bool, record: Record) -> None:
        """What was there when a slice is read for the first time has not just happened."""
        changes = await self.store.meetings.put(record.transaction, meetings)
        record.announce_meetings([change.entity for change in changes if known_before or not change.is_new])

    async def _gone(
        self, upstream: Upstream, piece: MeetingSlice, meetings: Sequence[Meeting], started: datetime
    ) -> list[Meeting]:
        """Meetings that the slice should hold and doesn't, as far as the provider can be asked what became of them.

        One that began before the slice may be listed there alone.
        """
        absent = await self.store.meetings.absent(
            provider=upstream.name,
            account_key=next((each.key for each in piece.accounts if each.key == piece.source), None),
            user_id=piece.user_id,
            start=piece.start,
            end=piece.end,
            seen={meeting.external_id for meeting in meetings},
            seen_before=started,
        )
        absent = [replace(each, synced_at=started) for each in absent if each.start_time >= piece.start]
        details = upstream.can(MeetingDetails)
        told = await details.get_meetings(absent) if details and absent else [None] * len(absent)
        found = zip(absent, told, strict=True)
        return [_unlisted(known, each, piece) for known, each in found if not isinstance(each, ProviderError)]


def _unlisted(known: Meeting, told: Meeting | None, piece: MeetingSlice) -> Meeting:
    """A meeting that is not in the list any more: it has been moved elsewhere, or else cancelled."""
    found = told or known
    return replace(found, cancelled=True) if piece.start <= found.start_time < piece.end else found
