"""Meetings: history events, which begin now, and scheduled ones (R13 to R18)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from providers.api import (
    Account,
    HostClock,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingSlice,
    NotAuthorized,
    NotFound,
    ProviderError,
    Rejected,
)
from providers.ringplan import wire
from providers.ringplan.connection import Connection
from providers.ringplan.mapping import (
    HISTORY,
    SCHEDULED,
    Reading,
    created_meeting_from_wire,
    event_to_wire,
    instant_to_wire,
    meeting_from_wire,
)
from providers.ringplan.paging import pages

START_MARGIN = timedelta(seconds=45)
"""How far before RingPlan's present an instant meeting's start is sent: its clock is known to some seconds."""

_DAY = timedelta(days=1)
_OLDEST_START = _DAY - 2 * START_MARGIN
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC) + _DAY, datetime.max.replace(tzinfo=UTC) - _DAY


class Calendar(Connection):
    private_meetings = True

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        """One slice an account."""
        return [
            MeetingSlice(source=account.key, start=query.start, end=query.end, accounts=(account,))
            for account in query.accounts
        ]

    async def list_meetings(self, part: MeetingSlice) -> list[Meeting]:
        """The meetings that overlap the slice, in order of time.

        RingPlan is asked for a day more at both ends: it doesn't say in which zone it reads the two dates, nor where it
        puts a meeting that begins before them or that is going on. What is yet to begin is asked for first: a meeting
        that begins between the two calls is in both lists, and would be in neither the other way round.
        """
        account, now = part.accounts[0], self._core.now()
        first, last = max(part.start, _EARLIEST) - _DAY, min(part.end, _LATEST) + _DAY
        wanted = [*([SCHEDULED] if last > now else []), *([HISTORY] if first < now else [])]
        window = (instant_to_wire(first), instant_to_wire(last))
        lists = [await self._events(account, event_type, *window) for event_type in wanted]
        reading = Reading(account, now)
        events = {event.id: event for events in lists for event in events}
        meetings = (meeting_from_wire(event, reading) for event in events.values())
        return sorted(
            (meeting for meeting in meetings if meeting.start_time < part.end and meeting.end_time > part.start),
            key=lambda meeting: (meeting.start_time, meeting.external_id),
        )

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        """NotAuthorized with an `authorization_url` where the user hasn't let RingPlan into their Google calendar."""
        event = {
            **event_to_wire(draft, draft.start_time, draft.end_time),
            "attendees": [{"email": participant.email} for participant in draft.participants],
        }
        try:
            created = await self._session.call(account, self._client.create_scheduled_event, event)
        except NotFound as error:
            raise await self._calendar_refusal(account, error) from None
        return created_meeting_from_wire(created, self._reading(account), draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        """A history event begins when it ends. Nobody is invited.

        RingPlan refuses a start that is in the future, or more than a day ago, by its own clock. Therefore it gets one
        by that clock that lies a little in the past, again if its refusal shows that the clock is another. What the
        answer says is ours.
        """
        now = self._core.now()
        start = draft.start_time if now - _OLDEST_START < draft.start_time <= now else now
        begun = replace(draft, start_time=start, end_time=start + (draft.end_time - draft.start_time))
        clock = self._clock
        try:
            created = await self._create_history_event(account, begun, clock)
        except Rejected:
            if self._clock.is_about(clock):
                raise
            created = await self._create_history_event(account, begun, self._clock)
        return created_meeting_from_wire(created, self._reading(account), begun, MeetingKind.INSTANT)

    async def _create_history_event(self, account: Account, draft: MeetingDraft, clock: HostClock) -> wire.Meeting:
        moment = (clock.at(draft.start_time) - START_MARGIN).replace(microsecond=0)
        event = event_to_wire(draft, moment, moment)
        return await self._session.call(account, self._client.create_history_event, event)

    async def _events(self, account: Account, event_type: str, date_from: str, date_to: str) -> list[wire.Meeting]:
        async def fetch(page: int) -> list[wire.Meeting]:
            return await self._session.call(account, self._client.events, event_type, date_from, date_to, page)

        return [event async for page in pages(fetch) for event in page]

    async def _calendar_refusal(self, account: Account, error: NotFound) -> ProviderError:
        """What a 404 to a new event means: most often that RingPlan may not write to the user's Google calendar."""
        if "google" not in error.message.lower():
            return error
        try:
            url = await self._session.call(account, self._client.calendar_authorization_url)
        except ProviderError:
            url = None
        return NotAuthorized(
            "RingPlan may not write to the user's Google calendar yet.",
            provider=self._core.name,
            authorization_url=url,
        )
