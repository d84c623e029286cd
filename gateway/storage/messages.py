"""Messages as last fetched."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from gateway.storage.conversation_activity import advance_activity
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.matching import folded, holds
from gateway.storage.message_coverage import COVERAGE_OF_PARENT, MessageCoverage, coverage_entity
from gateway.storage.message_position import MessagePlace, MessagePosition
from gateway.storage.page_sql import Parents
from gateway.storage.prepared import Condition, Row, all_of, among, rows_text
from gateway.storage.rows import Change, Keyset, upsert
from gateway.storage.stored_message import message_entity, message_of_page
from gateway.storage.tables import message_coverage, messages
from gateway.storage.values import cleaned, from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import MessageCriteria, ObjectKey
from providers.domain.entities import Message, MessageStatus
from providers.domain.pages import Page, PageRequest, Position

_KEY = (messages.c.account_key, messages.c.external_id)
_CONVERSATION = (messages.c.account_key, messages.c.conversation_external_id)
_ORDER = (messages.c.sorted_at, messages.c.external_id, messages.c.account_key)
_COLUMNS = (
    messages.c.account_key,
    messages.c.conversation_external_id,
    messages.c.external_id,
    messages.c.direction,
    messages.c.status,
    messages.c.text,
    messages.c.from_number,
    messages.c.to_number,
    messages.c.created_at,
    messages.c.media,
    messages.c.sorted_at,
    messages.c.listed,
    messages.c.sent_by,
    messages.c.idempotency_key,
)
_MARK_LISTED = """
    UPDATE messages SET listed = true
    WHERE NOT listed
    AND (account_key, external_id) IN (SELECT item(given, 0), item(given, 1) FROM rows(:keys) AS given)
"""
_RELEASE_KEY = """
    UPDATE messages SET sent_by = NULL, idempotency_key = NULL
    WHERE account_key = :account_key AND conversation_external_id = :conversation AND sorted_at >= :since
    AND sent_by = :sent_by AND idempotency_key = :key AND external_id <> :external_id
"""
_ALIKE_WITHIN = timedelta(minutes=10)
_STEP = timedelta(microseconds=1)

_PROGRESS = {
    MessageStatus.QUEUED: 0,
    MessageStatus.SENT: 1,
    MessageStatus.DELIVERED: 2,
    MessageStatus.FAILED: 3,
    MessageStatus.RECEIVED: 3,
}


def message_source(account_key: str, conversation: str) -> str:
    """Return the source of the fetches of a conversation's messages."""
    return f"{account_key}/{conversation}"


def parts_of_source(source: str) -> tuple[str, str]:
    """Return the account's key and the conversation of a source; "" for the conversation of an account's own lists."""
    account_key, _, conversation = source.partition("/")
    return account_key, conversation


