"""Fetches of messages: from the newest down, and only as deep as a reader looks.

Providers count pages from the newest message. They promise no order among messages of one moment, nor that a message is
listed at the place of its time. So each stored message has a mark that says whether a fetch without a gap found it: the
messages from the newest down to the tail of the conversation's coverage are listed. In the provider's own order a new
message above a listed one has just arrived, and one below all of them is older than what was known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from gateway.events.recorder import Record
from gateway.reads.descent import Descent, DownTo, Further
from gateway.reads.fetch import Fetch, FetchKey, FetchKind, FetchTimes, Freshness
from gateway.storage import MessageCoverage, MessagePosition, Store, Transaction, Visibility
from providers.api.capabilities import MessageReader
from providers.domain.entities import Account, Conversation, Message
from providers.upstreams import Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessagesFetch(Fetch[Descent]):
    repositories: Store
    reader: MessageReader
    account: Account
    conversation: Conversation

    async def store(self, record: Record, fetched: Descent, _: FetchTimes) -> None:
        transaction, keys = record.transaction, [message.key for message in fetched.messages.values()]
        # Another process may have stored some of the messages since the pages were fetched: those count as known.
        known = await self._coverage(transaction)
        if known is None:
            fetched.listed.clear()
        else:
            fetched.note(await self.repositories.messages.listed(keys, transaction))
        record.announce_messages(self.account, await self._put(transaction, fetched, known))
        if fetched.is_connected(known):
            await self.repositories.messages.mark_listed(transaction, keys)
            await self.repositories.message_coverages.extend(
                transaction,
                self.conversation.key,
                tail=await self._tail(transaction, fetched, known),
                complete=fetched.is_last,
            )

    async def _descend(self, skip: int, is_reached: Callable[[Descent], bool]) -> Descent:
        """Fetch pages from `skip` on until they are enough; at least one."""
        descent = Descent(from_top=skip == 0)
        async for page in self.reader.list_messages(self.account, self.conversation, skip):
            descent.add(page)
            descent.note(await self.repositories.messages.listed([message.key for message in page.messages]))
            if page.is_last or is_reached(descent):
                break
        return descent

    async def _put(self, transaction: Transaction, descent: Descent, known: MessageCoverage | None) -> list[Message]:
        """Store the messages; return those that have arrived since the account was connected."""
        tail = None if known is None else known.tail
        arrived, older = descent.above(), descent.below()
        changes = await self.repositories.messages.put(transaction, arrived)
        added = [change.entity for change in changes if change.is_new]
        changes = await self.repositories.messages.put(transaction, older, below=tail if arrived else None)
        may_be_history = not (
            known is not None and known.complete
        ) and await self.repositories.conversations.has_history(self.conversation.key, transaction)
        return added + [
            change.entity
            for change in changes
            if change.is_new and not (may_be_history and _is_history(change.entity, self.account))
        ]

    async def _tail(
        self, transaction: Transaction, descent: Descent, known: MessageCoverage | None
    ) -> MessagePosition | None:
        """Return the position of the last message below the coverage; None if there is none.

        A message that was sent by a mutation may be stored further up than the provider lists it.
        """
        tail = None if known is None else known.tail
        if known is not None and tail is not None and not descent.has_passed(known):
            return None
        keys = [message.key for message in descent.messages.values()]
        positions = await self.repositories.messages.positions(keys, transaction)
        return next((positions[key] for key in reversed(keys) if tail is None or positions[key] < tail), None)

    async def _coverage(self, transaction: Transaction | None = None) -> MessageCoverage | None:
        (coverage,) = await self.repositories.message_coverages.get_many(
            Visibility.unrestricted(), [self.conversation.key], transaction
        )
        return coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestMessagesFetch(_MessagesFetch):
    since: datetime | None

    async def fetch(self, _: FetchTimes) -> Descent:
        known = await self._coverage()
        has_history = self.since is None or await self.repositories.conversations.has_history(self.conversation.key)
        target = DownTo(known=known, since=self.since, has_history=has_history)
        return await self._descend(0, target.is_reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderMessagesFetch(_MessagesFetch):
    """Never logged: its key names a position of the list, and each is fetched once."""

    is_logged: ClassVar[bool] = False

    coverage: MessageCoverage
    wanted: int

    async def fetch(self, _: FetchTimes) -> Descent:
        skip = await self.repositories.messages.count_above(
            self.account.key, self.conversation.external_id, self.coverage.tail
        )
        target = Further(known=self.coverage, wanted=self.wanted)
        descent = await self._descend(skip, target.is_reached)
        if descent.is_connected(self.coverage):
            return descent
        # The provider lists fewer messages than the store has: the page lay too deep.
        return await self._descend(0, target.is_reached)


@dataclass(frozen=True, slots=True)
class MessageFetches:
    """The fetches of a conversation's messages: of the newest, and of older ones."""

    store: Store
    upstreams: Upstreams
    freshness: Freshness

    def newest(self, account: Account, conversation: Conversation, since: datetime | None = None) -> Fetch[Any] | None:
        """Return the fetch of what arrived since the last one; None if the provider lists no messages.

        Without `since`, the first fetch of a conversation takes one page, and later ones go down to the coverage. With
        it, a fetch also goes down to `since`, or to the end of a conversation without history, and a little further
        into what is known: for late messages, which are older than others that were fetched before.
        """
        reader = self._reader(account)
        if reader is None:
            return None
        source = f"{account.key}/{conversation.external_id}"
        return NewestMessagesFetch(
            key=FetchKey(provider=account.provider, kind=FetchKind.MESSAGES, source=source),
            account_keys=(account.key,),
            lifetime=self.freshness.messages.of(account),
            repositories=self.store,
            reader=reader,
            account=account,
            conversation=conversation,
            since=since,
        )

    def older(
        self, account: Account, conversation: Conversation, coverage: MessageCoverage, wanted: int
    ) -> Fetch[Any] | None:
        """Return the fetch of at least `wanted` messages below the coverage, or all there are; None as in `newest`."""
        reader = self._reader(account)
        if reader is None:
            return None
        source = f"{account.key}/{conversation.external_id}"
        return OlderMessagesFetch(
            key=FetchKey(provider=account.provider, kind=FetchKind.OLDER_MESSAGES, source=source, below=coverage.tail),
            account_keys=(account.key,),
            lifetime=self.freshness.messages.of(account),
            repositories=self.store,
            reader=reader,
            account=account,
            conversation=conversation,
            coverage=coverage,
            wanted=wanted,
        )

    def _reader(self, account: Account) -> MessageReader | None:
        upstream = self.upstreams.get(account.provider)
        return None if upstream is None else upstream.can(MessageReader)


def _is_history(message: Message, account: Account) -> bool:
    """Return whether a message of a conversation with history is older than the account."""
    return account.first_connected_at is None or message.created_at < account.first_connected_at
