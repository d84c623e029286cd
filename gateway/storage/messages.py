"""The messages, as last read."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, and_, literal, select, true, tuple_, update

from gateway.storage.change import Change
from gateway.storage.content import cleaned
from gateway.storage.coverage import MessagePosition
from gateway.storage.database import Database, Transaction
from gateway.storage.keyset import Keyset
from gateway.storage.listing import Listing, narrowed
from gateway.storage.matching import among, among_pairs, holds
from gateway.storage.tables import PlainText, messages
from gateway.storage.text import folded
from gateway.storage.timestamps import from_microseconds, to_microseconds
from gateway.storage.upsert import upsert
from gateway.storage.visibility import Visibility
from providers.domain.criteria import MessageCriteria, ObjectKey
from providers.domain.entities import Media, Message, MessageDirection, MessageStatus
from providers.domain.pages import Page, PageRequest

_KEY = (messages.c.account_key, messages.c.external_id)
_CONVERSATION = (messages.c.account_key, messages.c.conversation_external_id)
_ORDER = (messages.c.sorted_at, messages.c.external_id, messages.c.account_key)
_STEP = timedelta(microseconds=1)

_PROGRESS = {
    MessageStatus.QUEUED: 0,
    MessageStatus.SENT: 1,
    MessageStatus.DELIVERED: 2,
    MessageStatus.FAILED: 3,
    MessageStatus.RECEIVED: 3,
}


class Messages:
    """Newest first: by time of creation, then by external id.

    A message never moves in this order: it is sorted by the time that it carried when it was stored first. One that the
    provider lists below what was read before is sorted below it whatever time it carries, so that it can't turn up
    above a cursor that was given out for the end of what was known.
    """

    def __init__(self, database: Database) -> None:
        self._list = Listing(database, Keyset(messages, _ORDER, descending=True), _model)

    async def put(
        self, transaction: Transaction, seen: Sequence[Message], *, below: MessagePosition | None = None
    ) -> list[Change[Message]]:
        """Keeps messages as they were seen, and answers those that are new or changed by it.

        A status never goes back: QUEUED, SENT, DELIVERED; FAILED and RECEIVED are final. New ones are sorted below the
        position `below`, if there is one.
        """
        known = {_key(one): one for one in await self._list.where(among_pairs(_KEY, map(_key, seen)), transaction)}
        latest = dict(known)
        for message in seen:
            latest[_key(message)] = _merged(latest.get(_key(message)), cleaned(message))
        changes = [
            Change(message, is_new=key not in known)
            for key, message in latest.items()
            if key not in known or message != known[key]
        ]
        rows = [{**_row(each.entity), **_sorted(each.entity, below), "listed": False} for each in changes]
        await upsert(transaction, messages, rows, keep=("sorted_at", "listed"))
        return changes

    async def mark_listed(self, transaction: Transaction, keys: Collection[ObjectKey]) -> None:
        """Mark stored messages as found by a reading of the provider's list that left no gap above its coverage."""
        marked = update(messages).where(among_pairs(_KEY, keys), ~messages.c.listed)
        await transaction.execute(marked.values(listed=True))

    async def listed(
        self, keys: Collection[ObjectKey], transaction: Transaction | None = None
    ) -> dict[ObjectKey, bool]:
        """Return whether messages are marked as listed, by key, without those that are not stored."""
        statement = select(*_KEY, messages.c.listed).where(among_pairs(_KEY, keys))
        async with self._list.database.read(transaction) as connection:
            return {(row.account_key, row.external_id): row.listed for row in await connection.execute(statement)}

    async def positions(
        self, keys: Collection[ObjectKey], transaction: Transaction | None = None
    ) -> dict[ObjectKey, MessagePosition]:
        """Return where messages stand, by key, without those that are not stored."""
        statement = select(*_KEY, messages.c.sorted_at).where(among_pairs(_KEY, keys))
        async with self._list.database.read(transaction) as connection:
            return {
                (row.account_key, row.external_id): MessagePosition(from_microseconds(row.sorted_at), row.external_id)
                for row in await connection.execute(statement)
            }

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Message | None]:
        """In the order of the keys; None where one is unknown or not to be seen."""
        return await self._list.by_pair(_KEY, keys, visibility.visible(messages), transaction)

    async def count_above(self, account_key: str, conversation: str, position: MessagePosition | None) -> int:
        """How many messages of a conversation are above the position; all of them where it is None."""
        of_conversation = and_(
            messages.c.account_key == account_key, messages.c.conversation_external_id == conversation
        )
        if position is None:
            return await self._list.count(of_conversation)
        place = tuple_(literal(to_microseconds(position.sorted_at)), literal(position.external_id, PlainText))
        newer = tuple_(messages.c.sorted_at, messages.c.external_id) > place
        return await self._list.count(and_(of_conversation, newer))

    async def page(self, visibility: Visibility, criteria: MessageCriteria, request: PageRequest) -> Page[Message]:
        return await self._list.page(and_(visibility.visible(messages), _matching(criteria)), request)

    async def pages_by_conversation(
        self, visibility: Visibility, conversations: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[Message]]:
        """A page for each conversation, in the order of the keys, in one statement."""
        return await self._list.pages(visibility.visible(messages), _CONVERSATION, conversations, request)

    async def last_by_conversation(
        self, visibility: Visibility, conversations: Sequence[ObjectKey]
    ) -> list[Message | None]:
        """The newest message of each conversation, in the order of the keys, in one statement."""
        pages = await self.pages_by_conversation(visibility, conversations, PageRequest(limit=1))
        return [page.nodes[0] if page.nodes else None for page in pages]


