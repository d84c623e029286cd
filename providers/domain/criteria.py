"""Filters of lists. None does not filter; an empty tuple matches nothing."""

from dataclasses import dataclass
from datetime import datetime

from providers.domain.entities import AccountStatus, MeetingKind, MeetingService, MeetingStatus, MessageDirection

ObjectKey = tuple[str, str]
"""A scope (usually an account's key) and an external id: see `providers.domain.identity.Identity`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCriteria:
    providers: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    services: tuple[MeetingService, ...] | None = None
    statuses: tuple[AccountStatus, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingCriteria:
    """Meetings that overlap `start` (inclusive) to `end` (exclusive).

    Without `statuses` cancelled meetings are excluded.
    """

    start: datetime
    end: datetime
    account_keys: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    kinds: tuple[MeetingKind, ...] | None = None
    statuses: tuple[MeetingStatus, ...] | None = None
    text: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCriteria:
    """`number` matches every notation of the same number. In the order of names, or the last created ones first."""

    account_keys: tuple[str, ...] | None = None
    number: str | None = None
    text: str | None = None
    by_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCriteria:
    """`text` is a part of the contact's name or number. The last active ones first, or the last created ones.

    With `unread`, only conversations that have messages which the user `reader` has not read, or that have none.
    """

    account_keys: tuple[str, ...] | None = None
    contacts: tuple[ObjectKey, ...] | None = None
    from_number: str | None = None
    text: str | None = None
    unread: bool | None = None
    reader: str = ""
    by_activity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCriteria:
    """Created from `start` (inclusive) to `end` (exclusive)."""

    account_keys: tuple[str, ...] | None = None
    conversations: tuple[ObjectKey, ...] | None = None
    direction: MessageDirection | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str | None = None