class Messages:
    """Newest first: by time of creation, then by external id.

    A message never moves in this order: it is sorted by the time that it had when it was first stored. One that the
    provider lists below the coverage is sorted below it, whatever time it has. So it can't appear above a cursor that
    a client got for the end of the coverage.
    """

    def __init__(self, database: Database) -> None:
        keyset = Keyset(messages, _ORDER, descending=True)
        self._table = EntityTable(database, keyset, _COLUMNS, message_entity)
        self._with_coverage = EntityTable(database, keyset, _COLUMNS, message_of_page, COVERAGE_OF_PARENT)
        self._marks = EntityTable(database, keyset, _COLUMNS, _mark)
        self._places = EntityTable(database, keyset, _COLUMNS, _place)

    async def put(
        self, transaction: Transaction, seen: Sequence[Message], *, below: MessagePosition | None = None
    ) -> list[Change[Message]]:
        """Store messages; return those that are new or changed.

        A status never goes back: QUEUED, SENT, DELIVERED; FAILED and RECEIVED are final. With `below`, new messages
        are sorted below that position. The conversations of new messages are as active as these are new.
        """
        (changes,) = await self.put_all(transaction, [(seen, below)])
        return changes

    async def put_all(
        self, transaction: Transaction, groups: Sequence[tuple[Sequence[Message], MessagePosition | None]]
    ) -> list[list[Change[Message]]]:
        """Store groups of messages, each with its `below`, as `put` does; return the changes of each group."""
        seen = [message for group, _ in groups for message in group]
        known = await self._table.get_many(_KEY, [each.key for each in seen], transaction=transaction)
        latest, group_of = dict(known), dict[ObjectKey, int]()
        for place, (group, _) in enumerate(groups):
            for message in group:
                latest[message.key] = _merged(latest.get(message.key), cleaned(message))
                group_of.setdefault(message.key, place)
        changes: list[list[Change[Message]]] = [[] for _ in groups]
        rows = []
        for key, message in latest.items():
            if key in known and message == known[key]:
                continue
            changes[group_of[key]].append(Change(message, is_new=key not in known))
            _, below = groups[group_of[key]]
            rows.append({**_row(message), **_sorted(message, below), "listed": False})
        await upsert(transaction, messages, rows, keep=("sorted_at", "listed"))
        await advance_activity(
            transaction, [row for row in rows if (row["account_key"], row["external_id"]) not in known]
        )
        return changes

    async def release_key(self, transaction: Transaction, sent: Message) -> None:
        """Take a sent message's key from others of its conversation, which a list has shown first and are alike."""
        of_others = {
            "account_key": sent.account_key,
            "conversation": sent.conversation_external_id,
            "external_id": sent.external_id,
            "sent_by": sent.sent_by,
            "key": sent.idempotency_key,
            "since": to_microseconds(sent.created_at - _ALIKE_WITHIN),
        }
        await transaction.change(_RELEASE_KEY, of_others)

    async def mark_listed(self, transaction: Transaction, keys: Collection[ObjectKey]) -> None:
        """Mark stored messages as found by a fetch without a gap to the coverage."""
        await transaction.change(_MARK_LISTED, {"keys": rows_text(keys)})

    async def listed(
        self, keys: Collection[ObjectKey], transaction: Transaction | None = None
    ) -> dict[ObjectKey, bool]:
        """Return whether messages are marked as listed, by key, without those that are not stored."""
        marks = await self._marks.get_many(_KEY, [*keys], transaction=transaction)
        return {key: is_listed for key, (is_listed, _) in marks.items()}

    async def positions(
        self, keys: Collection[ObjectKey], transaction: Transaction | None = None
    ) -> dict[ObjectKey, MessagePosition]:
        """Return the positions of messages, by key, without those that are not stored."""
        marks = await self._marks.get_many(_KEY, [*keys], transaction=transaction)
        return {key: position for key, (_, position) in marks.items()}

    async def place(self, visibility: Visibility, key: ObjectKey) -> MessagePlace | None:
        """Return where a message is; None if it is unknown or not visible."""
        return (await self._places.get_many(_KEY, [key], *all_of(visibility.check(messages)))).get(key)

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Message | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(messages))
        found = await self._table.get_many(_KEY, keys, *visible, transaction=transaction)
        return [found.get(key) for key in keys]

    async def page_positions(self, visibility: Visibility, keys: Sequence[ObjectKey]) -> list[Position | None]:
        """Return the positions in pages, in the order of the keys; None if unknown or not visible."""
        found = await self._table.positions(_KEY, keys, *all_of(visibility.check(messages)))
        return [found.get(key) for key in keys]

    async def count_above(self, account_key: str, conversation: str, position: MessagePosition | None) -> int:
        """Return the number of messages of a conversation above the position; of all messages if it is None."""
        of_conversation = Parents(_CONVERSATION, [(account_key, conversation)])
        if position is None:
            return await self._table.count(parents=of_conversation)
        place = {"sorted_at": to_microseconds(position.sorted_at), "external_id": position.external_id}
        above = Condition("(messages.sorted_at, messages.external_id) > (:sorted_at, :external_id)", place)
        return await self._table.count(above, parents=of_conversation)

    async def page(self, visibility: Visibility, criteria: MessageCriteria, request: PageRequest) -> Page[Message]:
        parents = _parents(criteria)
        visible = visibility.condition(messages) if parents is None else visibility.check(messages)
        return await self._table.page(all_of(visible, *_matching(criteria)), request, parents)

    async def pages_by_conversation(
        self, visibility: Visibility, conversations: Sequence[ObjectKey], request: PageRequest
    ) -> list[Page[Message]]:
        """Return a page for each conversation, in the order of the keys, by one statement."""
        of_conversations = Parents(_CONVERSATION, conversations)
        return await self._table.pages(all_of(visibility.check(messages)), request, of_conversations)

    async def covered_pages(
        self, visibility: Visibility, conversations: Sequence[ObjectKey], request: PageRequest
    ) -> list[tuple[Page[Message], MessageCoverage | None]]:
        """Return the same with the coverages as they are at that moment; None if nothing was fetched yet."""
        visible, of_conversations = all_of(visibility.check(messages)), Parents(_CONVERSATION, conversations)
        visible_coverage = all_of(visibility.check(message_coverage))
        found = await self._with_coverage.pages_with_joined(visible, request, of_conversations, visible_coverage)
        return [
            (page, None if joined is None or joined[0] is None else coverage_entity(joined)) for page, joined in found
        ]

    async def last_by_conversation(
        self, visibility: Visibility, conversations: Sequence[ObjectKey]
    ) -> list[Message | None]:
        """Return the newest message of each conversation, in the order of the keys, by one statement."""
        pages = await self.pages_by_conversation(visibility, conversations, PageRequest(limit=1))
        return [page.nodes[0] if page.nodes else None for page in pages]


