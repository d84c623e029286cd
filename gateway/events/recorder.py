"""Records: changes to the store and their feed entries in one transaction."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.events.hub import Hub
from gateway.storage import Change, FeedEntry, Store, Transaction
from gateway.storage.feed import FeedKind
from gateway.storage.group_commit import GroupCommit
from gateway.storage.previous import previous_meeting, removed_contact
from providers.domain.changes import ChangeKind
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Contact, Conversation, Meeting, Message


@dataclass(slots=True)
class Record:
    """An open transaction, and the events that it announces."""

    transaction: Transaction
    at: datetime
    entries: list[FeedEntry] = field(default_factory=list)
    contacts: dict[ObjectKey, Account] = field(default_factory=dict)
    conversations: dict[tuple[str, ObjectKey], FeedEntry] = field(default_factory=dict)
    messages: list[tuple[Account, Message]] = field(default_factory=list)

    def announce_accounts(self, accounts: Sequence[Account], change: ChangeKind = ChangeKind.CHANGED) -> None:
        self.entries += [self._entry("account", each, change=change) for each in accounts]

    def announce_meetings(self, changes: Sequence[Change[Meeting]]) -> None:
        self.entries += [
            FeedEntry(
                at=self.at,
                kind="meeting",
                user_id=each.entity.user_id,
                account_key=each.entity.account_key,
                scope=each.entity.scope,
                external_id=each.entity.external_id,
                change=_kind_of(each),
                previous=None if each.before is None else previous_meeting(each.before, each.entity),
            )
            for each in changes
        ]

    def announce_contacts(
        self, account: Account, changes: Sequence[Change[Contact]], removed: Sequence[Contact] = ()
    ) -> None:
        """Announce contacts of an account, and with them the conversations that have them."""
        for each in changes:
            self._announce_contact(account, each.entity, _kind_of(each))
        for contact in removed:
            self._announce_contact(account, contact, ChangeKind.REMOVED, removed_contact(contact))

    def announce_read(self, reader: str, account: Account, conversation: Conversation) -> None:
        """Announce to a reader what it has read. To others nothing has changed, the account's user among them."""
        self._announce_conversation(account, conversation.key, ChangeKind.CHANGED, reader)

    def announce_conversations(self, account: Account, changes: Sequence[Change[Conversation]]) -> None:
        """Announce conversations of an account, each once in the transaction."""
        for each in changes:
            self._announce_conversation(account, each.entity.key, _kind_of(each))

    def announce_messages(self, account: Account, messages: Sequence[Message]) -> None:
        """Announce new messages: all those of the transaction in order of time, oldest first."""
        self.messages += [(account, message) for message in messages]

    def announce_conversations_of_contacts(self, conversations: Sequence[tuple[ObjectKey, ObjectKey]]) -> None:
        """Announce conversations, which come with their announced contacts: the contact is shown with them."""
        for key, contact in conversations:
            self._announce_conversation(self.contacts[contact], key, ChangeKind.CHANGED)

    def events(self) -> list[FeedEntry]:
        """Return the entries of all announced events."""
        messages = (self._message_entry(*each) for each in sorted(self.messages, key=_time_of))
        return [*self.entries, *self.conversations.values(), *messages]

    def _announce_contact(
        self, account: Account, contact: Contact, change: ChangeKind, previous: str | None = None
    ) -> None:
        self.contacts[contact.key] = account
        entry = self._entry("contact", account, contact.external_id, change=change)
        self.entries.append(replace(entry, previous=previous))

    def _announce_conversation(
        self, account: Account, key: ObjectKey, change: ChangeKind, reader: str | None = None
    ) -> None:
        user_id = account.user_id if reader is None else reader
        known = self.conversations.get((user_id, key))
        if known is None or known.change is not ChangeKind.ADDED:
            _, external_id = key
            entry = self._entry("conversation", account, external_id, change=change)
            self.conversations[user_id, key] = replace(entry, user_id=user_id)

    def _message_entry(self, account: Account, message: Message) -> FeedEntry:
        entry = self._entry("message", account, message.external_id, change=ChangeKind.ADDED)
        return replace(entry, conversation=message.conversation_external_id)

    def _entry(self, kind: FeedKind, account: Account, external_id: str = "", *, change: ChangeKind) -> FeedEntry:
        """Return the entry of an account, or of what lies below it."""
        return FeedEntry(
            at=self.at,
            kind=kind,
            user_id=account.user_id,
            account_key=account.key,
            scope=account.key,
            external_id=external_id,
            change=change,
        )


def _kind_of(change: Change[Any]) -> ChangeKind:
    return ChangeKind.ADDED if change.is_new else ChangeKind.CHANGED


def _time_of(announced: tuple[Account, Message]) -> tuple[datetime, str]:
    _, message = announced
    return message.created_at, message.external_id


class Recorder:
    """Opens records. The changes of a record are committed with its events, or not at all.

    Changes that may share a record with others are queued in `group`.
    """

    def __init__(self, store: Store, hub: Hub, now: Callable[[], datetime]) -> None:
        self._store = store
        self._hub = hub
        self._now = now
        self.group = GroupCommit(self.record)

    @asynccontextmanager
    async def record(self) -> AsyncIterator[Record]:
        """Begin a transaction, commit it at the end of the block, and wake the hub if there are events."""
        async with self._store.write() as transaction:
            record = Record(transaction, self._now())
            yield record
            await self._announce_conversations_of_contacts(record)
            events = record.events()
            await self._store.feed.append(transaction, events)
        if events:
            self._hub.wake()

    async def _announce_conversations_of_contacts(self, record: Record) -> None:
        if record.contacts:
            found = await self._store.conversations.of_contacts(record.transaction, record.contacts)
            record.announce_conversations_of_contacts(found)
