"""What providers learn by themselves: taken into the store, and told."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.events.recorder import Record, Recorder
from gateway.storage import Store, Visibility
from providers.domain.entities import Account, Contact, Conversation, Entity, Meeting, Message


@dataclass(frozen=True, slots=True)
class Ingest:
    store: Store
    recorder: Recorder

    async def take_in(self, entities: Sequence[Entity]) -> None:
        """Keeps contacts, conversations, messages and meetings of accounts that are known here, all or none of them.

        An upstream may be shared by gateways that do not share a store: what is another one's is passed over.
        """
        async with self.recorder.record() as record:
            accounts = await self._accounts(record, entities)
            contacts = [each for each in entities if isinstance(each, Contact) and each.account_key in accounts]
            await self.store.contacts.put(record.transaction, contacts)
            conversations = [
                each for each in entities if isinstance(each, Conversation) and each.account_key in accounts
            ]
            await self.store.conversations.put(record.transaction, conversations)
            for account in accounts.values():
                of_account = [
                    each for each in entities if isinstance(each, Message) and each.account_key == account.key
                ]
                changes = await self.store.messages.put(record.transaction, of_account)
                record.announce_messages(account, [change.entity for change in changes if change.is_new])
            meetings = [each for each in entities if isinstance(each, Meeting) and each.account_key in accounts]
            changed = await self.store.meetings.put(record.transaction, meetings)
            record.announce_meetings([change.entity for change in changed])

    async def _accounts(self, record: Record, entities: Sequence[Entity]) -> dict[str, Account]:
        keys = {
            each.account_key
            for each in entities
            if isinstance(each, Contact | Conversation | Message | Meeting) and each.account_key is not None
        }
        found = await self.store.accounts.get_many(Visibility.unrestricted(), sorted(keys), record.transaction)
        return {account.key: account for account in found if account is not None}
