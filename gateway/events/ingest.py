"""Ingestion of entities that a provider publishes by itself."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.events.recorder import Record, Recorder
from gateway.storage import Store, Visibility
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting, Message

E = TypeVar("E", Contact, Conversation, Meeting, Message)


@dataclass(frozen=True, slots=True)
class Ingest:
    store: Store
    recorder: Recorder

    async def take_in(self, entities: Sequence[Entity]) -> None:
        """Store contacts, conversations, messages and meetings in one transaction, and announce what changed.

        Entities of unknown accounts are skipped: gateways with different stores may share an upstream.
        """
        async with self.recorder.record() as record:
            accounts = await self._accounts(record, entities)
            await self.store.contacts.put(record.transaction, _of(Contact, entities, accounts))
            await self.store.conversations.put(record.transaction, _of(Conversation, entities, accounts))
            for key, account in accounts.items():
                changes = await self.store.messages.put(record.transaction, _of(Message, entities, {key}))
                record.announce_messages(account, [change.entity for change in changes if change.is_new])
            changed = await self.store.meetings.put(record.transaction, _of(Meeting, entities, accounts))
            record.announce_meetings([change.entity for change in changed])
            await self._invalidate(record, entities, accounts)

    async def _invalidate(self, record: Record, entities: Sequence[Entity], accounts: Mapping[str, Account]) -> None:
        """Delete the digests of what the entities' lists returned last."""
        for key, account in accounts.items():
            own = {key}
            texting: list[Entity] = [
                *_of(Contact, entities, own),
                *_of(Conversation, entities, own),
                *_of(Message, entities, own),
            ]
            await self.store.read_versions.invalidate(record.transaction, account.provider, texting)

    async def _accounts(self, record: Record, entities: Sequence[Entity]) -> dict[str, Account]:
        keys = {
            each.account_key
            for each in entities
            if isinstance(each, Contact | Conversation | Message | Meeting) and each.account_key is not None
        }
        found = await self.store.accounts.get_many(Visibility.unrestricted(), sorted(keys), record.transaction)
        return {account.key: account for account in found if account is not None}


def _of(model: type[E], entities: Sequence[Entity], account_keys: Container[str | None]) -> list[E]:
    return [each for each in entities if isinstance(each, model) and each.account_key in account_keys]
