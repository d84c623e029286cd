"""Records: changes to the store and their feed entries in one transaction."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from gateway.events.hub import Hub
from gateway.storage import FeedEntry, Store, Transaction
from gateway.storage.group_commit import GroupCommit
from providers.domain.entities import Account, Conversation, Meeting, Message


@dataclass(slots=True)
class Record:
    """An open transaction, and the events that it announces."""

    transaction: Transaction
    at: datetime
    entries: list[FeedEntry] = field(default_factory=list)
    messages: list[tuple[Account, Message]] = field(default_factory=list)

    def announce_accounts(self, accounts: Sequence[Account]) -> None:
        self.entries += [
            FeedEntry(at=self.at, kind="account", user_id=each.user_id, account_key=each.key, scope=each.key)
            for each in accounts
        ]

    def announce_meetings(self, meetings: Sequence[Meeting]) -> None:
        self.entries += [
            FeedEntry(
                at=self.at,
                kind="meeting",
                user_id=each.user_id,
                account_key=each.account_key,
                scope=each.scope,
                external_id=each.external_id,
            )
            for each in meetings
        ]

    def announce_conversations(self, account: Account, conversations: Sequence[Conversation]) -> None:
        self.entries += [
            FeedEntry(
                at=self.at,
                kind="conversation",
                user_id=account.user_id,
                account_key=account.key,
                scope=account.key,
                external_id=each.external_id,
            )
            for each in conversations
        ]

    def announce_messages(self, account: Account, messages: Sequence[Message]) -> None:
        """Announce messages: all those of the transaction in order of time, oldest first."""
        self.messages += [(account, message) for message in messages]

    def events(self) -> list[FeedEntry]:
        """Return the entries of all announced events."""
        return [*self.entries, *(self._message_entry(*each) for each in sorted(self.messages, key=_time_of))]

    def _message_entry(self, account: Account, message: Message) -> FeedEntry:
        return FeedEntry(
            at=self.at,
            kind="message",
            user_id=account.user_id,
            account_key=account.key,
            scope=account.key,
            external_id=message.external_id,
            conversation=message.conversation_external_id,
        )


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
            events = record.events()
            await self._store.feed.append(transaction, events)
        if events:
            self._hub.wake()
