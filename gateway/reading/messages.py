"""Messages, read from the newest down and only as deep as somebody looks.

The store holds each conversation without a gap from its newest known message, the head, down to its tail. New messages
are read until a page reaches the head, older ones from the tail on: upstreams count pages from the newest message, so
a page is asked for by the number of messages above it, and taken when it overlaps what is known.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.events.record import Record
from gateway.reading.freshness import Freshness
from gateway.reading.part import Kind, Part, PartKey, Save
from gateway.store import EVERYBODY, MessageCoverage, MessagePosition, Store
from gateway.upstream import Upstreams
from providers.capability import MessagePage, MessageReader
from providers.models import Account, Conversation, Message
from resolvers.criteria import ObjectKey


@dataclass(frozen=True, slots=True)
class MessageReading:
    store: Store
    upstreams: Upstreams
    freshness: Freshness

    def newest(self, account: Account, conversation: Conversation, since: datetime | None = None) -> Part | None:
        """The part that holds what came since the last reading; None where the provider lists no messages.

        A conversation that was never read is read down to `since`, and by one page without it.
        """
        reader = self._reader(account)
        if reader is None:
            return None
        read = partial(self._read_newest, reader, account, conversation, since)
        return self._part(account, conversation.external_id, read)

    def older(
        self, account: Account, conversation: Conversation, coverage: MessageCoverage, wanted: int = 1
    ) -> Part | None:
        """The part that holds what is below what the store has: at least `wanted` messages, if there are as many."""
        reader = self._reader(account)
        if reader is None:
            return None
        read = partial(self._read_older, reader, account, conversation, coverage, wanted)
        return self._part(account, f"{conversation.external_id} below {coverage.tail}", read)

    def _part(self, account: Account, source: str, read: Callable[[datetime | None], Awaitable[Save]]) -> Part:
        return Part(
            key=PartKey(provider=account.provider, kind=Kind.MESSAGES, source=f"{account.key}/{source}"),
            account_keys=(account.key,),
            fresh_seconds=self.freshness.messages.fresh,
            usable_seconds=self.freshness.messages.of(account).usable,
            read=read,
        )

    def _reader(self, account: Account) -> MessageReader | None:
        upstream = self.upstreams.get(account.provider)
        return None if upstream is None else upstream.can(MessageReader)

    async def _read_newest(
        self,
        reader: MessageReader,
        account: Account,
        conversation: Conversation,
        since: datetime | None,
        _: datetime | None,
    ) -> Save:
        known = await self._coverage(conversation)
        until = partial(_reaches_down_to, since) if known is None else partial(_reaches_known, known)
        pages = await _pages(reader, account, conversation, 0, until)
        return partial(self._save_newest, account, conversation, known, pages)

    async def _save_newest(
        self,
        account: Account,
        conversation: Conversation,
        known: MessageCoverage | None,
        pages: Sequence[MessagePage],
        record: Record,
    ) -> None:
        messages = _messages(pages)
        changes = await self.store.messages.put(record.transaction, messages)
        added = [change.entity for change in changes if change.is_new and _has_just_come(change.entity, known, account)]
        record.announce_messages(account, added)
        positions = [_position(message) for message in messages]
        await self.store.message_coverages.extend(
            record.transaction,
            _key(conversation),
            head=max(positions, default=None),
            tail=min(positions, default=None) if known is None or known.tail is None else None,
            complete=known is None and pages[-1].is_last,
        )

    async def _read_older(
        self,
        reader: MessageReader,
        account: Account,
        conversation: Conversation,
        coverage: MessageCoverage,
        wanted: int,
        _: datetime | None,
    ) -> Save:
        skip = await self.store.messages.count_above(account.key, conversation.external_id, coverage.tail)
        until = partial(_goes_below, coverage.tail, wanted)
        pages = await _pages(reader, account, conversation, skip, until)
        if not _overlaps(pages, coverage.tail):
            pages = await _pages(reader, account, conversation, 0, until)
        return partial(self._save_older, conversation, pages)

    async def _save_older(self, conversation: Conversation, pages: Sequence[MessagePage], record: Record) -> None:
        messages = _messages(pages)
        await self.store.messages.put(record.transaction, messages)
        await self.store.message_coverages.extend(
            record.transaction,
            _key(conversation),
            tail=min(map(_position, messages), default=None),
            complete=pages[-1].is_last,
        )

    async def _coverage(self, conversation: Conversation) -> MessageCoverage | None:
        (coverage,) = await self.store.message_coverages.get_many(EVERYBODY, [_key(conversation)])
        return coverage


async def _pages(
    reader: MessageReader,
    account: Account,
    conversation: Conversation,
    skip: int,
    until: Callable[[Sequence[MessagePage]], bool],
) -> list[MessagePage]:
    """Pages from `skip` on until they are enough; at least one."""
    pages: list[MessagePage] = []
    async for page in reader.list_messages(account, conversation, skip):
        pages.append(page)
        if page.is_last or until(pages):
            break
    return pages


def _messages(pages: Sequence[MessagePage]) -> list[Message]:
    """Each message once: one that has moved to the next page meanwhile comes twice."""
    return list({message.external_id: message for page in pages for message in page.messages}.values())


def _position(message: Message) -> MessagePosition:
    return MessagePosition(message.created_at, message.external_id)


def _key(conversation: Conversation) -> ObjectKey:
    return conversation.account_key, conversation.external_id


def _reaches_down_to(since: datetime | None, pages: Sequence[MessagePage]) -> bool:
    return since is None or any(message.created_at < since for message in pages[-1].messages)


def _reaches_known(known: MessageCoverage, pages: Sequence[MessagePage]) -> bool:
    head = known.head
    return head is not None and any(_position(message) <= head for message in pages[-1].messages)


def _goes_below(tail: MessagePosition | None, wanted: int, pages: Sequence[MessagePage]) -> bool:
    below = {
        message.external_id for page in pages for message in page.messages if not tail or _position(message) < tail
    }
    return len(below) >= wanted


def _overlaps(pages: Sequence[MessagePage], tail: MessagePosition | None) -> bool:
    return tail is None or any(_position(message) >= tail for message in _messages(pages))


def _has_just_come(message: Message, known: MessageCoverage | None, account: Account) -> bool:
    """A message of a conversation that is read for the first time is news only when it is younger than the account."""
    if known is None:
        return account.connected_at is not None and message.created_at >= account.connected_at
    return known.tail is None or _position(message) >= known.tail
