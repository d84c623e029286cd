"""The parts of every mutation: its write at the provider and in the store, and its outcome."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from gateway.events.recorder import Record
from providers.api.capabilities import LostWrite
from providers.domain.entities import Entity
from providers.domain.errors import ProviderError

E = TypeVar("E")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The outcome of a mutation. `entity` is as stored; None if the mutation has no entity.

    `created` is False if the provider had the entity before. `is_new` is True if the store did not have it. With an
    `error` the entity was stored and the mutation failed nevertheless: the provider accepted a message and could not
    send it.
    """

    entity: Entity | None = None
    created: bool = True
    is_new: bool = True
    authorization_url: str | None = None
    error: ProviderError | None = None

    def entity_of(self, kind: type[E]) -> E:
        """Return the entity; raise TypeError if it is of another kind, which no journal entry of ours has."""
        if not isinstance(self.entity, kind):
            raise TypeError(f"The journal has no {kind.__name__} for this mutation")
        return self.entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(ABC, Generic[T]):
    """A mutation whose preconditions hold and whose input is valid. `T` is what its provider call returns.

    Subclasses have a class method `prepare(preconditions, command, now)`, which validates a command, and a static
    method `result(done)`, which returns what the resolver gets: see `gateway.mutations.table`.
    """

    creates: ClassVar[bool] = False
    """Each write has an object of its own: one that another write created is not the result of this one."""

    repeatable: ClassVar[bool] = False
    """`repeat` may follow a call whose outcome is unknown: two calls have the effect of one."""

    is_own: ClassVar[bool] = False
    """It changes what the gateway alone has: what the provider's lists returned stays as it was."""

    provider: str
    account_key: str | None = None

    @property
    def can_find(self) -> bool:
        """Whether `find` can look for the effect of a call whose answer was lost."""
        return False

    @abstractmethod
    async def call(self, attempt: str) -> T:
        """Call the provider. `attempt` (32 hex digits) names the intent to it, each time it is tried."""

    @abstractmethod
    async def store(self, record: Record, result: T) -> Done:
        """Store what `call` or `find` returned, and announce it, in the record's transaction."""

    async def find(self, lost: LostWrite) -> T | None:
        """Return what the lost call would have returned; None if the provider shows no effect of it."""
        raise NotImplementedError

    async def repeat(self, attempt: str) -> T:
        """Call the provider after a call whose outcome is unknown. Only for `repeatable` writes."""
        return await self.call(attempt)


class Preparation(Protocol):
    """A requested mutation."""

    async def prepare(self, now: datetime) -> Write[Any]:
        """Check the preconditions and validate the input, as of the time of the first request for it.

        Raise ProviderError, or an ExceptionGroup of InvalidInput.
        """
        ...
