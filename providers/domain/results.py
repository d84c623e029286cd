"""Results of operations that return more than an entity."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from providers.domain.changes import ChangeKind
from providers.domain.entities import Account

V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """An account that is connected, or PENDING until its user returns from `authorization_url`."""

    account: Account
    authorization_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[V]):
    """A change of an entity, and the cursor that a later subscription resumes after.

    An entity that was removed is as it was before.
    """

    entity: V
    cursor: str
    change: ChangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadState:
    """How far a viewer has read a conversation: up to the time `read_until`, which is None if nothing is read."""

    unread_count: int
    read_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Generic[T]):
    """`entity` as the provider returned it; `created` is False if it existed already."""

    entity: T
    created: bool = True
