"""Preconditions of mutations: the entity exists, the viewer may change it, the provider can."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.tickets import TicketIssuer
from gateway.storage import Store, Visibility
from gateway.storage.entity_lookup import EntityLookup
from providers.domain.entities import Account, AccountStatus, Contact, Conversation, Meeting
from providers.domain.errors import NotAuthorized, NotFound, NotSupported
from providers.domain.viewer import Viewer
from providers.upstreams import Upstream, Upstreams

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
    entities: EntityLookup
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
        return _found(await self.services.entities.account(self.visibility, id), "account", "accountId")

    async def meeting(self, id: str) -> Meeting:
        return _found(await self.services.entities.meeting(self.visibility, id), "meeting", "meetingId")

    async def contact(self, id: str) -> Contact:
        return _found(await self.services.entities.contact(self.visibility, id), "contact", "contactId")

    async def conversation(self, id: str) -> Conversation:
        found = await self.services.entities.conversation(self.visibility, id)
        return _found(found, "conversation", "conversationId")

    async def owner(self, account_key: str) -> Account:
        """Return the account that an entity belongs to."""
        (account,) = await self.services.store.accounts.get_many(self.visibility, [account_key])
        return _found(account, "account", "accountId")

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


def _found(entity: T | None, noun: str, field: str) -> T:
    if entity is None:
        raise NotFound(f"There is no such {noun}.", path=("input", field))
    return entity
