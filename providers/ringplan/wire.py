"""RingPlan's payloads, lenient where its document is silent.

A time without an offset is UTC. Times come as `2020-11-02T18:41:03.447000`, `2020-11-07T12:17:16+00:00` and
`2020-10-18 12:17:16.153Z`.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from providers.api import IdentifyingText

_MAX_YEAR = 9000
"""Later times are implausible, and arithmetic on them could overflow."""


def _in_utc(value: datetime) -> datetime:
    if not 1 < value.year < _MAX_YEAR:
        raise ValueError("the year is out of range")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_in_utc)]


class Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True)


class Problem(Payload):
    """A problem document (RFC 9457); its media type may also be `application/json`."""

    title: str | None = None
    detail: str | None = None


class TokenPair(Payload):
    """R3."""

    id_token: str = Field(repr=False, min_length=1)
    refresh_token: str = Field(repr=False, min_length=1)


class Number(Payload):
    """R4."""

    id: IdentifyingText
    number: str
    ownership: list[str] | None = None


class Contact(Payload):
    """R5 to R8."""

    id: IdentifyingText
    number: str
    first_name: str | None = None
    last_name: str | None = None


class NestedNumber(Payload):
    number: str


class NestedContact(Payload):
    id: IdentifyingText


class Conversation(Payload):
    """R9, R10. The document describes few of its fields, so several spellings are read."""

    id: IdentifyingText
    contact_id: IdentifyingText | None = None
    contact: NestedContact | None = None
    from_number: str | None = None
    number: str | NestedNumber | None = None


class File(Payload):
    id: str | None = None
    description: str | None = None
    url: str | None = None


class Message(Payload):
    """R11, R12."""

    id: IdentifyingText
    created_at: Instant
    direction: Literal["inbound", "outbound"]
    frm: str | None = None
    to: str | None = None
    text: str | None = None
    success: bool | None = None
    files: list[File] | None = None
    media_urls: list[str] | None = None


class Attendee(Payload):
    email: str


class RoomToken(Payload):
    """A link to a room with a token in it. It must not be logged."""

    link_on_meet_with_token: str | None = Field(default=None, repr=False)


class Event(Payload):
    date_start: Instant
    date_end: Instant
    link_on_meet: str
    event_type: str | None = None
    title_meet: str | None = None
    description: str | None = None
    meeting_id: str | None = None
    google_event_id: str | None = None
    time_zone: str | None = Field(default=None, alias="timeZone")
    attendees: list[str | Attendee] | None = None
    cal: str | None = Field(default=None, repr=False)
    text_for_event: str | None = Field(default=None, repr=False)
    password: str | None = Field(default=None, repr=False)
    hash_pass: str | None = Field(default=None, repr=False)
    hash_password: str | None = Field(default=None, repr=False)
    token_for_meet: RoomToken | None = None
    mod_token_for_meet: RoomToken | None = None


class Meeting(Payload):
    """R13 to R17."""

    id: IdentifyingText = Field(alias="_id")
    event: Event
    is_private: bool | None = None
    organizer_email: str | None = None


class AuthorizationLink(Payload):
    """R18."""

    auth_url: str = Field(pattern="^https?://")


NUMBERS = TypeAdapter(list[Number])
CONTACT = TypeAdapter(Contact)
CONTACTS = TypeAdapter(list[Contact])
CONVERSATION = TypeAdapter(Conversation)
CONVERSATIONS = TypeAdapter(list[Conversation])
MESSAGE = TypeAdapter(Message)
MESSAGES = TypeAdapter(list[Message])
MEETING = TypeAdapter(Meeting)
MEETINGS = TypeAdapter(list[Meeting])
TOKEN_PAIR = TypeAdapter(TokenPair)
AUTHORIZATION_LINK = TypeAdapter(AuthorizationLink)
