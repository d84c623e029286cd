"""Parts: what is read from a provider in one go, and stays fresh as a whole."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gateway.events.recorder import Record
from providers.domain.errors import ProviderError


class FetchKind(Enum):
    """What a part holds."""

    MEETINGS = "meetings"
    PHONE_NUMBERS = "phone_numbers"
    CONTACTS = "contacts"
    CONVERSATIONS = "conversations"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchKey:
    """Which part. `start` and `end` bound it in time where it is bound."""

    provider: str
    kind: FetchKind
    source: str
    start: datetime | None = None
    end: datetime | None = None


Save = Callable[[Record], Awaitable[None]]
"""Stores what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A part, and how it is read.

    `read` asks the provider and answers how to store what came; it is told when the part was read before, None where it
    never was. `account_keys` are the accounts that the part speaks for. What was read longer than `fresh_seconds` ago
    is read anew; until it is `usable_seconds` old it may be shown meanwhile. `precedes` is true of a part that lies
    before the time asked for, and is read because what begins in it may reach into that time.
    """

    key: FetchKey
    account_keys: tuple[str, ...]
    fresh_seconds: float
    usable_seconds: float
    read: Callable[[datetime | None], Awaitable[Save]]
    precedes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """A part that could not be read. `since` is when it was last read, None where nothing of it is known."""

    part: Fetch
    error: ProviderError
    since: datetime | None
