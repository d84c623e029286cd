"""Medixcel Connect and everything it offers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from providers.api import (
    Account,
    ConnectionRequest,
    Core,
    FoundMeeting,
    Grant,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingService,
    MeetingSlice,
    ProviderError,
    ProviderSettings,
    Unparsed,
)
from providers.medixcel.accounts import Accounts, grant_from_callback
from providers.medixcel.checkup import faults
from providers.medixcel.client import MedixcelClient
from providers.medixcel.mapping import CONNECTION_TYPES
from providers.medixcel.meetings import Meetings
from providers.medixcel.recovery import Recovery
from providers.medixcel.settings import MedixcelSettings


class MedixcelProvider:
    """Zoom and Google Meet meetings of an operator's users (M1 to M7).

    No call takes an id of ours, so no method has a use for its `attempt`: a lost write is found by likeness.
    """

    Settings: ClassVar[type[ProviderSettings]] = MedixcelSettings
    services: ClassVar[tuple[MeetingService, ...]] = tuple(CONNECTION_TYPES)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    def __init__(self, settings: MedixcelSettings, core: Core) -> None:
        self._core = core
        self._base_url = settings.base_url
        self._client = MedixcelClient(settings, core)
        self._accounts = Accounts(self._client, core)
        self._meetings = Meetings(self._client, core)
        self._recovery = Recovery(self._client, core)

    async def open(self) -> None:
        """Do nothing: the provider holds no resource."""

    async def aclose(self) -> None:
        """Do nothing: the gateway owns the HTTP client."""

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        return await faults(self._client, self._base_url, self._core.now())

    def connection_request_error(self, request: ConnectionRequest) -> str | None:
        return self._accounts.connection_request_error(request)

    def authorization_page(self, account: Account) -> str:
        return self._accounts.authorization_page(account)

    def finish_connection(self, account: Account, parameters: Mapping[str, str]) -> Grant:
        return grant_from_callback(account, parameters)

    def renewed_expiry(self, account: Account, now: datetime) -> datetime:
        return self._accounts.renewed_expiry(account, now)

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        await self._accounts.disconnect_account(account)

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        return self._meetings.meeting_slices(query)

    async def list_meetings(self, meeting_slice: MeetingSlice) -> Unparsed[list[Meeting]]:
        return await self._meetings.list_meetings(meeting_slice)

    async def get_meetings(self, meetings: Sequence[Meeting]) -> Sequence[FoundMeeting | ProviderError]:
        return await self._meetings.get_meetings(meetings)

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._meetings.schedule_meeting(account, draft)

    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._meetings.start_meeting(account, draft)

    async def reschedule_meeting(
        self, meeting: Meeting, start_time: datetime, end_time: datetime, attempt: str
    ) -> Meeting:
        return await self._meetings.reschedule_meeting(meeting, start_time, end_time)

    async def cancel_meeting(self, meeting: Meeting, attempt: str) -> Meeting:
        return await self._meetings.cancel_meeting(meeting)

    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, lost: LostWrite
    ) -> Meeting | None:
        return await self._recovery.find_meeting(account, draft, kind, lost)
