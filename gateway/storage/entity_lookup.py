"""Entity lookup: stored entities by their identity, for events and for replayed mutations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from gateway.storage.store import Store
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting, Message, PhoneNumber
from providers.domain.identity import Identity

E = TypeVar("E", bound=Entity)

_MODELS: dict[str, type[Entity]] = {
    "Account": Account,
    "Meeting": Meeting,
    "PhoneNumber": PhoneNumber,
    "Contact": Contact,
    "Conversation": Conversation,
    "Message": Message,
}


@dataclass(frozen=True, slots=True)
class EntityLookup:
    """Looks entities up. One that is not visible is None, as one that does not exist, or an id of another kind."""

    store: Store

    async def get_many(self, visibility: Visibility, model: type[E], keys: Sequence[ObjectKey]) -> list[E | None]:
        """Return entities in the order of the keys. The scope of an account is its key."""
        return cast("list[E | None]", await self._load(visibility, model, keys))

    async def get(self, visibility: Visibility, model: type[E], key: ObjectKey) -> E | None:
        (found,) = await self.get_many(visibility, model, [key])
        return found

    async def find(self, visibility: Visibility, identity: Identity) -> Entity | None:
        model = _MODELS.get(identity.kind)
        return None if model is None else await self.get(visibility, model, identity.key)

    async def _load(self, visibility: Visibility, model: type, keys: Sequence[ObjectKey]) -> Sequence[Entity | None]:
        if model is Account:
            return await self.store.accounts.get_many(visibility, [scope for scope, _ in keys])
        if model is Meeting:
            return await self.store.meetings.get_many(visibility, keys)
        if model is PhoneNumber:
            return await self.store.phone_numbers.get_many(visibility, keys)
        if model is Contact:
            return await self.store.contacts.get_many(visibility, keys)
        if model is Conversation:
            return await self.store.conversations.get_many(visibility, keys)
        return await self.store.messages.get_many(visibility, keys)
