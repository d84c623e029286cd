"""What is asked of a provider's writes: complete, validated and normalised before any plug-in sees it."""

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
    """How a user wants to connect: what of it is needed is the provider's business."""

    user_id: str
    service: MeetingService | None = None
    id_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    """A meeting to be. `time_zone` is the IANA name of the zone that the user thinks in."""

    title: str
    start_time: datetime
    end_time: datetime
    time_zone: str
    description: str | None = None
    participants: tuple[Participant, ...] = ()
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """A person to text. `number` is as the user wrote it, `e164` what it means."""

    first_name: str
    last_name: str
    number: str
    e164: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    text: str
    media_urls: tuple[str, ...] = ()
