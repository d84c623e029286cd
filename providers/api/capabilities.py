"""Capabilities of plug-ins: one small Protocol per capability.

A provider has a capability if it has the methods of the capability's Protocol; `capabilities` derives the list. Every
method raises ProviderError for all that can be expected to go wrong, and nothing else for any upstream response.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from providers.api.details import FoundMeeting
from providers.api.unparsed import Unparsed
from providers.domain.capabilities import Capability
from providers.domain.drafts import ConnectionRequest, ContactDraft, MeetingDraft, MessageDraft, UserDraft
from providers.domain.entities import (
    Account,
    Contact,
    Conversation,
    Meeting,
    MeetingKind,
    MeetingService,
    Message,
    PhoneNumber,
)
from providers.domain.errors import ProviderError
from providers.domain.results import Created

T = TypeVar("T")

Attempt = str
"""Identifies one intended write: 32 hex digits, the same for every retry of it, different for the next write.

A plug-in uses it as its provider allows: as the id of the created object, as an idempotency key, in a callback URL.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Result of connecting or refreshing an account.

    `external_id` is the provider's own id of the account: the same id means the same account. `expires_at` is when the
    connection ends unless it is used or refreshed. `credentials` are stored encrypted.
    """

    external_id: str | None = None
    service: MeetingService | None = None
    expires_at: datetime | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingQuery:
    """The requested meetings, from `start` (inclusive) to `end` (exclusive).

    `accounts` are the requested accounts, all connected and of this provider. `user_ids` are the requested users; None
    requests the meetings of all users, including those without an account here.
    """

    accounts: tuple[Account, ...]
    user_ids: tuple[str, ...] | None
    start: datetime
    end: datetime

    def slices_by_account(self) -> "list[MeetingSlice]":
        """Return a slice for each account, for upstreams that list an account's meetings by its own credentials."""
        return [
            MeetingSlice(source=account.key, start=self.start, end=self.end, accounts=(account,))
            for account in self.accounts
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingSlice:
    """Part of a query's result that is read, and stays fresh, as a whole.

    `source` names whose meetings these are: an account's key, `source_of_user`, or ALL_USERS. Reading a source for a
    period covers every part of that period. `accounts` are the query's accounts that the slice covers; `user_id` is set
    if the slice is read for one user.
    """

    source: str
    start: datetime
    end: datetime
    accounts: tuple[Account, ...] = ()
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """Page of a conversation, newest message first. `is_last` means that the upstream shows no older message."""

    messages: tuple[Message, ...]
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWrite:
    """A write without a response: its `attempt`, sent at `since` by the gateway's clock.

    An object created before `since` is not its result; the upstream's clock may differ from the gateway's (HostClock).
    Neither is an object whose external id is in `taken`: other writes created those.
    """

    attempt: Attempt
    since: datetime
    taken: frozenset[str] = frozenset()


@runtime_checkable
class UserRegistrar(Protocol):
    async def register_user(self, draft: UserDraft, attempt: Attempt) -> None: ...


@runtime_checkable
class TokenConnector(Protocol):
    """Connects an account immediately, with the tokens that the request carries."""

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: Attempt) -> Grant: ...


@runtime_checkable
class BrowserConnector(Protocol):
    """Connects an account through an authorization page of the provider."""

    def connection_request_error(self, request: ConnectionRequest) -> str | None:
        """Return an error message if the request can't lead to a connection, else None. Makes no call."""
        ...

    def authorization_page(self, account: Account) -> str:
        """Return the URL for the browser of the account's user. It may contain a secret of the operator."""
        ...

    def finish_connection(self, account: Account, parameters: Mapping[str, str]) -> Grant:
        """Return the grant in the callback's query.

        NotAuthorized if the user declined; Rejected if the query belongs to another account or is malformed.
        """
        ...


@runtime_checkable
class AccountRefresher(Protocol):
    async def refresh_account(self, account: Account, attempt: Attempt) -> Grant:
        """Refresh the account's tokens now. `core.tokens` has stored them: the grant's credentials are empty."""
        ...


