"""What every mutation begins with: what it is about, whether the viewer may, whether the provider can."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.storage import Store, Visibility
from gateway.storage.entity_lookup import EntityLookup
from providers.domain.entities import Account, AccountStatus, Contact, Conversation, Meeting
from providers.domain.errors import Forbidden, NotAuthorized, NotFound, NotSupported
from providers.domain.viewer import Viewer
from providers.upstreams import Upstream, Upstreams

T = TypeVar("T")

_STANDING = {
    AccountStatus.PENDING: "The account is not connected yet.",
    AccountStatus.EXPIRED: "The account has expired: its user has to connect it again.",
    AccountStatus.DISCONNECTED: "The account is disconnected: its user has to connect it again.",
}


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Finds what the mutations of one viewer are about. What is not the viewer's is NotFound, like what never was."""

    viewer: Viewer
    visibility: Visibility
    store: Store
    known: EntityLookup
    upstreams: Upstreams
    now: Callable[[], datetime]

    def require(self, scope: str) -> None:
        if not self.viewer.may(scope):
            raise Forbidden(f"This needs the scope {scope}.")

    def upstream(self, name: str) -> Upstream:
        """The provider of that name, to be asked for something new."""
        upstream = self.upstreams.get(name)
        if upstream is None:
            raise NotFound("There is no such provider.", path=("input", "provider"))
        return upstream

    async def account(self, id: str, field: str = "accountId") -> Account:
        return _found(await self.known.account(self.visibility, id), "account", field)

    async def meeting(self, id: str) -> Meeting:
        return _found(await self.known.meeting(self.visibility, id), "meeting", "meetingId")

    async def contact(self, id: str) -> Contact:
        return _found(await self.known.contact(self.visibility, id), "contact", "contactId")

    async def conversation(self, id: str) -> Conversation:
        return _found(await self.known.conversation(self.visibility, id), "conversation", "conversationId")

    async def owner(self, account_key: str) -> Account:
        """The account that an object found here lies under."""
        (account,) = await self.store.accounts.get_many(self.visibility, [account_key])
        return _found(account, "account", "accountId")

    def behind(self, known: Account | Meeting) -> Upstream:
        """The provider of what is known; NotSupported where the operator has taken it out of the configuration."""
        upstream = self.upstreams.get(known.provider)
        if upstream is None:
            raise NotSupported(f"{known.provider} is not configured any more.", provider=known.provider)
        return upstream

    def check_connected(self, account: Account) -> None:
        if account.status is not AccountStatus.CONNECTED:
            raise NotAuthorized(_STANDING[account.status], provider=account.provider)


def _found(thing: T | None, noun: str, field: str) -> T:
    if thing is None:
        raise NotFound(f"There is no such {noun}.", path=("input", field))
    return thing
