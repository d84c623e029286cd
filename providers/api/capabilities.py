"""What a plug-in can do: one small Protocol a capability.

Nothing is declared twice: a provider has a capability when it has the methods of its Protocol, and `capabilities` reads
that off. All methods raise `providers.domain.errors.ProviderError` for what a caller can expect to go wrong, and
nothing else for anything that an upstream may answer.

Every method that writes takes an `attempt`: 32 hex digits of the write journal's, the same for every try of one intent,
another for the next intent. A plug-in uses it as its provider allows: as the id of what it creates, as an idempotency
key, in a callback URL. The finders get it too.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a provider gave when an account was connected or renewed.

    `external_id` is the provider's own id of the account: the same one again means the same account. `expires_at` is
    when the connection ends unless it is used or renewed, `credentials` what has to be kept, encrypted, to speak for
    the account.
    """

    external_id: str | None = None
    service: MeetingService | None = None
    expires_at: datetime | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingQuery:
    """Whose meetings are wanted, from `start` (inclusive) to `end` (exclusive).

    `accounts` are the connected ones that were asked for, all of this provider. `user_ids` are the users asked for,
    None where everybody's meetings are wanted, also those of users who have no account here.
    """

    accounts: tuple[Account, ...]
    user_ids: tuple[str, ...] | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingSlice:
    """A part of a query's answer that is read, and stays fresh, as a whole.

    `source` names whose meetings these are (an account's key, a user, everybody): what was read of a source for a time
    is known for every part of that time. `accounts` are those of the query that the slice speaks for; `user_id` is set
    where it is read for a user.
    """

    source: str
    start: datetime
    end: datetime
    accounts: tuple[Account, ...] = ()
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """A page of a conversation, newest first. `is_last` tells that nothing older follows, as far as can be seen."""

    messages: tuple[Message, ...]
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWrite:
    """What is known of a write whose answer got lost: the `attempt` that was made, at `since` by the gateway's clock.

    What was there before is not what it made: compare with the time of the upstream's clock, which may be another
    (`providers.http.HostClock`). Nor is what other writes came to, whose external ids are `taken`.
    """

    attempt: str
    since: datetime
    taken: frozenset[str] = frozenset()


@runtime_checkable
class UserRegistrar(Protocol):
    async def register_user(self, draft: UserDraft, attempt: str) -> None: ...


@runtime_checkable
class TokenConnector(Protocol):
    """Connects an account at once, with what the request carries."""

    async def connect_account(self, account: Account, request: ConnectionRequest, attempt: str) -> Grant: ...


@runtime_checkable
class BrowserConnector(Protocol):
    """Connects an account by way of a page of the provider."""

    def connection_request_error(self, request: ConnectionRequest) -> str | None:
        """What is wrong with a request before anybody is sent anywhere, in words; None where nothing is."""
        ...

    def authorization_page(self, account: Account) -> str:
        """Where to send the browser of the account's user. The URL may hold a secret of the operator's."""
        ...

    def finish_connection(self, account: Account, parameters: Mapping[str, str]) -> Grant:
        """What the callback's query tells.

        NotAuthorized where it says that there is no grant; Rejected where it does not belong to this account, or makes
        no sense.
        """
        ...


@runtime_checkable
class AccountRefresher(Protocol):
    async def refresh_account(self, account: Account, attempt: str) -> Grant:
        """Renews the account's tokens now. They have been kept already: the answer's credentials are empty."""
        ...


@runtime_checkable
class AccountDisconnector(Protocol):
    async def disconnect_account(self, account: Account, attempt: str) -> None:
        """Also succeeds where the provider has disconnected it already."""
        ...


@runtime_checkable
class RenewedByUse(Protocol):
    """Accounts that expire unless they are used: setting up a meeting puts the end off."""

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

    async def list_meetings(self, part: MeetingSlice) -> list[Meeting]:
        """All meetings of the slice, cancelled ones where the provider lists them."""
        ...


@runtime_checkable
class MeetingDetails(Protocol):
    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[Meeting | ProviderError | None]:
        """Each meeting with all that the provider tells of it, in order; None where it is gone.

        Where meetings are asked for one by one, one that can't be read is answered with why, and spoils no other.
        """
        ...


@runtime_checkable
class MeetingScheduler(Protocol):
    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting: ...


