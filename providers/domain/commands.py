"""Commands: the inputs of mutations as clients send them, not validated yet.

The journal stores a command's fields under the names that they have here: an entry lives for seven days, so a release
that renames a field has to read the old name, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from providers.domain.entities import Account, Contact, ContactField, Conversation, Meeting, MeetingService, Message
from providers.domain.results import Connecting, Created

IF_GIVEN: Mapping[str, bool] = {"if_given": True}
"""Metadata of a field that earlier releases lack: the journal has it only if it is not None.

So a request without the field has the bytes that it had, and is known by its key again.
"""

R_co = TypeVar("R_co", covariant=True)

OBJECT_IDS = frozenset({"account_id", "meeting_id", "contact_id", "conversation_id", "up_to_message_id"})
"""The fields of commands that are ids of objects, which clients send in any form that `Identity.parse` accepts."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that its scalar can't parse; validation reports it as a fault of its field.

    `reason` continues a sentence that begins with the field's name, and repeats nothing of the value.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Command(Generic[R_co]):
    """Base of all commands. `R_co` is the type of what the mutation returns.

    The first field names what is written to: an object by its id, or a provider.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUser(Command[None]):
    provider: str
    first_name: str
    last_name: str
    email: str
    company: str
    password: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectAccount(Command[Connecting]):
    provider: str
    user_id: str | None = None
    service: MeetingService | Unreadable | None = None
    id_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    return_url: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshAccount(Command[Account]):
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectAccount(Command[Account]):
    account_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """A participant of a meeting, as a client names them."""

    email: str
    first_name: str | None = None
    last_name: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleMeeting(Command[Meeting]):
    """A meeting to create. `local_start_time` has no offset: it is what clocks in `time_zone` show."""

    account_id: str
    title: str
    description: str | None = None
    start_time: datetime | Unreadable | None = None
    local_start_time: datetime | Unreadable | None = field(default=None, metadata=IF_GIVEN)
    duration_minutes: int | Unreadable | None = None
    end_time: datetime | Unreadable | None = None
    time_zone: str | Unreadable | None = None
    participants: tuple[Invitee, ...] | None = None
    password: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMeeting(Command[Meeting]):
    account_id: str
    title: str
    description: str | None = None
    duration_minutes: int | Unreadable | None = None
    time_zone: str | Unreadable | None = None
    participants: tuple[Invitee, ...] | None = None
    password: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleMeeting(Command[Meeting]):
    """A new time for a meeting. `local_start_time` has no offset: it is what clocks in `time_zone` show."""

    meeting_id: str
    start_time: datetime | Unreadable | None = None
    local_start_time: datetime | Unreadable | None = field(default=None, metadata=IF_GIVEN)
    time_zone: str | Unreadable | None = field(default=None, metadata=IF_GIVEN)
    duration_minutes: int | Unreadable | None = None
    end_time: datetime | Unreadable | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMeeting(Command[Meeting]):
    meeting_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateContact(Command[Created[Contact]]):
    account_id: str
    first_name: str
    last_name: str
    number: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContact(Command[Contact]):
    """A change of a contact. A field that is None stays as it is, unless `clear` removes it."""

    contact_id: str
    first_name: str | None = None
    last_name: str | None = None
    number: str | None = None
    clear: tuple[ContactField, ...] | None = field(default=None, metadata=IF_GIVEN)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation(Command[Conversation]):
    contact_id: str
    from_number: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Command[Message]):
    conversation_id: str
    text: str
    media_urls: tuple[str, ...] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkConversationRead(Command[Conversation]):
    conversation_id: str
    up_to_message_id: str
    idempotency_key: str | None = None
