"""Fetches of meetings: lists by spans of time, and single meetings with their details."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self

from gateway.events.recorder import Record
from gateway.reads.fetch import Fetch, Fetched, FetchKey, FetchTimes, Freshness, Lifetime, Unchanged, combined
from gateway.reads.listed import Listed, listed
from gateway.storage import Store
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.meeting_details import DetailsResponse, SeenDetails, UnchangedDetails
from gateway.storage.meeting_list import MeetingList, MeetingSpan
from gateway.storage.meetings import Meetings
from providers.api.capabilities import MeetingDetails, MeetingQuery, MeetingReader, MeetingSlice
from providers.api.details import Completion, FoundMeeting, current
from providers.api.unparsed import Unparsed
from providers.domain.entities import Account, Meeting
from providers.domain.errors import ProviderError
from providers.upstreams import Upstream, Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedMeetings:
    """The meetings of a slice. `others` are stored ones that it should list and doesn't, as they are now."""

    listed: Listed[Meeting]
    others: Sequence[Meeting]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingListFetch(Fetch[FetchedMeetings]):
    """The meetings of a slice. Its digest holds only if the slice's source is one that other writes know."""

    repository: Meetings
    upstream: Upstream
    reader: MeetingReader
    meeting_slice: MeetingSlice

    async def fetch(self, times: FetchTimes) -> FetchedMeetings | Unchanged:
        found = listed([await self.reader.list_meetings(self.meeting_slice)], self.mapping, times)
        if isinstance(found, Unchanged):
            return found
        return FetchedMeetings(listed=found, others=await self._unlisted(found.entities, times.started_at))

    async def store(self, record: Record, fetched: FetchedMeetings, times: FetchTimes) -> str | None:
        (digest,) = await self.store_many(record, [Fetched(fetch=self, result=fetched, times=times)])
        return digest

    async def store_many(self, record: Record, fetched: Sequence[Fetched[Self, FetchedMeetings]]) -> list[str | None]:
        lists = [
            MeetingList(
                span=each.fetch.span,
                meetings=each.result.listed.entities,
                others=each.result.others,
            )
            for each in fetched
        ]
        changes, settled = await self.repository.put_lists(record.transaction, lists)
        # What is found by the first fetch of a slice has not just happened.
        again = [each.result.listed.entities for each in fetched if each.times.previous is not None]
        expected = {meeting.key for meetings in again for meeting in meetings}
        record.announce_meetings([each for each in changes if not each.is_new or each.entity.key in expected])
        return [
            each.result.listed.digest if is_settled and list_.span.source == each.fetch.key.source else None
            for each, list_, is_settled in zip(fetched, lists, settled, strict=True)
        ]

    @property
    def span(self) -> MeetingSpan:
        source = _source_account(self.meeting_slice)
        return MeetingSpan(
            provider=self.upstream.name,
            account_key=None if source is None else source.key,
            user_id=self.meeting_slice.user_id,
            start=self.meeting_slice.start,
            end=self.meeting_slice.end,
        )

    async def _unlisted(self, present: Sequence[Meeting], started_at: datetime) -> list[Meeting]:
        """Return stored meetings that the slice should list and doesn't: moved to another time, or else cancelled.

        Of a provider with details each is fetched by itself. One that can't be fetched stays as it is.
        """
        absent = await self.repository.absent(
            self.span, seen={meeting.external_id for meeting in present}, seen_before=started_at
        )
        # A meeting that began before the slice may be listed in the slice of its start alone.
        absent = [replace(each, synced_at=started_at) for each in absent if each.start_time >= self.meeting_slice.start]
        details = self.upstream.can(MeetingDetails)
        found = await details.get_meetings(absent) if details and absent else [None] * len(absent)
        pairs = [(known, current(each, known)) for known, each in zip(absent, found, strict=True)]
        return [self._moved(each or known) for known, each in pairs if not isinstance(each, ProviderError)]

    def _moved(self, meeting: Meeting) -> Meeting:
        is_in_slice = self.meeting_slice.start <= meeting.start_time < self.meeting_slice.end
        return replace(meeting, cancelled=True) if is_in_slice else meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class SameResponse:
    """The response that a stored meeting is from: it is parsed only if something else writes the meeting meanwhile."""

    response: Unparsed[Completion | None]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFetch(Fetch[SeenDetails | SameResponse | None]):
    """A stored meeting with its details, None if its provider no longer knows it.

    The meeting itself carries the time of its last fetch: `read_at`, None if its details must be fetched. Its row has
    the digest of the response, too.
    """

    is_logged: ClassVar[bool] = False

    repository: Meetings
    details: MeetingDetails
    meeting: Meeting
    read_at: datetime | None

    @property
    def batch(self) -> str:
        return self.key.provider

    def last_read_at(self, _: datetime | None) -> datetime | None:
        return self.read_at

    async def fetch(self, times: FetchTimes) -> SeenDetails | SameResponse | Unchanged | None:
        (result,) = await self.fetch_many([self], times)
        if isinstance(result, ProviderError):
            raise result
        return result

    async def store(self, record: Record, fetched: SeenDetails | SameResponse | None, times: FetchTimes) -> None:
        await self.store_many(record, [Fetched(fetch=self, result=fetched, times=times)])

    async def fetch_many(
        self, batch: Sequence[Self], _: FetchTimes
    ) -> list[SeenDetails | SameResponse | Unchanged | ProviderError | None]:
        try:
            found = await self.details.get_meetings([each.meeting for each in batch])
        except ProviderError as error:
            return [error] * len(batch)
        pairs = [*zip(batch, found, strict=True)]
        unparsed = [each.meeting.key for each, result in pairs if isinstance(result, Unparsed)]
        digests = await self.repository.details_digests(unparsed)
        return [each._result(result, digests.get(each.meeting.key)) for each, result in pairs]

    async def store_many(
        self, record: Record, fetched: Sequence[Fetched[Self, SeenDetails | SameResponse | None]]
    ) -> list[str | None]:
        results = await self._changed(record, fetched)
        # A meeting that is gone stays as it was. Its details count as fetched: they are not fetched at every read.
        gone = [
            SeenDetails(meeting=replace(each.fetch.meeting, details_read_at=each.times.started_at))
            for each, result in results
            if result is None and each.fetch.meeting.detailed
        ]
        seen = [result for _, result in results if isinstance(result, SeenDetails)]
        before = {each.fetch.meeting.key: each.fetch.meeting for each in fetched}
        changes = await self.repository.put_details(record.transaction, [*seen, *gone])
        record.announce_meetings([each for each in changes if _is_news(before[each.entity.key], each.entity)])
        return [None] * len(fetched)

    def _result(
        self, found: FoundMeeting | ProviderError, known: str | None
    ) -> SeenDetails | SameResponse | ProviderError | None:
        """Return what was found, parsed unless `known` is the response's digest."""
        if isinstance(found, Unparsed):
            digest = self._digest(found)
            return SameResponse(response=found, digest=digest) if digest == known else self._parsed(found)
        return SeenDetails(meeting=found) if isinstance(found, Meeting) else found

    def _parsed(self, response: Unparsed[Completion | None]) -> SeenDetails | ProviderError | None:
        try:
            completed = response.parse()
        except ProviderError as error:
            return error
        if completed is None:
            return None
        return SeenDetails(
            meeting=completed(self.meeting),
            response=DetailsResponse(digest=self._digest(response), completed=completed),
        )

    def _digest(self, response: Unparsed[Completion | None]) -> str:
        return combined([self.mapping, response.digest])

    async def _changed(
        self, record: Record, fetched: Sequence[Fetched[Self, SeenDetails | SameResponse | None]]
    ) -> list[tuple[Fetched[Self, Any], SeenDetails | ProviderError | None]]:
        """Date the meetings whose response is the same; return the others with what was found, parsed."""
        same = [
            UnchangedDetails(key=each.fetch.meeting.key, digest=each.result.digest, read_at=each.times.started_at)
            for each in fetched
            if isinstance(each.result, SameResponse)
        ]
        rewritten = {each.key for each in await self.repository.date_details(record.transaction, same)}
        changed: list[tuple[Fetched[Self, Any], SeenDetails | ProviderError | None]] = []
        for each in fetched:
            if not isinstance(each.result, SameResponse):
                changed.append((each, each.result))
            elif each.fetch.meeting.key in rewritten:
                changed.append((each, each.fetch._parsed(each.result.response)))
        return changed


