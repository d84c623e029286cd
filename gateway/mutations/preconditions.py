"""Preconditions of mutations: the entity exists, the viewer may change it, the provider can."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.tickets import TicketIssuer
from gateway.storage import Store, Visibility
from gateway.storage.message_position import MessagePlace
from providers.domain.entities import Account, AccountStatus, Contact, Conversation, Meeting
from providers.domain.errors import NotAuthorized, NotFound, NotSupported
from providers.domain.identity import account_key, object_key
from providers.domain.viewer import Viewer
from providers.upstreams import Upstream, Upstreams

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

    async def message_place(self, id: str, field: str) -> MessagePlace:
        """Return where the message is that a field of the input names."""
        key = object_key("Message", id)
        place = None if key is None else await self.services.store.messages.place(self.visibility, key)
        if place is None:
            raise NotFound("There is no such message.", path=("input", field))
        return place

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