@runtime_checkable
class InstantMeetings(Protocol):
    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting: ...


@runtime_checkable
class MeetingRescheduler(Protocol):
    async def reschedule_meeting(
        self, meeting: Meeting, start_time: datetime, end_time: datetime, attempt: str
    ) -> Meeting: ...


@runtime_checkable
class MeetingCanceller(Protocol):
    async def cancel_meeting(self, meeting: Meeting, attempt: str) -> Meeting:
        """The cancelled meeting; Conflict where it was cancelled before."""
        ...


@runtime_checkable
class PrivateMeetings(Protocol):
    """Meetings that a password closes; only where `private_meetings` is true, which settings may decide."""

    @property
    def private_meetings(self) -> bool: ...


@runtime_checkable
class NumberDirectory(Protocol):
    async def list_numbers(self, account: Account) -> list[PhoneNumber]: ...


@runtime_checkable
class ContactDirectory(Protocol):
    def list_contacts(self, account: Account) -> AsyncIterator[list[Contact]]:
        """All contacts, page by page."""
        ...


@runtime_checkable
class ContactReader(Protocol):
    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        """In the order of the ids; None where one is gone."""
        ...


@runtime_checkable
class ContactCreator(Protocol):
    async def create_contact(self, account: Account, draft: ContactDraft, attempt: str) -> Created[Contact]: ...


@runtime_checkable
class ContactUpdater(Protocol):
    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft, attempt: str) -> Contact:
        """`draft` is the whole contact as it shall be; `contact` as it was last seen."""
        ...


@runtime_checkable
class ConversationDirectory(Protocol):
    def list_conversations(self, account: Account) -> AsyncIterator[list[Conversation]]:
        """All conversations, page by page."""
        ...


@runtime_checkable
class ConversationCreator(Protocol):
    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: str
    ) -> Created[Conversation]: ...


@runtime_checkable
class MessageReader(Protocol):
    def list_messages(self, account: Account, conversation: Conversation, skip: int = 0) -> AsyncIterator[MessagePage]:
        """Newest first, page by page, a call a page. May begin earlier than `skip` messages down, never later.

        Messages of about the same time may be in any order that stays the same from call to call.
        """
        ...


@runtime_checkable
class MessageSender(Protocol):
    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: str
    ) -> Message:
        """The message as the provider took it; one that it took and failed to send has the status FAILED."""
        ...


@runtime_checkable
class MediaSender(Protocol):
    """Messages with media; `max_media` is the most that one carries."""

    @property
    def max_media(self) -> int: ...


@runtime_checkable
class MessageReceiver(Protocol):
    """Messages arrive here. They are looked for every `poll_seconds`, besides those that the provider publishes.

    That is done while somebody listens for them, and with `poll_always` at all times.
    """

    @property
    def poll_seconds(self) -> float: ...

    @property
    def poll_always(self) -> bool: ...


@runtime_checkable
class MeetingFinder(Protocol):
    async def find_meeting(
        self, account: Account, draft: MeetingDraft, kind: MeetingKind, trace: LostWrite
    ) -> Meeting | None:
        """The oldest meeting that can have come of `draft`, as setting it up would have answered; None for none."""
        ...


@runtime_checkable
class ContactFinder(Protocol):
    async def find_contact(self, account: Account, draft: ContactDraft, trace: LostWrite) -> Created[Contact] | None:
        """The contact with the draft's number; `created` as far as can be seen."""
        ...


@runtime_checkable
class ConversationFinder(Protocol):
    async def find_conversation(
        self, account: Account, contact: Contact, from_number: str, trace: LostWrite
    ) -> Created[Conversation] | None:
        """The conversation of the contact and the number; `created` as far as can be seen."""
        ...


@runtime_checkable
class MessageFinder(Protocol):
    async def find_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, trace: LostWrite
    ) -> Message | None:
        """The oldest message that can have come of `draft`; None for none."""
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
    """What `provider` can do, in the order of the enum."""
    found = (c for c, protocols in PROTOCOLS.items() if isinstance(provider, protocols))
    return tuple(c for c in found if c is not Capability.PRIVATE_MEETING or _is_private(provider))


def _is_private(provider: object) -> bool:
    return isinstance(provider, PrivateMeetings) and provider.private_meetings
