"""Storing of descents: those of many conversations by one statement for each table and step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.events.recorder import Record
from gateway.reads.descent import Descent
from gateway.reads.pending_sends import PendingSends
from gateway.storage import Change, MessageCoverage, MessagePosition, Store, Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, Conversation, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedDescent:
    """A descent of a conversation that is to be stored."""

    account: Account
    conversation: Conversation
    descent: Descent

    @property
    def key(self) -> ObjectKey:
        return self.conversation.key

    @property
    def message_keys(self) -> list[ObjectKey]:
        """The keys of the messages, in the upstream's order."""
        return [message.key for message in self.descent.messages.values()]


@dataclass(frozen=True, slots=True)
class DescentStore:
    store: Store

    async def put(self, record: Record, fetched: Sequence[FetchedDescent]) -> list[bool]:
        """Store descents, and announce what is new.

        Return for each whether there is no gap between it and what was known.
        """
        if len({each.key for each in fetched}) < len(fetched):
            # Of two descents of one conversation, the second finds what the first has stored.
            return [connected for each in fetched for connected in await self.put(record, [each])]
        # Copies, since what is noted holds for this transaction alone: another one may write the same again.
        fetched = [replace(each, descent=each.descent.copy()) for each in fetched]
        coverages = await self._coverages(record, fetched)
        await self._note_listed(record, fetched, coverages)
        await self._put_messages(record, fetched, coverages)
        connected = [each.descent.is_connected(coverages[each.key]) for each in fetched]
        await self._extend(record, [each for each, is_one in zip(fetched, connected, strict=True) if is_one], coverages)
        return connected

    async def _coverages(
        self, record: Record, fetched: Sequence[FetchedDescent]
    ) -> dict[ObjectKey, MessageCoverage | None]:
        keys = [each.key for each in fetched]
        found = await self.store.message_coverages.get_many(Visibility.unrestricted(), keys, record.transaction)
        return dict(zip(keys, found, strict=True))

    async def _note_listed(
        self, record: Record, fetched: Sequence[FetchedDescent], coverages: Mapping[ObjectKey, MessageCoverage | None]
    ) -> None:
        """Note messages that another process has stored since the pages were fetched: those count as known."""
        keys = [key for each in fetched for key in each.message_keys]
        listed = await self.store.messages.listed(keys, record.transaction)
        for each in fetched:
            if coverages[each.key] is None:
                each.descent.listed.clear()
            else:
                each.descent.note({key: listed[key] for key in each.message_keys if key in listed})

    async def _put_messages(
        self, record: Record, fetched: Sequence[FetchedDescent], coverages: Mapping[ObjectKey, MessageCoverage | None]
    ) -> None:
        """Store the messages; announce those that have arrived since the account was connected."""
        groups: list[tuple[Sequence[Message], MessagePosition | None]] = []
        for each in fetched:
            known, above = coverages[each.key], each.descent.above()
            groups.append((above, None))
            groups.append((each.descent.below(), known.tail if known is not None and above else None))
        changes = await self.store.messages.put_all(record.transaction, groups)
        await self._attribute(record, [one.entity for group in changes for one in group if one.is_new])
        older = changes[1::2]
        new_below = [each.key for each, found in zip(fetched, older, strict=True) if any(one.is_new for one in found)]
        arrived_since = (
            await self.store.conversations.without_history(new_below, record.transaction) if new_below else set()
        )
        for each, above_changes, below_changes in zip(fetched, changes[::2], older, strict=True):
            known = coverages[each.key]
            may_be_history = not (known is not None and known.complete) and each.key not in arrived_since
            news = [*above_changes, *(one for one in below_changes if not (may_be_history and _is_history(one, each)))]
            record.announce_messages(each.account, [change.entity for change in news if change.is_new])

    async def _attribute(self, record: Record, new: Sequence[Message]) -> None:
        """Store who sent new messages, if that was done here and has no answer yet: events show it to the sender."""
        attributed = await PendingSends(self.store.journal).attributed(record.transaction, new)
        if attributed:
            await self.store.messages.put(record.transaction, attributed)

    async def _extend(
        self, record: Record, connected: Sequence[FetchedDescent], coverages: Mapping[ObjectKey, MessageCoverage | None]
    ) -> None:
        if not connected:
            return
        keys = [key for each in connected for key in each.message_keys]
        await self.store.messages.mark_listed(record.transaction, keys)
        positions = await self.store.messages.positions(keys, record.transaction)
        extended = [
            (coverages[each.key] or MessageCoverage(conversation=each.key)).extended(
                _tail(each, coverages[each.key], positions), complete=each.descent.is_last
            )
            for each in connected
        ]
        changed = [each for each in extended if each != coverages[each.conversation]]
        await self.store.message_coverages.put(record.transaction, changed)


def _tail(
    fetched: FetchedDescent, known: MessageCoverage | None, positions: Mapping[ObjectKey, MessagePosition]
) -> MessagePosition | None:
    """Return the position of the last fetched message below the coverage; None without such a message.

    A message that was sent by a mutation may be stored further up than the provider lists it.
    """
    tail = None if known is None else known.tail
    if known is not None and tail is not None and not fetched.descent.has_passed(known):
        return None
    keys = reversed(fetched.message_keys)
    return next((positions[key] for key in keys if tail is None or positions[key] < tail), None)


def _is_history(change: Change[Message], fetched: FetchedDescent) -> bool:
    """Return whether a message of a conversation with history is older than the account."""
    connected_at = fetched.account.first_connected_at
    return connected_at is None or change.entity.created_at < connected_at
