"""The conversations that a list of messages goes over: those that are named, or all of some accounts."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.reads.session import ReadSession
from gateway.storage import MessageCoverage, MessagePosition, Store
from providers.domain.criteria import ConversationCriteria, ObjectKey
from providers.domain.entities import Account, Conversation

Known = Mapping[ObjectKey, tuple[Account, Conversation]]
"""Conversations with their accounts, which are readable."""


@dataclass(frozen=True, slots=True)
class MessageScope(ABC):
    session: ReadSession

    @abstractmethod
    async def due(self) -> Known:
        """Return the conversations that may have to be refreshed: with `force`, all."""

    @abstractmethod
    async def are_all_among(self, keys: Collection[ObjectKey]) -> bool:
        """Return whether there are no other conversations."""

    @abstractmethod
    async def open_above(self, position: MessagePosition | None, since: datetime | None) -> Sequence[MessageCoverage]:
        """Return coverages that aren't complete and end above the position, and not before `since`."""

    @abstractmethod
    async def has_open(self) -> bool:
        """Return whether a coverage isn't complete."""

    @property
    def _store(self) -> Store:
        return self.session.services.store


@dataclass(frozen=True, slots=True)
class NamedConversations(MessageScope):
    known: Known

    async def due(self) -> Known:
        return self.known

    async def are_all_among(self, keys: Collection[ObjectKey]) -> bool:
        return all(key in keys for key in self.known)

    async def open_above(self, position: MessagePosition | None, since: datetime | None) -> list[MessageCoverage]:
        return [
            each
            for each in await self._open()
            if each.tail is not None
            and (position is None or each.tail > position)
            and (since is None or each.tail.sorted_at >= since)
        ]

    async def has_open(self) -> bool:
        return bool(await self._open())

    async def _open(self) -> list[MessageCoverage]:
        coverages = await self._store.message_coverages.get_many(self.session.visibility, [*self.known])
        return [each for each in coverages if each is not None and not each.complete]


@dataclass(frozen=True, slots=True)
class ConversationsOfAccounts(MessageScope):
    """The conversations of accounts, which are readable, or of all that the viewer sees: never loaded as a whole."""

    account_keys: Sequence[str] | None

    async def due(self) -> Known:
        if self.session.force:
            return await self._all()
        services = self.session.services
        due_until = services.freshness.messages.due_until(services.now())
        due = await self._store.conversations.due(self.session.visibility, self.account_keys, due_until)
        self.session.note_accounts(account for account, _ in due)
        self.session.note_conversations(conversation for _, conversation in due)
        return {each.key: (account, each) for account, each in due}

    async def are_all_among(self, keys: Collection[ObjectKey]) -> bool:
        return await self._store.conversations.are_all_among(self.session.visibility, self.account_keys, keys)

    async def open_above(self, position: MessagePosition | None, since: datetime | None) -> Sequence[MessageCoverage]:
        return await self._store.message_coverages.open_above(
            self.session.visibility, self.account_keys, position, since
        )

    async def has_open(self) -> bool:
        return await self._store.message_coverages.has_open(self.session.visibility, self.account_keys)

    async def _all(self) -> Known:
        keys = None if self.account_keys is None else tuple(self.account_keys)
        conversations = await self._store.conversations.all(
            self.session.visibility, ConversationCriteria(account_keys=keys)
        )
        return await _with_accounts(self.session, conversations)


async def known_conversations(session: ReadSession, keys: Sequence[ObjectKey]) -> Known:
    """Return conversations with their account, if that is readable."""
    return await _with_accounts(session, [each for each in await session.conversations.get(keys) if each is not None])


async def conversations_of_accounts(
    session: ReadSession, account_keys: Sequence[str] | None
) -> ConversationsOfAccounts:
    """Return the conversations of the accounts with the keys, if they are readable; without keys of all of them."""
    if account_keys is None:
        return ConversationsOfAccounts(session, None)
    return ConversationsOfAccounts(session, [each.key for each in await session.readable(account_keys)])


async def _with_accounts(session: ReadSession, conversations: Sequence[Conversation]) -> Known:
    accounts = {each.key: each for each in await session.readable(each.account_key for each in conversations)}
    return {each.key: (accounts[each.account_key], each) for each in conversations if each.account_key in accounts}
