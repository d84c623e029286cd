"""The parts of every mutation: its preconditions, its write at the provider and in the store, and its outcome."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.tickets import TicketIssuer
from gateway.events.recorder import Record
from gateway.storage import Store, Visibility
from providers.api.capabilities import LostWrite
from providers.domain.entities import (
    Account,
    AccountStatus,
    Contact,
    Conversation,
    Entity,
    Meeting,
    account_key,
    object_key,
)
from providers.domain.errors import NotAuthorized, NotFound, NotSupported, ProviderError
from providers.domain.viewer import Viewer
from providers.upstreams import Upstream, Upstreams

E = TypeVar("E")
K = TypeVar("K")
T = TypeVar("T")

_NOT_CONNECTED = {
    AccountStatus.PENDING: "The account is not connected yet.",
    AccountStatus.EXPIRED: "The account has expired: its user has to connect it again.",
    AccountStatus.DISCONNECTED: "The account is disconnected: its user has to connect it again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationServices:
    """The parts of the process that mutations use.

    `return_urls` and `internal_media` are the settings of the same names.
    """

    store: Store
    upstreams: Upstreams
    lifecycle: AccountLifecycle
    tickets: TicketIssuer
    return_urls: Sequence[str]
    internal_media: bool
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Checks for the mutations of one viewer. Another user's entity raises NotFound, like one that doesn't exist."""

    viewer: Viewer
    visibility: Visibility
    services: MutationServices

    def upstream(self, name: str) -> Upstream:
        """Return the configured provider of that name; raise NotFound."""
        upstream = self.services.upstreams.get(name)
        if upstream is None:
            raise NotFound("There is no such provider.", path=("input", "provider"))
        return upstream

    async def account(self, id: str) -> Account:
        return await self._one(self.services.store.accounts.get_many, account_key(id), "account")

    async def meeting(self, id: str) -> Meeting:
        return await self._one(self.services.store.meetings.get_many, object_key("Meeting", id), "meeting")

    async def contact(self, id: str) -> Contact:
        return await self._one(self.services.store.contacts.get_many, object_key("Contact", id), "contact")

    async def conversation(self, id: str) -> Conversation:
        key = object_key("Conversation", id)
        return await self._one(self.services.store.conversations.get_many, key, "conversation")

    async def owner(self, account_key: str) -> Account:
        """Return the account that an entity belongs to."""
        return await self._one(self.services.store.accounts.get_many, account_key, "account")

    def upstream_of(self, entity: Account | Meeting) -> Upstream:
        """Return the provider of an entity; raise NotSupported if the operator has removed it from the settings."""
        upstream = self.services.upstreams.get(entity.provider)
        if upstream is None:
            raise NotSupported(f"{entity.provider} is not configured any more.", provider=entity.provider)
        return upstream

    def check_connected(self, account: Account) -> None:
        """Raise NotAuthorized unless the account is CONNECTED."""
        if account.status is not AccountStatus.CONNECTED:
            raise NotAuthorized(_NOT_CONNECTED[account.status], provider=account.provider)

    async def _one(
        self,
        get_many: Callable[[Visibility, Sequence[K]], Awaitable[Sequence[T | None]]],
        key: K | None,
        noun: str,
    ) -> T:
        """Return the entity of a key; raise NotFound, as for None: the key in an id of another kind, or malformed."""
        (found,) = [None] if key is None else await get_many(self.visibility, [key])
        if found is None:
            raise NotFound(f"There is no such {noun}.", path=("input", f"{noun}Id"))
        return found


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
