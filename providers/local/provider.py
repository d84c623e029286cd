"""The embedded provider and everything it offers."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
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
    ProviderError,
    ProviderSettings,
)
from providers.local.accounts import Accounts
from providers.local.contacts import Contacts
from providers.local.conversations import Conversations
from providers.local.database import Database
from providers.local.jitsi import Jitsi
from providers.local.meetings import Meetings
from providers.local.messages import Messages
from providers.local.recovery import Recovery
from providers.local.settings import LocalSettings


class LocalProvider:
    """Meetings on a Jitsi Meet, and texting among the accounts that are connected here.

    After a crash the file shows what was committed, so the writes have no use for their `attempt`.
    """

    Settings: ClassVar[type[ProviderSettings]] = LocalSettings
    services: ClassVar[tuple[MeetingService, ...]] = (MeetingService.JITSI,)
    lookup_lag: ClassVar[timedelta] = timedelta(seconds=2)

    max_media = 10
    poll_seconds = 10.0
    poll_always = False

    def __init__(self, settings: LocalSettings, core: Core) -> None:
        self._may_create = core.may_create
        self._jitsi = Jitsi(settings)
        self._database = Database(settings.path, core.name)
        self._accounts = Accounts(self._database, core.name)
        self._meetings = Meetings(self._database, self._accounts, self._jitsi, core)
        self._contacts = Contacts(self._database, self._accounts, core)
        self._conversations = Conversations(self._database, self._accounts, core)
        self._messages = Messages(self._database, self._accounts, core)
        self._recovery = Recovery(self._accounts, self._meetings, core)

    async def open(self) -> None:
        """Raise Unavailable, with a message for the operator, if the file can't be used."""
        if self._may_create or self._database.exists:
            await self._database.open()

    async def aclose(self) -> None:
        await self._messages.aclose()
        await self._database.aclose()

    async def check(self, accounts: Sequence[Account]) -> list[str]:
        return await self._database.check(may_create=self._may_create)

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: str) -> Grant:
        return await self._accounts.connect_account(account, request)

    async def disconnect_account(self, account: Account, attempt: str) -> None:
        await self._accounts.disconnect_account(account)

    async def list_numbers(self, account: Account) -> list[PhoneNumber]:
        return await self._accounts.list_numbers(account)

    @property
    def private_meetings(self) -> bool:
        """Whether a password keeps anyone out: only a Jitsi Meet with tokens checks it."""
        return self._jitsi.has_tokens

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        return self._meetings.meeting_slices(query)

    async def list_meetings(self, meeting_slice: MeetingSlice) -> list[Meeting]:
        return await self._meetings.list_meetings(meeting_slice)

    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[Meeting | ProviderError | None]:
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

    def list_contacts(self, account: Account) -> AsyncIterator[list[Contact]]:
        return self._contacts.list_contacts(account)

    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        return await self._contacts.get_contacts(account, external_ids)

    async def create_contact(self, account: Account, draft: ContactDraft, attempt: str) -> Created[Contact]:
        return await self._contacts.create_contact(account, draft)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft, attempt: str) -> Contact:
        return await self._contacts.update_contact(account, contact, draft)

    async def find_contact(self, account: Account, draft: ContactDraft, lost: LostWrite) -> Created[Contact] | None:
        return await self._recovery.find_contact(account, draft, lost)

    def list_conversations(self, account: Account) -> AsyncIterator[list[Conversation]]:
        return self._conversations.list_conversations(account)

    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: str
    ) -> Created[Conversation]:
        return await self._conversations.create_conversation(account, contact, from_number)

    async def find_conversation(
        self, account: Account, contact: Contact, from_number: str, lost: LostWrite
    ) -> Created[Conversation] | None:
        return await self._recovery.find_conversation(account, contact, lost)

    def list_messages(self, account: Account, conversation: Conversation, skip: int = 0) -> AsyncIterator[MessagePage]:
        return self._messages.list_messages(account, conversation, skip)

    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: str
    ) -> Message:
        return await self._messages.send_message(account, conversation, draft)

    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, lost: LostWrite
    ) -> Message | None:
        return await self._recovery.find_message(account, conversation, draft, lost)
