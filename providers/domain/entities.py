"""The entities that plug-ins return, and their global ids.

Entities are immutable. Every datetime is aware and in UTC; `time_zone` is the user's zone. A field that the provider
did not return is None. `repr` omits secrets. `key` identifies an entity among those of its type: an account by the
gateway's own key, any other by its scope and `external_id`.
"""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache

from providers.domain.packed import TEXT, packed, unpacked
from providers.domain.phone import is_number
from providers.domain.text import can_identify

_KINDS = ("Account", "Meeting", "PhoneNumber", "Contact", "Conversation", "Message", "Provider")
"""Kinds by their number in ids, from 1. Numbers never change: add kinds at the end."""

_NUMBERS = {kind: number for number, kind in enumerate(_KINDS, 1)}
_SEPARATOR = "\x1f"
_KEY_BYTES = 16
_LENGTH_BYTES = 3
"""Bytes of the length of a scope that is no key."""

_MAX_IDS = 8_192
_MAX_BEGINNINGS = 4_096
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity behind a global id.

    `kind` is the GraphQL type's name, one of `_KINDS`. `scope` is usually the key of the account that the object is
    read through, so two users who see one upstream object have two ids of it. `external_id` is the provider's own id;
    an account is its own scope and has an empty one.
    """

    kind: str
    scope: str
    external_id: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.scope, self.external_id

    @property
    def long_form(self) -> str:
        """The id that earlier versions issued. Clients and journals have it, and it is parsed for ever."""
        return _encoded(_SEPARATOR.join((self.kind, self.scope, self.external_id)).encode())

    def __str__(self) -> str:
        """Return the opaque id: URL-safe, and stable for ever."""
        return global_id(self.kind, self.scope, self.external_id)

    @classmethod
    def parse(cls, text: str) -> "Identity | None":
        """Parse an id that a client sent, in its short or its long form; None for text that is neither."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        # The long form begins with the name of the kind, and so with no control character.
        is_short = b"\0" < raw[:1] <= bytes((len(_KINDS),))
        parts = _short_parts(raw) if is_short else _long_parts(raw)
        if parts is None or parts[0] not in _NUMBERS or not all(map(can_identify, parts)):
            return None
        identity = cls(*parts)
        return identity if text == (str(identity) if is_short else identity.long_form) else None


@lru_cache(_MAX_IDS)
def global_id(kind: str, scope: str, external_id: str = "") -> str:
    """Return the opaque id of an `Identity`. Responses have hundreds, and clients read the same pages again and again.

    Its bytes are the number of the kind, the forms of the scope and of the external id, and the two. Those of one scope
    begin alike, with 24 characters if it is the key of an account.
    """
    form, raw = packed(external_id)
    beginning, rest = _beginning(kind, scope, form)
    return beginning + b2a_base64(rest + raw, newline=False).translate(_URL_SAFE, b"=").decode()


@lru_cache(_MAX_BEGINNINGS)
def _beginning(kind: str, scope: str, form: int) -> tuple[str, bytes]:
    """Return what ids begin with, and the bytes after it that are encoded together with those of the external id."""
    scope_form, raw = packed(scope)
    if scope_form == TEXT or len(raw) != _KEY_BYTES:
        text = scope.encode()
        scope_form, raw = TEXT, len(text).to_bytes(_LENGTH_BYTES) + text
    whole = bytes((_NUMBERS[kind], scope_form << 4 | form)) + raw
    end = len(whole) - len(whole) % 3
    return _encoded(whole[:end]), whole[end:]


def _encoded(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def _short_parts(raw: bytes) -> tuple[str, str, str] | None:
    scope_form, form = divmod(raw[1], 16) if len(raw) > 1 else (TEXT, TEXT)
    start, length = 2, _KEY_BYTES
    if scope_form == TEXT:
        start, length = start + _LENGTH_BYTES, int.from_bytes(raw[start : start + _LENGTH_BYTES])
    end = start + length
    scope, external_id = unpacked(scope_form, raw[start:end]), unpacked(form, raw[end:])
    return None if scope is None or external_id is None else (_KINDS[raw[0] - 1], scope, external_id)


def _long_parts(raw: bytes) -> tuple[str, str, str] | None:
    try:
        parts = raw.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        return None
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def account_key(text: str) -> str | None:
    """Return the key of an account; None for an id that is malformed or of another kind."""
    identity = Identity.parse(text)
    if identity is None or identity.kind != "Account" or identity.external_id:
        return None
    return identity.scope


def object_key(kind: str, text: str) -> tuple[str, str] | None:
    """Return the scope and external id in an id; None for an id that is malformed or of another kind."""
    identity = Identity.parse(text)
    return identity.key if identity is not None and identity.kind == kind else None


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
        """Whether a name is known. A number in its place is none: some providers name strangers by theirs."""
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