@runtime_checkable
class AccountDisconnector(Protocol):
    async def disconnect_account(self, account: Account, attempt: Attempt) -> None:
        """Disconnect the account; succeed also if the provider has disconnected it already."""
        ...


@runtime_checkable
class RenewedByUse(Protocol):
    """Accounts that expire unless they are used: creating a meeting extends them."""

    def renewed_expiry(self, account: Account, now: datetime) -> datetime: ...


@runtime_checkable
class CalendarAuthorizer(Protocol):
    async def calendar_authorization_url(self, account: Account) -> str: ...


@runtime_checkable
class MeetingReader(Protocol):
    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        """Return the slices that answer `query`, in order of time, without a call.

        Slices that end before the query are for meetings that start in them and overlap it, if lists go by the start.
        """
        ...

    async def list_meetings(self, meeting_slice: MeetingSlice) -> list[Meeting] | Unparsed[list[Meeting]]:
        """Return all meetings of the slice, including cancelled ones if the provider lists them."""
        ...


@runtime_checkable
class MeetingDetails(Protocol):
    async def get_meetings(self, meetings: Sequence[Meeting]) -> Sequence[FoundMeeting | ProviderError]:
        """Return each meeting with its details, in order; None if it no longer exists.

        A plug-in that reads meetings one by one returns the error of each that fails, so that the others succeed. It
        may return the responses as Unparsed.
        """
        ...


@runtime_checkable
class MeetingScheduler(Protocol):
    """Schedules meetings at instants. Their zone may show the local time of one twice (`is_unambiguous`).

    A provider that takes only local times raises InvalidInput for such a time, with the path of the field, unless it
    can be sent in another zone.
    """

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: Attempt) -> Meeting: ...


@runtime_checkable
class InstantMeetings(Protocol):
    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: Attempt) -> Meeting: ...


@runtime_checkable
class MeetingRescheduler(Protocol):
    """Moves meetings to instants, as `MeetingScheduler` schedules them at one."""

    async def reschedule_meeting(
        self, meeting: Meeting, start_time: datetime, end_time: datetime, attempt: Attempt
    ) -> Meeting: ...


@runtime_checkable
class MeetingCanceller(Protocol):
    async def cancel_meeting(self, meeting: Meeting, attempt: Attempt) -> Meeting:
        """Return the cancelled meeting; Conflict if it was cancelled before."""
        ...


@runtime_checkable
class PrivateMeetings(Protocol):
    """Meetings with a password; available if `private_meetings` is true, which may depend on settings."""

    @property
    def private_meetings(self) -> bool: ...


@runtime_checkable
class NumberDirectory(Protocol):
    async def list_numbers(self, account: Account) -> list[PhoneNumber] | Unparsed[list[PhoneNumber]]:
        """Return all numbers."""
        ...


@runtime_checkable
class ContactDirectory(Protocol):
    def list_contacts(self, account: Account) -> AsyncIterator[list[Contact] | Unparsed[list[Contact]]]:
        """Yield all contacts, page by page."""
        ...


@runtime_checkable
class ContactReader(Protocol):
    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        """Return contacts in the order of the ids; None for one that no longer exists."""
        ...


@runtime_checkable
class ContactCreator(Protocol):
    async def create_contact(self, account: Account, draft: ContactDraft, attempt: Attempt) -> Created[Contact]: ...


@runtime_checkable
class ContactUpdater(Protocol):
    async def update_contact(
        self, account: Account, contact: Contact, draft: ContactDraft, attempt: Attempt
    ) -> Contact:
        """Replace the contact by `draft`, which is complete; `contact` is its last known state.

        Raise NotSupported, with the path ("input", "clear"), if the draft lacks a name that the provider can't remove.
        """
        ...


@runtime_checkable
class ConversationDirectory(Protocol):
    def list_conversations(self, account: Account) -> AsyncIterator[list[Conversation] | Unparsed[list[Conversation]]]:
        """Yield all conversations, page by page."""
        ...


@runtime_checkable
class ConversationCreator(Protocol):
    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: Attempt
    ) -> Created[Conversation]: ...


