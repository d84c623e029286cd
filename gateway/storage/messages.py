"""Messages as last fetched, and how much of each conversation is stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Row, and_, literal, select, true, tuple_, update

from gateway.storage.database import Database, Transaction
from gateway.storage.matching import among, among_named_pairs, among_pairs, folded, holds, rows_text
from gateway.storage.rows import Change, Keyset, Listing, narrowed, upsert
from gateway.storage.tables import message_coverage, messages
from gateway.storage.values import PlainText, cleaned, from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import MessageCriteria, ObjectKey
from providers.domain.entities import Media, Message, MessageDirection, MessageStatus
from providers.domain.pages import Page, PageRequest

_KEY = (messages.c.account_key, messages.c.external_id)
_KNOWN = select(messages).where(among_named_pairs(_KEY, "keys"))
"""Those with these `keys`. It is built once: building it takes longer than running it."""

_CONVERSATION = (messages.c.account_key, messages.c.conversation_external_id)
_ORDER = (messages.c.sorted_at, messages.c.external_id, messages.c.account_key)
_COVERED = (message_coverage.c.account_key, message_coverage.c.conversation_external_id)
_STEP = timedelta(microseconds=1)

_PROGRESS = {
    MessageStatus.QUEUED: 0,
    MessageStatus.SENT: 1,
    MessageStatus.DELIVERED: 2,
    MessageStatus.FAILED: 3,
    MessageStatus.RECEIVED: 3,
}


class MessagePosition(NamedTuple):
    """The place of a message in its conversation: one further up is greater (see `Messages`)."""

    sorted_at: datetime
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCoverage:
    """How much of a conversation is stored: every message that the provider lists from the top down to `tail`.

    `tail` is None if there is no message. `complete` is true if there is none below it. A message that is found below
    it later is sorted below it.
    """

    conversation: ObjectKey
    tail: MessagePosition | None = None
    complete: bool = False


class Messages:
    """Newest first: by time of creation, then by external id.

    A message never moves in this order: it is sorted by the time that it had when it was first stored. One that the
    provider lists below the coverage is sorted below it, whatever time it has. So it can't appear above a cursor that
    a client got for the end of the coverage.
    """

    def __init__(self, database: Database) -> None:
        self._list = Listing(database, Keyset(messages, _ORDER, descending=True), _model)

    async def put(
        self, transaction: Transaction, seen: Sequence[Message], *, below: MessagePosition | None = None
    ) -> list[Change[Message]]:
        """Store messages; return those that are new or changed.

        A status never goes back: QUEUED, SENT, DELIVERED; FAILED and RECEIVED are final. With `below`, new messages
        are sorted below that position.
        """
        keys = {"keys": rows_text(each.key for each in seen)}
        known = {each.key: each for each in await self._list.sent(_KNOWN, keys, transaction)}
        latest = dict(known)
        for message in seen:
            latest[message.key] = _merged(latest.get(message.key), cleaned(message))
        changes = [
            Change(message, is_new=key not in known)
            for key, message in latest.items()
            if key not in known or message != known[key]
        ]
        rows = [{**_row(each.entity), **_sorted(each.entity, below), "listed": False} for each in changes]
        await upsert(transaction, messages, rows, keep=("sorted_at", "listed"))
        return changes

    async def mark_listed(self, transaction: Transaction, keys: Collection[ObjectKey]) -> None:
        """Mark stored messages as found by a fetch without a gap to the coverage."""
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
        """Return the positions of messages, by key, without those that are not stored."""
        statement = select(*_KEY, messages.c.sorted_at).where(among_pairs(_KEY, keys))
        async with self._list.database.read(transaction) as connection:
            return {
                (row.account_key, row.external_id): MessagePosition(from_microseconds(row.sorted_at), row.external_id)
                for row in await connection.execute(statement)
            }

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Message | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        return await self._list.by_pair(_KEY, keys, visibility.visible(messages), transaction)

    async def count_above(self, account_key: str, conversation: str, position: MessagePosition | None) -> int:
        """Return the number of messages of a conversation above the position; of all messages if it is None."""
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
        """Return a page for each conversation, in the order of the keys, by one statement."""
        return await self._list.pages(visibility.visible(messages), _CONVERSATION, conversations, request)

    async def last_by_conversation(
        self, visibility: Visibility, conversations: Sequence[ObjectKey]
    ) -> list[Message | None]:
        """Return the newest message of each conversation, in the order of the keys, by one statement."""
        pages = await self.pages_by_conversation(visibility, conversations, PageRequest(limit=1))
        return [page.nodes[0] if page.nodes else None for page in pages]


class MessageCoverages:
    def __init__(self, database: Database) -> None:
        self._list = Listing(database, Keyset(message_coverage, _COVERED), _coverage)

    async def get_many(
        self, visibility: Visibility, conversations: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[MessageCoverage | None]:
        """Return coverages in the order of the keys; None if nothing was fetched yet or it is not visible."""
        return await self._list.by_pair(_COVERED, conversations, visibility.visible(message_coverage), transaction)

    async def extend(
        self,
        transaction: Transaction,
        conversation: ObjectKey,
        *,
        tail: MessagePosition | None = None,
        complete: bool = False,
    ) -> None:
        """Extend a coverage by a fetch without a gap to it: a tail only sinks, and complete stays true."""
        (known,) = await self.get_many(Visibility.unrestricted(), [conversation], transaction)
        before = known or MessageCoverage(conversation=conversation)
        extended = MessageCoverage(
            conversation=conversation,
            tail=min((position for position in (before.tail, tail) if position is not None), default=None),
            complete=before.complete or complete,
        )
        await upsert(transaction, message_coverage, [_coverage_row(extended)])


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


def _coverage_row(coverage: MessageCoverage) -> dict[str, Any]:
    tail_sorted_at, tail_external_id = coverage.tail or (None, None)
    account_key, conversation = coverage.conversation
    return {
        "account_key": account_key,
        "conversation_external_id": conversation,
        "tail_sorted_at": to_microseconds(tail_sorted_at),
        "tail_external_id": tail_external_id,
        "complete": coverage.complete,
    }


def _coverage(row: Row[Any]) -> MessageCoverage:
    return MessageCoverage(
        conversation=(row.account_key, row.conversation_external_id),
        tail=_position(row.tail_sorted_at, row.tail_external_id),
        complete=row.complete,
    )


def _position(sorted_at: int | None, external_id: str) -> MessagePosition | None:
    return None if sorted_at is None else MessagePosition(from_microseconds(sorted_at), external_id)