@dataclass(frozen=True, slots=True)
class MeetingFetches:
    """The fetches of meetings: of lists, and of single meetings."""

    store: Store
    upstreams: Upstreams
    freshness: Freshness

    def lists(self, upstream: Upstream, query: MeetingQuery, now: datetime) -> list[Fetch[Any]]:
        """Return fetches of the lists that hold the meetings of a query; none if the provider lists no meetings."""
        reader = upstream.can(MeetingReader)
        if reader is None:
            return []
        return [
            self._list(upstream, reader, meeting_slice, query, now) for meeting_slice in reader.meeting_slices(query)
        ]

    def current(self, meeting: Meeting) -> Fetch[Any] | None:
        """Return the fetch of a meeting as a whole; None if its provider has no details of single meetings."""
        return self._meeting(meeting, self.freshness.meetings, meeting.oldest_read_at)

    def details(self, meeting: Meeting) -> Fetch[Any] | None:
        """Return the fetch of a meeting's details; None if its provider has none."""
        lifetime = self.freshness.meeting_details
        return self._meeting(
            meeting,
            Lifetime(fresh=lifetime.refreshed_after, usable=lifetime.usable),
            meeting.details_read_at if meeting.detailed else None,
        )

    def has_details(self, meeting: Meeting) -> bool:
        """Return whether the meeting's provider has details of single meetings."""
        return self._details(meeting) is not None

    def _list(
        self, upstream: Upstream, reader: MeetingReader, meeting_slice: MeetingSlice, query: MeetingQuery, now: datetime
    ) -> MeetingListFetch:
        lifetime = self.freshness.past_meetings if meeting_slice.end < now else self.freshness.meetings
        source = _source_account(meeting_slice)
        return MeetingListFetch(
            key=FetchKey(
                provider=upstream.name,
                kind=FetchKind.MEETINGS,
                source=meeting_slice.source,
                start=meeting_slice.start,
                end=meeting_slice.end,
            ),
            account_keys=tuple(account.key for account in meeting_slice.accounts),
            lifetime=lifetime if source is None else lifetime.of(source),
            precedes=meeting_slice.end <= query.start,
            repository=self.store.meetings,
            upstream=upstream,
            reader=reader,
            meeting_slice=meeting_slice,
            mapping=upstream.mapping,
        )

    def _meeting(self, meeting: Meeting, lifetime: Lifetime, read_at: datetime | None) -> MeetingFetch | None:
        details = self._details(meeting)
        if details is None:
            return None
        return MeetingFetch(
            key=FetchKey(
                provider=meeting.provider, kind=FetchKind.MEETING, source=f"{meeting.scope}/{meeting.external_id}"
            ),
            account_keys=() if meeting.account_key is None else (meeting.account_key,),
            lifetime=lifetime,
            repository=self.store.meetings,
            details=details,
            mapping=self.upstreams[meeting.provider].mapping,
            meeting=meeting,
            read_at=read_at,
        )

    def _details(self, meeting: Meeting) -> MeetingDetails | None:
        upstream = self.upstreams.get(meeting.provider)
        return None if upstream is None else upstream.can(MeetingDetails)


def _source_account(meeting_slice: MeetingSlice) -> Account | None:
    """Return the account whose meetings the slice has; None if it has those of a user, or of all users."""
    return next((each for each in meeting_slice.accounts if each.key == meeting_slice.source), None)


def _is_news(before: Meeting, after: Meeting) -> bool:
    """Return whether something happened to a meeting, other than that its details were fetched for the first time."""
    return before.details_read_at is not None or _schedule(before) != _schedule(after)


def _schedule(meeting: Meeting) -> tuple[datetime, datetime, bool]:
    return meeting.start_time, meeting.end_time, meeting.cancelled
