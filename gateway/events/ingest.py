"""Ingestion of entities that a provider publishes by itself."""

from collections.abc import Awaitable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.events.recorder import Record, Recorder
from gateway.storage import Store, Visibility
from gateway.storage.group_commit import Part
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting, Message

E = TypeVar("E", Contact, Conversation, Meeting, Message)


@dataclass(frozen=True, slots=True)
class Ingest:
    store: Store
    recorder: Recorder

    def take_in(self, entities: Sequence[Entity]) -> Awaitable[None]:
        """Store contacts, conversations, messages and meetings in one transaction, and announce what changed.

        They are queued at once, before what is queued later, and stored when the result has been awaited. Entities of
        unknown accounts are skipped: gateways with different stores may share an upstream.
        """
        return self.recorder.group.submit(_Published(self.store, entities))


@dataclass(frozen=True, slots=True)
class _Published(Part[Record, None]):
    store: Store
    entities: Sequence[Entity]

    async def write(self, record: Record) -> None:
        accounts = await self._accounts(record)
        contacts = await self.store.contacts.put(record.transaction, _of(Contact, self.entities, accounts))
        conversations = await self.store.conversations.put(
            record.transaction, _of(Conversation, self.entities, accounts)
        )
        for key, account in accounts.items():
            record.announce_contacts(account, [each for each in contacts if each.entity.account_key == key])
            record.announce_conversations(account, [each for each in conversations if each.entity.account_key == key])
            changes = await self.store.messages.put(record.transaction, _of(Message, self.entities, {key}))
            record.announce_messages(account, [change.entity for change in changes if change.is_new])
        record.announce_meetings(
            await self.store.meetings.put(record.transaction, _of(Meeting, self.entities, accounts))
        )
        await self._invalidate(record, accounts)

    async def _invalidate(self, record: Record, accounts: Mapping[str, Account]) -> None:
        """Delete the digests of what the entities' lists returned last."""
        for key, account in accounts.items():
            own = {key}
            texting: list[Entity] = [
                *_of(Contact, self.entities, own),
                *_of(Conversation, self.entities, own),
                *_of(Message, self.entities, own),
            ]
            await self.store.read_versions.invalidate(record.transaction, account.provider, texting)

    async def _accounts(self, record: Record) -> dict[str, Account]:
        keys = {
            each.account_key
            for each in self.entities
            if isinstance(each, Contact | Conversation | Message | Meeting) and each.account_key is not None
        }
        found = await self.store.accounts.get_many(Visibility.unrestricted(), sorted(keys), record.transaction)
        return {account.key: account for account in found if account is not None}


def _of(model: type[E], entities: Sequence[Entity], account_keys: Container[str | None]) -> list[E]:
    return [each for each in entities if isinstance(each, model) and each.account_key in account_keys]
