"""Entities by their identity, from the store."""

from dataclasses import dataclass

from gateway.storage import Store, Visibility
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting
from providers.domain.ids import Identity


@dataclass(frozen=True, slots=True)
class EntityLookup:
    """What the store knows. A kind that isn't asked for, a foreign object and one that never was are alike: None."""

    store: Store

    async def find(self, visibility: Visibility, identity: Identity) -> Entity | None:
        key = (identity.scope, identity.external_id)
        match identity.kind:
            case "Account":
                found: list[Entity | None] = [*await self.store.accounts.get_many(visibility, [identity.scope])]
            case "Meeting":
                found = [*await self.store.meetings.get_many(visibility, [key])]
            case "Contact":
                found = [*await self.store.contacts.get_many(visibility, [key])]
            case "Conversation":
                found = [*await self.store.conversations.get_many(visibility, [key])]
            case "Message":
                found = [*await self.store.messages.get_many(visibility, [key])]
            case _:
                found = [None]
        return found[0]

    async def account(self, visibility: Visibility, id: str) -> Account | None:
        found = await self._of_kind(visibility, id, "Account")
        return found if isinstance(found, Account) else None

    async def meeting(self, visibility: Visibility, id: str) -> Meeting | None:
        found = await self._of_kind(visibility, id, "Meeting")
        return found if isinstance(found, Meeting) else None

    async def contact(self, visibility: Visibility, id: str) -> Contact | None:
        found = await self._of_kind(visibility, id, "Contact")
        return found if isinstance(found, Contact) else None

    async def conversation(self, visibility: Visibility, id: str) -> Conversation | None:
        found = await self._of_kind(visibility, id, "Conversation")
        return found if isinstance(found, Conversation) else None

    async def _of_kind(self, visibility: Visibility, id: str, kind: str) -> Entity | None:
        identity = Identity.parse(id)
        if identity is None or identity.kind != kind:
            return None
        return await self.find(visibility, identity)
