"""Results of operations that return more than an entity."""

from dataclasses import dataclass
from typing import Generic, TypeVar

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
    """A new or changed entity, and the cursor that a later subscription resumes after."""

    entity: V
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Generic[T]):
    """`entity` as the provider returned it; `created` is False if it existed already."""

    entity: T
    created: bool = True
