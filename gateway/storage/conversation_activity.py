"""Activity: each conversation's row has the place of its newest message, and the position of its newest inbound one."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.storage.database import Database, Transaction
from gateway.storage.prepared import rows_text
from providers.domain.criteria import ObjectKey
from providers.domain.entities import MessageDirection

_OF_CONVERSATION = "account_key = :account_key AND external_id = :conversation_external_id"
_ADVANCE_ACTIVITY = f"""
    UPDATE conversations SET last_activity_at = :sorted_at, has_messages = true
    WHERE {_OF_CONVERSATION} AND (last_activity_at < :sorted_at OR NOT has_messages)
"""
_ADVANCE_INBOUND = f"""
    UPDATE conversations SET inbound_sorted_at = :sorted_at, inbound_external_id = :external_id
    WHERE {_OF_CONVERSATION}
    AND (inbound_sorted_at IS NULL OR (inbound_sorted_at, inbound_external_id) < (:sorted_at, :external_id))
"""
_MESSAGES_OF = (
    "messages.account_key = conversations.account_key AND messages.conversation_external_id = conversations.external_id"
)
_INBOUND = f"{_MESSAGES_OF} AND messages.direction = 'INBOUND'"
_NEWEST_INBOUND = f"FROM messages WHERE {_INBOUND} ORDER BY sorted_at DESC, external_id DESC LIMIT 1"

_LACKING = f"""
    SELECT conversations.account_key, conversations.external_id FROM conversations
    WHERE (conversations.has_messages AND EXISTS (
        SELECT 1 FROM messages WHERE {_MESSAGES_OF} AND messages.sorted_at > conversations.last_activity_at
    )) OR (NOT conversations.has_messages AND EXISTS (SELECT 1 FROM messages WHERE {_MESSAGES_OF}))
    OR (conversations.inbound_sorted_at IS NULL AND EXISTS (SELECT 1 FROM messages WHERE {_INBOUND}))
    OR EXISTS (
        SELECT 1 FROM messages WHERE {_INBOUND} AND (messages.sorted_at, messages.external_id)
            > (conversations.inbound_sorted_at, conversations.inbound_external_id)
    )
"""
_COMPLETE = f"""
    UPDATE conversations SET has_messages = TRUE,
        last_activity_at = (SELECT max(sorted_at) FROM messages WHERE {_MESSAGES_OF}),
        inbound_sorted_at = (SELECT messages.sorted_at {_NEWEST_INBOUND}),
        inbound_external_id = (SELECT messages.external_id {_NEWEST_INBOUND})
    WHERE (account_key, external_id) IN (SELECT item(given, 0), item(given, 1) FROM rows(:keys) AS given)
"""


async def advance_activity(transaction: Transaction, new: Sequence[Mapping[str, Any]]) -> None:
    """Store, from the rows of new messages, the newest message and the newest inbound one of each conversation."""
    inbound = [row for row in new if row["direction"] == MessageDirection.INBOUND.value]
    for statement, rows in ((_ADVANCE_ACTIVITY, new), (_ADVANCE_INBOUND, inbound)):
        newest = {
            (row["account_key"], row["conversation_external_id"]): row
            for row in sorted(rows, key=lambda row: (row["sorted_at"], row["external_id"]))
        }
        if newest:
            await transaction.change(statement, *newest.values())


async def without_activity(database: Database) -> list[ObjectKey]:
    """Return the keys of conversations whose row lacks a message.

    A process of an earlier version, which writes until it is stopped, knows nothing of the columns. It takes a look at
    each conversation, so it is no part of a transaction.
    """
    return [(account_key, external_id) for account_key, external_id in await database.select(_LACKING)]


async def add_missing_activity(transaction: Transaction, conversations: list[ObjectKey]) -> None:
    """Complete the rows of conversations that have messages."""
    if conversations:
        await transaction.change(_COMPLETE, {"keys": rows_text(conversations)})
