"""Messages, read from the newest down and only as deep as a reader looks.

Upstreams count pages from the newest message and promise no order among messages of one moment, nor that a message
turns up where its time belongs. So each stored message has a mark whether a reading without a gap found it: those from
the newest down to the tail of the conversation's coverage are listed. In the upstream's own order a new message above
a listed one has just arrived, and one below all of them is older than what was known.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.events.recorder import Record
from gateway.reads.descent import Descent, DownTo, Further
from gateway.reads.fetch import Fetch, FetchKey, FetchKind, Save
from gateway.reads.freshness import Freshness
from gateway.storage import MessageCoverage, MessagePosition, Store, Transaction, Visibility
from providers.api.capabilities import MessageReader
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Conversation, Message
from providers.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class MessageFetches:
    store: Store
    upstreams: Upstreams
    freshness: Freshness

    def newest(self, account: Account, conversation: Conversation, since: datetime | None = None) -> Fetch | None:
        """The part that holds what came since the last reading; None where the provider lists no messages.

        Without `since` a conversation that was never read is read by one page, and otherwise down to what is known.
        With it the reading also reaches down to `since`, or to the end of a conversation without history, and a little
        way into what is known: for messages that arrive late, with an older time than others that were read before.
        """
        reader = self._reader(account)
        if reader is None:
            return None
        read = partial(self._read_newest, reader, account, conversation, since)
        return self._part(account, conversation.external_id, read)

    def older(
        self, account: Account, conversation: Conversation, coverage: MessageCoverage, wanted: int = 1
    ) -> Fetch | None:
        """The part that holds what is below what the store has: at least `wanted` messages, if there are as many."""
        reader = self._reader(account)
        if reader is None:
            return None
        read = partial(self._read_older, reader, account, conversation, coverage, wanted)
        return self._part(account, f"{conversation.external_id} below {coverage.tail}", read)

    def _part(self, account: Account, source: str, read: Callable[[datetime | None], Awaitable[Save]]) -> Fetch:
        return Fetch(
            key=FetchKey(provider=account.provider, kind=FetchKind.MESSAGES, source=f"{account.key}/{source}"),
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
        has_history = since is None or await self.store.conversations.has_history(_key(conversation))
        target = DownTo(known=known, since=since, has_history=has_history)
        descent = await self._descend(reader, account, conversation, 0, target.is_reached)
        return partial(self._save, account, conversation, descent)

    async def _read_older(
        self,
        reader: MessageReader,
        account: Account,
        conversation: Conversation,
        coverage: MessageCoverage,
        wanted: int,
        _: datetime | None,
    ) -> Save:
        """Where the upstream lists fewer messages than are known here, the page that was asked for lies too deep."""
        skip = await self.store.messages.count_above(account.key, conversation.external_id, coverage.tail)
        target = Further(known=coverage, wanted=wanted)
        descent = await self._descend(reader, account, conversation, skip, target.is_reached)
        if not descent.is_connected(coverage):
            descent = await self._descend(reader, account, conversation, 0, target.is_reached)
        return partial(self._save, account, conversation, descent)

    async def _descend(
        self,
        reader: MessageReader,
        account: Account,
        conversation: Conversation,
        skip: int,
        is_reached: Callable[[Descent], bool],
    ) -> Descent:
        """Pages from `skip` on until they are enough; at least one."""
        descent = Descent(from_top=skip == 0)
        async for page in reader.list_messages(account, conversation, skip):
            descent.add(page)
            descent.note(await self.store.messages.listed([_key_of(message) for message in page.messages]))
            if page.is_last or is_reached(descent):
                break
        return descent

    async def _save(self, account: Account, conversation: Conversation, descent: Descent, record: Record) -> None:
        """What another process has stored since the pages were read counts as known."""
        transaction, keys = record.transaction, [_key_of(message) for message in descent.messages.values()]
        known = await self._coverage(conversation, transaction)
        if known is None:
            descent.listed.clear()
        else:
            descent.note(await self.store.messages.listed(keys, transaction))
        tail = None if known is None else known.tail
        arrived, older = descent.above(), descent.below()
        changes = await self.store.messages.put(transaction, arrived)
        added = [change.entity for change in changes if change.is_new]
        changes = await self.store.messages.put(transaction, older, below=tail if arrived else None)
        may_be_history = not (known is not None and known.complete) and await self.store.conversations.has_history(
            _key(conversation), transaction
        )
        added += [
            change.entity
            for change in changes
            if change.is_new and not (may_be_history and _is_history(change.entity, account))
        ]
        record.announce_messages(account, added)
        if descent.is_connected(known):
            await self.store.messages.mark_listed(transaction, keys)
            await self.store.message_coverages.extend(
                transaction,
                _key(conversation),
                tail=await self._tail(transaction, descent, known),
                complete=descent.is_last,
            )

    async def _tail(
        self, transaction: Transaction, descent: Descent, known: MessageCoverage | None
    ) -> MessagePosition | None:
        """The position of the last message that stands below what is known, if there is one.

        A message that was sent from here may stand further up than the provider lists it.
        """
        tail = None if known is None else known.tail
        if known is not None and tail is not None and not descent.has_passed(known):
            return None
        keys = [_key_of(message) for message in descent.messages.values()]
        positions = await self.store.messages.positions(keys, transaction)
        return next((positions[key] for key in reversed(keys) if tail is None or positions[key] < tail), None)

    async def _coverage(
        self, conversation: Conversation, transaction: Transaction | None = None
    ) -> MessageCoverage | None:
        (coverage,) = await self.store.message_coverages.get_many(
            Visibility.unrestricted(), [_key(conversation)], transaction
        )
        return coverage


def _key(conversation: Conversation) -> ObjectKey:
    return conversation.account_key, conversation.external_id


def _key_of(message: Message) -> ObjectKey:
    return message.account_key, message.external_id


def _is_history(message: Message, account: Account) -> bool:
    """A message of a conversation that may be older than the account is history if its time is."""
    return account.first_connected_at is None or message.created_at < account.first_connected_at
