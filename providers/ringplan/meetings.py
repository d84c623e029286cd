"""Meetings: instant ones, which RingPlan calls history events, and scheduled ones (R13 to R18)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from providers.api import (
    MAX_SKEW,
    Account,
    Core,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingSlice,
    NotAuthorized,
    NotFound,
    ProviderError,
    Rejected,
    Unparsed,
)
from providers.ringplan import wire
from providers.ringplan.client import Body, Client, PageSizes, unparsed_pages
from providers.ringplan.mapping import (
    HISTORY,
    SCHEDULED,
    ReadContext,
    created_meeting_from_wire,
    event_to_wire,
    instant_to_wire,
    meeting_from_wire,
)
from providers.ringplan.session import Session

START_MARGIN = timedelta(seconds=45)
"""How far in RingPlan's past the start of an instant meeting is sent: its clock is known to some seconds only."""

_DAY = timedelta(days=1)
_MAX_AGE = _DAY - 2 * MAX_SKEW
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC) + _DAY, datetime.max.replace(tzinfo=UTC) - _DAY


@dataclass(frozen=True, slots=True)
class UnparsedMeetings(Unparsed[list[Meeting]]):
    """All pages of the events that may overlap the slice."""

    pages: tuple[Body[list[wire.Meeting]], ...]
    meeting_slice: MeetingSlice
    context: ReadContext

    @property
    def digest(self) -> str:
        return " ".join(page.digest for page in self.pages)

    def parse(self) -> list[Meeting]:
        """Return the meetings that overlap the slice, in order of time."""
        start, end = self.meeting_slice.start, self.meeting_slice.end
        events = {event.id: event for page in self.pages for event in page.value}
        meetings = (meeting_from_wire(event, self.context) for event in events.values())
        return sorted(
            (meeting for meeting in meetings if meeting.start_time < end and meeting.end_time > start),
            key=lambda meeting: (meeting.start_time, meeting.external_id),
        )


class Meetings:
    """Read and write the meetings of an account."""

    def __init__(self, client: Client, session: Session, core: Core) -> None:
        self._client = client
        self._session = session
        self._core = core
        self._page_sizes = PageSizes()

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        """Return one slice per account."""
        return query.slices_by_account()

    async def list_meetings(self, meeting_slice: MeetingSlice) -> UnparsedMeetings:
        account, now = meeting_slice.accounts[0], self._core.now()
        # A day more at both ends: RingPlan does not document in which zone it reads the two dates, nor on which side it
        # lists a meeting that starts before them.
        first, last = max(meeting_slice.start, _EARLIEST) - _DAY, min(meeting_slice.end, _LATEST) + _DAY
        # Scheduled before history: a meeting that starts between the two calls is then in both lists, and not in none.
        event_types = [*([SCHEDULED] if last > now else []), *([HISTORY] if first < now else [])]
        lists = [await self._events(account, event_type, first, last) for event_type in event_types]
        pages = tuple(page for pages in lists for page in pages)
        return UnparsedMeetings(pages, meeting_slice, ReadContext(account, now))

    async def events(self, account: Account, event_type: str, first: datetime, last: datetime) -> list[wire.Meeting]:
        """Return all events of one type from `first` to `last` (R15, R16)."""
        return [event for page in await self._events(account, event_type, first, last) for event in page.value]

    async def _events(
        self, account: Account, event_type: str, first: datetime, last: datetime
    ) -> list[Body[list[wire.Meeting]]]:
        date_from, date_to = instant_to_wire(first), instant_to_wire(last)

        async def fetch(page: int) -> Body[list[wire.Meeting]]:
            return await self._session.call(account, self._client.events, event_type, date_from, date_to, page)

        return await unparsed_pages(fetch, self._page_sizes)

    async def schedule_meeting(self, account: Account, draft: MeetingDraft) -> Meeting:
        """Raise NotAuthorized with an `authorization_url` if RingPlan may not write to the user's Google calendar."""
        event = {
            **event_to_wire(draft, draft.start_time, draft.end_time),
            "attendees": [{"email": participant.email} for participant in draft.participants],
        }
        try:
            created = await self._session.call(account, self._client.create_scheduled_event, event)
        except NotFound as error:
            raise await self._calendar_error(account, error) from None
        context = ReadContext(account, self._core.now())
        return created_meeting_from_wire(created, context, draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft) -> Meeting:
        """Create a history event, which starts and ends in the same moment. RingPlan invites no one to it.

        RingPlan rejects a start in the future, or more than a day ago, by its own clock. The start is sent by that
        clock, a little in the past. After a rejection it is sent once more, at the earliest time that the clock can
        have shown: if the clock turns out to differ from what was known, or if it shows no difference and RingPlan
        names the start. Then it may be minutes behind without a Date that says so. The returned meeting has the start
        by the gateway's clock.
        """
        now = self._core.now()
        start = draft.start_time if now - _MAX_AGE < draft.start_time <= now else now
        started = replace(draft, start_time=start, end_time=start + (draft.end_time - draft.start_time))
        assumed = self._client.clock
        try:
            created = await self._create_history_event(account, started, assumed.at(start) - START_MARGIN)
        except Rejected as error:
            clock = self._client.clock
            if clock.is_about(assumed) and (clock.ahead or "start_time" not in error.message):
                raise
            created = await self._create_history_event(account, started, clock.earliest(start))
        context = ReadContext(account, self._core.now())
        return created_meeting_from_wire(created, context, started, MeetingKind.INSTANT)

    async def calendar_authorization_url(self, account: Account) -> str:
        return await self._session.call(account, self._client.calendar_authorization_url)

    async def _create_history_event(self, account: Account, draft: MeetingDraft, moment: datetime) -> wire.Meeting:
        second = moment.replace(microsecond=0)
        event = event_to_wire(draft, second, second)
        return await self._session.call(account, self._client.create_history_event, event)

    async def _calendar_error(self, account: Account, error: NotFound) -> ProviderError:
        """Return the error that a 404 to a new event means: usually a missing permission for the Google calendar."""
        if "google" not in error.message.lower():
            return error
        try:
            url = await self.calendar_authorization_url(account)
        except ProviderError:
            url = None
        return NotAuthorized(
            "RingPlan may not write to the user's Google calendar yet.",
            provider=self._core.name,
            authorization_url=url,
        )
