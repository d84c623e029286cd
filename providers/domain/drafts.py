"""Inputs of a provider's writes: complete, validated and normalised before a plug-in gets them."""

from dataclasses import dataclass, field
from datetime import datetime

from providers.domain.entities import MeetingService, Participant


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    first_name: str
    last_name: str
    email: str
    company: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRequest:
    """A request to connect an account. Each provider uses the fields that it needs."""

    user_id: str
    service: MeetingService | None = None
    id_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    """A meeting to create. `time_zone` is the IANA name of the user's zone."""

    title: str
    start_time: datetime
    end_time: datetime
    time_zone: str
    description: str | None = None
    participants: tuple[Participant, ...] = ()
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """A contact to create, or as it is to be. `number` is as the user wrote it, `e164` its normal form.

    A name is empty if the contact has none, or is to lose it.
    """

    first_name: str
    last_name: str
    number: str
    e164: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    text: str
    media_urls: tuple[str, ...] = ()
