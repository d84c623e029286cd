"""Meetings: listed day by day (M3), read one by one (M5), scheduled, rescheduled, cancelled (M2, M7, M6)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from providers.api import (
    ALL_USERS,
    Account,
    Completion,
    Core,
    InvalidInput,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingSlice,
    NotAuthorized,
    NotFound,
    NotSupported,
    ProviderError,
    Unparsed,
    source_of_user,
)
from providers.medixcel.client import MedixcelClient, Response
from providers.medixcel.ist import EARLIEST, IST, LATEST, ist_day_bounds, ist_start_days
from providers.medixcel.mapping import (
    created_meeting,
    meeting_from_list,
    meeting_from_output,
    participant_fields,
    whole_minutes,
    with_known,
)
from providers.medixcel.wire import ListedMeeting, MeetingOutput


@dataclass(frozen=True, slots=True)
class UnparsedDay(Unparsed[list[Meeting]]):
    """The meetings of one user, or of all, that start on a day."""

    day: Response[Sequence[ListedMeeting]]
    user_id: str | None
    provider: str
    now: datetime

    @property
    def digest(self) -> str:
        return self.day.digest

    def parse(self) -> list[Meeting]:
        # Filtered here, too: a user must not see another's meeting, even if the upstream returns it.
        return [
            meeting_from_list(meeting, provider=self.provider, now=self.now)
            for meeting in self.day.parse()
            if self.user_id in {None, meeting.user_id}
        ]


@dataclass(frozen=True, slots=True)
class UnparsedMeeting(Unparsed[Completion | None]):
    """The details of a meeting: `parse` returns None if it does not exist."""

    response: Response[MeetingOutput]
    external_id: str
    user_id: str
    provider: str
    now: datetime

    @property
    def digest(self) -> str:
        return self.response.digest

    def parse(self) -> Completion | None:
        try:
            output = self.response.parse()
        except NotFound:
            return None
        current = meeting_from_output(
            output, external_id=self.external_id, provider=self.provider, user_id=self.user_id, now=self.now
        )
        return partial(with_known, current)


class Meetings:
    """Read and write the meetings of the operator's users."""

    def __init__(self, client: MedixcelClient, core: Core) -> None:
        self._client = client
        self._core = core

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        """Return a slice, which costs a call (M3), per day in India and user, or per day for all users.

        M3 lists a meeting on the day on which it starts, so the day before the query's first is read, too.
        """
        days = ist_start_days(query.start, query.end)
        users: list[str | None] = [None] if query.user_ids is None else list(dict.fromkeys(query.user_ids))
        return [_slice(query, user_id, day) for day in days for user_id in users]

    async def list_meetings(self, meeting_slice: MeetingSlice) -> UnparsedDay:
        now, user_id = self._core.now(), meeting_slice.user_id
        day = await self._client.day_of_meetings(meeting_slice.start.astimezone(IST).date(), user_id)
        return UnparsedDay(day, user_id, self._core.name, now)

    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[UnparsedMeeting | ProviderError]:
        """Make a call (M5) per meeting."""
        return await asyncio.gather(*map(self._get_meeting, meetings))

    async def schedule_meeting(self, account: Account, draft: MeetingDraft) -> Meeting:
        return await self._create(account, draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft) -> Meeting:
        return await self._create(account, draft, MeetingKind.INSTANT)

    async def reschedule_meeting(self, meeting: Meeting, start_time: datetime, end_time: datetime) -> Meeting:
        """Return the meeting at its new time, in whole seconds and whole minutes, which is what M7 takes."""
        self._validate_start(start_time)
        minutes, start = whole_minutes(start_time, end_time), start_time.replace(microsecond=0)
        output = await self._client.reschedule_meeting(meeting.external_id, start_time=start, minutes=minutes)
        # The output of M7 may show the old time.
        end = start + timedelta(minutes=minutes)
        return replace(self._current(output, meeting), start_time=start, end_time=end)

    async def cancel_meeting(self, meeting: Meeting) -> Meeting:
        await self._client.cancel_meeting(meeting.external_id)
        return replace(meeting, cancelled=True, synced_at=self._core.now())

    async def _get_meeting(self, meeting: Meeting) -> UnparsedMeeting | ProviderError:
        try:
            response = await self._client.response_of_details(meeting.external_id)
        except ProviderError as error:
            return error
        return UnparsedMeeting(response, meeting.external_id, meeting.user_id, self._core.name, self._core.now())

    def _current(self, output: MeetingOutput, known: Meeting) -> Meeting:
        current = meeting_from_output(
            output,
            external_id=known.external_id,
            provider=self._core.name,
            user_id=known.user_id,
            now=self._core.now(),
        )
        return with_known(current, known)

    async def _create(self, account: Account, draft: MeetingDraft, kind: MeetingKind) -> Meeting:
        if account.external_id is None:
            raise NotAuthorized("The account is not connected yet.", provider=self._core.name)
        self._validate(draft)
        external_id, output = await self._client.schedule_meeting(
            account.external_id,
            title=draft.title,
            minutes=whole_minutes(draft.start_time, draft.end_time),
            participants=[participant_fields(participant) for participant in draft.participants],
            start_time=draft.start_time if kind is MeetingKind.SCHEDULED else None,
        )
        now = self._core.now()
        return created_meeting(output, external_id, account, draft, kind, provider=self._core.name, now=now)

    def _validate(self, draft: MeetingDraft) -> None:
        """Refuse what M2 can't take: it requires participants and has no field for a password."""
        self._validate_start(draft.start_time)
        if not draft.participants:
            raise InvalidInput(
                "Invite at least one participant.", provider=self._core.name, path=("input", "participants")
            )
        if draft.password is not None:
            raise NotSupported(
                "This provider sets passwords itself.", provider=self._core.name, path=("input", "password")
            )

    def _validate_start(self, start_time: datetime) -> None:
        if not EARLIEST <= start_time < LATEST:
            raise InvalidInput(
                f"startTime is not in the years {EARLIEST.year} to {LATEST.year - 1}.",
                provider=self._core.name,
                path=("input", "startTime"),
            )


def _slice(query: MeetingQuery, user_id: str | None, day: date) -> MeetingSlice:
    start, end = ist_day_bounds(day)
    return MeetingSlice(
        source=ALL_USERS if user_id is None else source_of_user(user_id),
        start=start,
        end=end,
        accounts=tuple(account for account in query.accounts if user_id in {None, account.user_id}),
        user_id=user_id,
    )