def _matching(criteria: MessageCriteria) -> tuple[Condition, ...]:
    """Return the conditions but for those that `_parents` states."""
    start, end, text = to_microseconds(criteria.start), to_microseconds(criteria.end), criteria.text
    direction, keys = criteria.direction, criteria.account_keys
    of_accounts = criteria.conversations is not None and keys is not None
    return all_of(
        among("messages.account_key", "accounts", keys) if of_accounts and keys is not None else None,
        direction and Condition("messages.direction = :direction", {"direction": direction.value}),
        None if start is None else Condition("messages.created_at >= :start", {"start": start}),
        None if end is None else Condition("messages.created_at < :end", {"end": end}),
        None if text is None else holds("messages.search", text),
    )


def _parents(criteria: MessageCriteria) -> Parents[Any] | None:
    """Return the conversations or the accounts that the messages are of; None for all."""
    if criteria.conversations is not None:
        return Parents(_CONVERSATION, criteria.conversations)
    keys = criteria.account_keys
    return None if keys is None else Parents((messages.c.account_key,), [(key,) for key in keys])


def _merged(known: Message | None, seen: Message) -> Message:
    if known is None:
        return seen
    status = seen.status if _PROGRESS[seen.status] > _PROGRESS[known.status] else known.status
    return replace(
        seen,
        status=status,
        media=seen.media or known.media,
        sent_by=seen.sent_by or known.sent_by,
        idempotency_key=seen.idempotency_key or known.idempotency_key,
    )


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
        "sent_by": message.sent_by,
        "idempotency_key": message.idempotency_key,
    }


def _mark(row: Row) -> tuple[bool, MessagePosition]:
    """Return whether a message is listed, and its position."""
    external_id, sorted_at, listed = row[2], row[10], row[11]
    return bool(listed), MessagePosition(from_microseconds(sorted_at), external_id)


def _place(row: Row) -> MessagePlace:
    _, position = _mark(row)
    return MessagePlace((row[0], row[1]), position)
