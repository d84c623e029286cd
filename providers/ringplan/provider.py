"""RingPlan and everything it offers."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import ClassVar

from providers.api import (
    Account,
    ConnectionRequest,
    Contact,
    ContactDraft,
    Conversation,
    Core,
    Created,
    Grant,
    LostWrite,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingService,
    MeetingSlice,
    Message,
    MessageDraft,
    MessagePage,
    PhoneNumber,
    ProviderSettings,
    Unparsed,
    UserDraft,
)
from providers.ringplan.accounts import Accounts
from providers.ringplan.checkup import Checkup
from providers.ringplan.client import Client
from providers.ringplan.meetings import Meetings
from providers.ringplan.recovery import Recovery
from providers.ringplan.session import Session
from providers.ringplan.settings import RingPlanSettings
from providers.ringplan.texting import Texting


class RingPlanProvider:
    """Texting and Jitsi meetings of RingPlan's users (R1 to R18).

    RingPlan can't read a single event, move or cancel one, or delete a contact. No call takes an id from the
    gateway, so no method uses its `attempt`: a lost write is found by comparing the lists with its draft.
    """

    Settings: ClassVar[type[ProviderSettings]] = RingPlanSettings
    services: ClassVar[tuple[MeetingService, ...]] = (MeetingService.JITSI,)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    private_meetings = True
    # The limit of carriers; RingPlan documents none.
    max_media = 10

    def __init__(self, settings: RingPlanSettings, core: Core) -> None:
        self._settings = settings
        client = Client(settings, core)
        session = Session(client, core)
        self._accounts = Accounts(settings, client, session, core)
        self._meetings = Meetings(client, session, core)
        self._texting = Texting(client, session, core)
        self._recovery = Recovery(client, self._meetings, self._texting, core)
        self._checkup = Checkup(settings, client, session)

    async def open(self) -> None:
        """Do nothing: the provider holds no resource."""

    async def aclose(self) -> None:
        """Do nothing: the gateway owns the HTTP client."""

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        return await self._checkup.faults(accounts)

    async def register_user(self, draft: UserDraft, attempt: str) -> None:
        await self._accounts.register_user(draft)

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: str) -> Grant:
        return await self._accounts.connect_account(request)

    async def refresh_account(self, account: Account, attempt: str) -> Grant:
        return await self._accounts.refresh_account(account)

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        """Do nothing: RingPlan has no call that revokes tokens. The gateway deletes them."""

    async def calendar_authorization_url(self, account: Account) -> str:
        return await self._meetings.calendar_authorization_url(account)

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        return self._meetings.meeting_slices(query)

    async def list_meetings(self, meeting_slice: MeetingSlice) -> Unparsed[list[Meeting]]:
        return await self._meetings.list_meetings(meeting_slice)

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._meetings.schedule_meeting(account, draft)

    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._meetings.start_meeting(account, draft)

    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, lost: LostWrite
    ) -> Meeting | None:
        return await self._recovery.find_meeting(account, draft, kind, lost)

    async def list_numbers(self, account: Account) -> Unparsed[list[PhoneNumber]]:
        return await self._texting.list_numbers(account)

    def list_contacts(self, account: Account) -> AsyncIterator[Unparsed[list[Contact]]]:
        return self._texting.list_contacts(account)

    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        return await self._texting.get_contacts(account, external_ids)

    async def create_contact(self, account: Account, draft: ContactDraft, attempt: str) -> Created[Contact]:
        return await self._texting.create_contact(account, draft)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft, attempt: str) -> Contact:
        return await self._texting.update_contact(account, contact, draft)

    async def find_contact(self, account: Account, draft: ContactDraft, lost: LostWrite) -> Created[Contact] | None:
        return await self._recovery.find_contact(account, draft, lost)

    def list_conversations(self, account: Account) -> AsyncIterator[Unparsed[list[Conversation]]]:
        return self._texting.list_conversations(account)

    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: str
    ) -> Created[Conversation]:
        return await self._texting.create_conversation(account, contact, from_number)

    async def find_conversation(
        self, account: Account, contact: Contact, from_number: str, lost: LostWrite
    ) -> Created[Conversation] | None:
        return await self._recovery.find_conversation(account, contact, from_number, lost)

    @property
    def poll_seconds(self) -> float:
        return self._settings.poll_seconds

    @property
    def poll_always(self) -> bool:
        return self._settings.poll_always

    def list_messages(
        self, account: Account, conversation: Conversation, skip: int = 0
    ) -> AsyncIterator[MessagePage | Unparsed[MessagePage]]:
        return self._texting.list_messages(account, conversation, skip)

    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: str
    ) -> Message:
        return await self._texting.send_message(account, conversation, draft)

    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, lost: LostWrite
    ) -> Message | None:
        return await self._recovery.find_message(account, conversation, draft, lost)