@runtime_checkable
class MessageReader(Protocol):
    def list_messages(
        self, account: Account, conversation: Conversation, skip: int = 0
    ) -> AsyncIterator[MessagePage | Unparsed[MessagePage]]:
        """Yield messages newest first, with one call per page. May start before the first `skip` messages, never after.

        Messages of about the same time may have any order that is stable between calls.
        """
        ...


@runtime_checkable
class MessageSender(Protocol):
    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: Attempt
    ) -> Message:
        """Return the message as accepted; its status is FAILED if the provider accepted but could not send it."""
        ...


@runtime_checkable
class MediaSender(Protocol):
    """Messages with media, at most `max_media` per message."""

    @property
    def max_media(self) -> int: ...


@runtime_checkable
class MessageReceiver(Protocol):
    """Inbound messages. The gateway polls for them every `poll_seconds`, in addition to those that are published.

    For the lists of conversations and of contacts, too, if subscriptions are to them. It polls while a subscription is
    active, and always for messages if `poll_always` is true.
    """

    @property
    def poll_seconds(self) -> float: ...

    @property
    def poll_always(self) -> bool: ...


@runtime_checkable
class MeetingFinder(Protocol):
    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, lost: LostWrite
    ) -> Meeting | None:
        """Return the oldest meeting that `draft` can have created, as the write would have returned it; else None."""
        ...


@runtime_checkable
class ContactFinder(Protocol):
    async def find_contact(self, account: Account, draft: ContactDraft, lost: LostWrite) -> Created[Contact] | None:
        """Return the contact with the draft's number; `created` if the lost write can have created it."""
        ...


@runtime_checkable
class ConversationFinder(Protocol):
    async def find_conversation(
        self, account: Account, contact: Contact, from_number: str, lost: LostWrite
    ) -> Created[Conversation] | None:
        """Return the contact's conversation with the number; `created` if the lost write can have created it."""
        ...


@runtime_checkable
class MessageFinder(Protocol):
    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, lost: LostWrite
    ) -> Message | None:
        """Return the oldest message that `draft` can have created; else None."""
        ...


PROTOCOLS: dict[Capability, tuple[type, ...]] = {
    Capability.REGISTER_USER: (UserRegistrar,),
    Capability.CONNECT_ACCOUNT: (TokenConnector, BrowserConnector),
    Capability.REFRESH_ACCOUNT: (AccountRefresher,),
    Capability.DISCONNECT_ACCOUNT: (AccountDisconnector,),
    Capability.LIST_MEETINGS: (MeetingReader,),
    Capability.GET_MEETING: (MeetingDetails,),
    Capability.SCHEDULE_MEETING: (MeetingScheduler,),
    Capability.START_MEETING: (InstantMeetings,),
    Capability.RESCHEDULE_MEETING: (MeetingRescheduler,),
    Capability.CANCEL_MEETING: (MeetingCanceller,),
    Capability.PRIVATE_MEETING: (PrivateMeetings,),
    Capability.LIST_NUMBERS: (NumberDirectory,),
    Capability.LIST_CONTACTS: (ContactDirectory,),
    Capability.GET_CONTACT: (ContactReader,),
    Capability.CREATE_CONTACT: (ContactCreator,),
    Capability.UPDATE_CONTACT: (ContactUpdater,),
    Capability.LIST_CONVERSATIONS: (ConversationDirectory,),
    Capability.CREATE_CONVERSATION: (ConversationCreator,),
    Capability.LIST_MESSAGES: (MessageReader,),
    Capability.SEND_MESSAGE: (MessageSender,),
    Capability.SEND_MEDIA: (MediaSender,),
    Capability.RECEIVE_MESSAGES: (MessageReceiver,),
}


def capabilities(provider: object) -> tuple[Capability, ...]:
    """Return the capabilities of `provider`, in the order of the enum."""
    found = (c for c, protocols in PROTOCOLS.items() if isinstance(provider, protocols))
    return tuple(c for c in found if c is not Capability.PRIVATE_MEETING or _is_private(provider))


def _is_private(provider: object) -> bool:
    return isinstance(provider, PrivateMeetings) and provider.private_meetings
