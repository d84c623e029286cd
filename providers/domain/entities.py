"""The entities that plug-ins return, and their global ids.

Entities are immutable. Every datetime is aware and in UTC; `time_zone` is the user's zone. A field that the provider
did not return is None. `repr` omits secrets. `key` identifies an entity among those of its type: an account by the
gateway's own key, any other by its scope and `external_id`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from providers.domain.identity import global_id
from providers.domain.phone import is_number


class MeetingService(Enum):
    ZOOM = "ZOOM"
    GOOGLE_MEET = "GOOGLE_MEET"
    JITSI = "JITSI"


class AccountStatus(Enum):
    PENDING = "PENDING"
    CONNECTED = "CONNECTED"
    EXPIRED = "EXPIRED"
    DISCONNECTED = "DISCONNECTED"


class MeetingKind(Enum):
    INSTANT = "INSTANT"
    SCHEDULED = "SCHEDULED"


class MeetingStatus(Enum):
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class MeetingAction(Enum):
    RESCHEDULE = "RESCHEDULE"
    CANCEL = "CANCEL"
    UPDATE = "UPDATE"


class ParticipantResponse(Enum):
    UNKNOWN = "UNKNOWN"
    NEEDS_ACTION = "NEEDS_ACTION"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    TENTATIVE = "TENTATIVE"


class ContactField(Enum):
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"


class MessageDirection(Enum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class MessageStatus(Enum):
    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RECEIVED = "RECEIVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user's connection to a provider. `key` is the gateway's own; `external_id` the provider's.

    `connected_at` is the last connection; `first_connected_at` the first one, which every later connection preserves.
    """

    key: str
    provider: str
    user_id: str
    external_id: str | None = None
    service: MeetingService | None = None
    status: AccountStatus = AccountStatus.PENDING
    connected_at: datetime | None = None
    first_connected_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def id(self) -> str:
        return global_id("Account", self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    email: str
    first_name: str | None = None
    last_name: str | None = None
    user_id: str | None = None
    response: ParticipantResponse = ParticipantResponse.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class DialIn:
    number: str
    pin: str | None = None
    region_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A video call.

    `scope` is the account's key, or names the owner if the provider's ids belong to users; `account_key` is None if
    the owner has no account here. `detailed` is False for a meeting from a list that omits fields of the provider's
    detail call.

    Plug-ins never set `revision` and `details_read_at`. The first counts the changes of the times and of `cancelled`
    that the gateway has seen; the second is when the details were last fetched, None if they never were. A stored
    meeting that is not `detailed` and has `details_read_at` has changed in a list since then.
    """

    scope: str
    external_id: str
    provider: str
    user_id: str
    service: MeetingService
    kind: MeetingKind
    start_time: datetime
    end_time: datetime
    join_url: str
    synced_at: datetime
    account_key: str | None = None
    cancelled: bool = False
    revision: int = 0
    uid: str | None = None
    title: str | None = None
    description: str | None = None
    time_zone: str | None = None
    host_url: str | None = field(default=None, repr=False)
    room: str | None = None
    is_private: bool = False
    password: str | None = field(default=None, repr=False)
    organizer_email: str | None = None
    participants: tuple[Participant, ...] = ()
    dial_ins: tuple[DialIn, ...] = ()
    icalendar: str | None = field(default=None, repr=False)
    calendar_url: str | None = None
    created_at: datetime | None = None
    detailed: bool = True
    details_read_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.scope, self.external_id

    @property
    def id(self) -> str:
        return global_id("Meeting", self.scope, self.external_id)

    @property
    def duration_minutes(self) -> int:
        """The duration in minutes, rounded up."""
        return -((self.start_time - self.end_time) // timedelta(minutes=1))

    @property
    def oldest_read_at(self) -> datetime:
        """When the older of the two parts, list entry and details, was fetched."""
        return min(self.synced_at, self.details_read_at or self.synced_at)

    def status_at(self, now: datetime) -> MeetingStatus:
        """Return the status at `now`, an aware datetime."""
        if self.cancelled:
            return MeetingStatus.CANCELLED
        if now < self.start_time:
            return MeetingStatus.SCHEDULED
        return MeetingStatus.IN_PROGRESS if now < self.end_time else MeetingStatus.ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number that an account sends messages from. `e164` is None if `number` can't be parsed."""

    account_key: str
    external_id: str
    number: str
    e164: str | None
    owners: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.account_key, self.external_id

    @property
    def id(self) -> str:
        return global_id("PhoneNumber", self.account_key, self.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    account_key: str
    external_id: str
    number: str
    e164: str | None
    synced_at: datetime
    first_name: str | None = None
    last_name: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.account_key, self.external_id

    @property
    def id(self) -> str:
        return global_id("Contact", self.account_key, self.external_id)

    @property
    def display_name(self) -> str:
        """The first and the last name; the number if there is no name."""
        return self._name if self.is_named else self.number

    @property
    def is_named(self) -> bool:
        """Whether a name is known. A number doesn't count: some providers give strangers their number as a name."""
        name = self._name
        return bool(name) and not is_number(name, self.number, self.e164)

    @property
    def _name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The messages between one of our numbers and one contact. `contact_external_id` is the contact's `external_id`."""

    account_key: str
    external_id: str
    contact_external_id: str | None
    from_number: str
    synced_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        return self.account_key, self.external_id

    @property
    def id(self) -> str:
        return global_id("Conversation", self.account_key, self.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    external_id: str | None = None
    url: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text. `conversation_external_id` is the conversation's `external_id`.

    Plug-ins never set `sent_by` and `idempotency_key`: the user who sent it through the gateway, and the key of that
    mutation.
    """

    account_key: str
    conversation_external_id: str
    external_id: str
    direction: MessageDirection
    status: MessageStatus
    text: str
    from_number: str
    to_number: str
    created_at: datetime
    media: tuple[Media, ...] = ()
    sent_by: str | None = None
    idempotency_key: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.account_key, self.external_id

    @property
    def id(self) -> str:
        return global_id("Message", self.account_key, self.external_id)


Entity = Account | Meeting | PhoneNumber | Contact | Conversation | Message