def _matching(criteria: MessageCriteria) -> ColumnElement[bool]:
    keys, conversations, direction = criteria.account_keys, criteria.conversations, criteria.direction
    start, end, text = to_microseconds(criteria.start), to_microseconds(criteria.end), criteria.text
    return narrowed(
        true(),
        None if keys is None else among(messages.c.account_key, keys),
        None if conversations is None else among_pairs(_CONVERSATION, conversations),
        None if direction is None else messages.c.direction == direction.value,
        None if start is None else messages.c.created_at >= start,
        None if end is None else messages.c.created_at < end,
        None if text is None else holds(messages.c.search, text),
    )


def _merged(known: Message | None, seen: Message) -> Message:
    if known is None:
        return seen
    status = seen.status if _PROGRESS[seen.status] > _PROGRESS[known.status] else known.status
    return replace(seen, status=status, media=seen.media or known.media)


def _sorted(message: Message, below: MessagePosition | None) -> dict[str, Any]:
    place = MessagePosition(message.created_at, message.external_id)
    if below is not None and place >= below:
        place = place._replace(sorted_at=below.sorted_at)
        place = place if place < below else place._replace(sorted_at=below.sorted_at - _STEP)
    return {"sorted_at": to_microseconds(place.sorted_at)}


def _key(message: Message) -> ObjectKey:
    return message.account_key, message.external_id


def _row(message: Message) -> dict[str, Any]:
    return {
        "account_key": message.account_key,
        "external_id": message.external_id,
        "conversation_external_id": message.conversation_external_id,
        "direction": message.direction.value,
        "status": message.status.value,
        "text": message.text,
        "search": folded(message.text),
        "from_number": message.from_number,
        "to_number": message.to_number,
        "created_at": to_microseconds(message.created_at),
        "media": orjson.dumps(message.media).decode() if message.media else None,
    }


def _model(row: Row[Any]) -> Message:
    return Message(
        account_key=row.account_key,
        conversation_external_id=row.conversation_external_id,
        external_id=row.external_id,
        direction=MessageDirection(row.direction),
        status=MessageStatus(row.status),
        text=row.text,
        from_number=row.from_number,
        to_number=row.to_number,
        created_at=from_microseconds(row.created_at),
        media=() if row.media is None else tuple(Media(**item) for item in orjson.loads(row.media)),
    )
