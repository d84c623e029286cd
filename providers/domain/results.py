"""Results of operations that are more than an entity."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from providers.domain.entities import Account

V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """An account that is connected, or PENDING until its user comes back from `authorization_url`."""

    account: Account
    authorization_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[V]):
    """An entity that came or changed, and the opaque position from which a later subscription goes on."""

    entity: V
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Generic[T]):
    """`entity` as the provider has it; `created` is False where it was there already."""

    entity: T
    created: bool = True
