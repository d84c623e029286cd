"""Medixcel Connect as a provider: what it can do, in terms of the domain."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from providers.api import (
    Account,
    Conflict,
    ConnectionRequest,
    Core,
    CorrectInput,
    Grant,
    InvalidInput,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingService,
    MeetingSlice,
    NotAuthorized,
    NotFound,
    NotSupported,
    ProviderError,
    ProviderSettings,
)
from providers.medixcel.client import MedixcelClient
from providers.medixcel.connection import grant_from_callback
from providers.medixcel.errors import UnexpectedAnswer
from providers.medixcel.ist import EARLIEST, IST, LATEST, ist_day_bounds, ist_start_days, six_months_after
from providers.medixcel.mapping import (
    CONNECTION_TYPES,
    meeting_from_list,
    meeting_from_output,
    participant_fields,
    whole_minutes,
    with_drafted,
    with_known,
)
from providers.medixcel.recovery import Sought
from providers.medixcel.settings import MedixcelSettings
from providers.medixcel.wire import MeetingOutput

MOST_READS = 8
EVERYONE = "everyone"


class MedixcelProvider:
    """At most eight reading calls (M3, M5) are under way at once."""

    Settings: ClassVar[type[ProviderSettings]] = MedixcelSettings
    services: ClassVar[tuple[MeetingService, ...]] = tuple(CONNECTION_TYPES)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    def __init__(self, settings: MedixcelSettings, core: Core) -> None:
        self._core = core
        self._base_url = settings.base_url
        self._client = MedixcelClient(settings, core)
        self._reads = asyncio.Semaphore(MOST_READS)

    async def open(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        """Asks for today's meetings (M3), which changes nothing."""
        try:
            await self._client.meetings_for_date(self._core.now().astimezone(IST).date())
        except CorrectInput as error:
            return [f"The client key is not accepted. {error.message}"]
        except UnexpectedAnswer as error:
            return [f"{self._base_url} does not answer as Medixcel Connect: is base_url right? {error.message}"]
        except ProviderError as error:
            return [f"Medixcel Connect at {self._base_url} is out of order or can't be reached. {error.message}"]
        return []

    def connection_request_error(self, request: ConnectionRequest) -> str | None:
        if request.service not in CONNECTION_TYPES:
            return f"Say which service to connect: {' or '.join(service.value for service in self.services)}."
        if request.id_token or request.refresh_token:
            return "This provider takes no tokens: the user consents on its own page."
        return None

    def authorization_page(self, account: Account) -> str:
        if account.service is None:
            raise InvalidInput("The account names no service of this provider.", provider=self._core.name)
        return self._client.consent_page(account.user_id, CONNECTION_TYPES[account.service])

    def finish_connection(self, account: Account, parameters: Mapping[str, str]) -> Grant:
        return grant_from_callback(account, parameters)

    def renewed_expiry(self, account: Account, now: datetime) -> datetime:
        """When an account that has just set up a meeting expires: six months from `now`. The upstream does not tell."""
        return six_months_after(now)

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        if account.external_id is None:
            return
        try:
            await self._client.disconnect_account(account.external_id)
        except (NotFound, Conflict):
            return

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        """Return a slice, which is a call (M3), for each day in India and user, or for each day of everybody.

        M3 lists a meeting on the day on which it starts, so the day before the query's first is read too.
        """
        days = ist_start_days(query.start, query.end)
        users: list[str | None] = [None] if query.user_ids is None else list(dict.fromkeys(query.user_ids))
        return [_slice(query, user_id, day) for day in days for user_id in users]

    async def list_meetings(self, part: MeetingSlice) -> list[Meeting]:
        now = self._core.now()
        async with self._reads:
            listed = await self._client.meetings_for_date(part.start.astimezone(IST).date(), part.user_id)
        return [
            meeting_from_list(one, provider=self._core.name, now=now)
            for one in listed
            if part.user_id in {None, one.user_id}
        ]

    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[Meeting | ProviderError | None]:
        """A call each (M5)."""
        return await asyncio.gather(*map(self._told, meetings))

    async def _told(self, meeting: Meeting) -> Meeting | ProviderError | None:
        try:
            return await self._get_meeting(meeting)
        except ProviderError as error:
            return error

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._set_up(account, draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._set_up(account, draft, MeetingKind.INSTANT)

    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, trace: LostWrite
    ) -> Meeting | None:
        async with self._reads:
            clock = self._core.http.clock(self._base_url)
            found = await Sought(account, draft, kind, trace, clock).find(self._client, self._core.now())
        return None if found is None else self._set_up_meeting(account, draft, kind, *found)

    async def reschedule_meeting(
        self, meeting: Meeting, start_time: datetime, end_time: datetime, attempt: str
    ) -> Meeting:
        """The meeting at the time that was asked for: the upstream's answer may show the old one.

        It is told whole seconds and whole minutes.
        """
        self._refuse_untellable(start_time)
        minutes, start = whole_minutes(start_time, end_time), start_time.replace(microsecond=0)
        output = await self._client.reschedule_meeting(meeting.external_id, start_time=start, minutes=minutes)
        told = self._meeting(output, meeting.external_id, meeting.user_id)
        return replace(with_known(told, meeting), start_time=start, end_time=start + timedelta(minutes=minutes))

    async def cancel_meeting(self, meeting: Meeting, attempt: str) -> Meeting:
        await self._client.cancel_meeting(meeting.external_id)
        return replace(meeting, cancelled=True, synced_at=self._core.now())

    async def _set_up(self, account: Account, draft: MeetingDraft, kind: MeetingKind) -> Meeting:
        external_id = self._external_id(account)
        self._refuse_unsendable(draft)
        scheduled = await self._client.schedule_meeting(
            external_id,
            title=draft.title,
            minutes=whole_minutes(draft.start_time, draft.end_time),
            participants=[participant_fields(participant) for participant in draft.participants],
            start_time=draft.start_time if kind is MeetingKind.SCHEDULED else None,
        )
        return self._set_up_meeting(account, draft, kind, *scheduled)

    def _set_up_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, external_id: str, output: MeetingOutput
    ) -> Meeting:
        told = self._meeting(output, external_id, account.user_id)
        return replace(with_drafted(told, draft), account_key=account.key, kind=kind)

    async def _get_meeting(self, meeting: Meeting) -> Meeting | None:
        async with self._reads:
            try:
                output = await self._client.meeting_details(meeting.external_id)
            except NotFound:
                return None
        return with_known(self._meeting(output, meeting.external_id, meeting.user_id), meeting)

    def _meeting(self, output: MeetingOutput, external_id: str, user_id: str) -> Meeting:
        return meeting_from_output(
            output, external_id=external_id, provider=self._core.name, user_id=user_id, now=self._core.now()
        )

    def _external_id(self, account: Account) -> str:
        if account.external_id is None:
            raise NotAuthorized("The account is not connected yet.", provider=self._core.name)
        return account.external_id

    def _refuse_unsendable(self, draft: MeetingDraft) -> None:
        """Before anything is sent: M2 requires participants and has no field for a password."""
        self._refuse_untellable(draft.start_time)
        if not draft.participants:
            raise InvalidInput("Invite somebody.", provider=self._core.name, path=("input", "participants"))
        if draft.password is not None:
            raise NotSupported(
                "This provider sets passwords itself.", provider=self._core.name, path=("input", "password")
            )

    def _refuse_untellable(self, start_time: datetime) -> None:
        if not EARLIEST <= start_time < LATEST:
            raise InvalidInput(
                "The provider takes no meeting at that time.", provider=self._core.name, path=("input", "startTime")
            )


def _slice(query: MeetingQuery, user_id: str | None, day: date) -> MeetingSlice:
    start, end = ist_day_bounds(day)
    return MeetingSlice(
        source=EVERYONE if user_id is None else f"user:{user_id}",
        start=start,
        end=end,
        accounts=tuple(account for account in query.accounts if user_id in {None, account.user_id}),
        user_id=user_id,
    )
