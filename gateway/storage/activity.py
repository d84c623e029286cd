"""Activity: each conversation's row has the place of its newest message, and the position of its newest inbound one."""

from gateway.storage.database import Database, Transaction
from gateway.storage.prepared import rows_text
from providers.domain.criteria import ObjectKey

_OF_CONVERSATION = (
    "messages.account_key = conversations.account_key AND messages.conversation_external_id = conversations.external_id"
)
_INBOUND = f"{_OF_CONVERSATION} AND messages.direction = 'INBOUND'"
_NEWEST_INBOUND = f"FROM messages WHERE {_INBOUND} ORDER BY sorted_at DESC, external_id DESC LIMIT 1"

_LACKING = f"""
    SELECT conversations.account_key, conversations.external_id FROM conversations
    WHERE (conversations.has_messages AND EXISTS (
        SELECT 1 FROM messages WHERE {_OF_CONVERSATION} AND messages.sorted_at > conversations.last_activity_at
    )) OR (NOT conversations.has_messages AND EXISTS (SELECT 1 FROM messages WHERE {_OF_CONVERSATION}))
    OR (conversations.inbound_sorted_at IS NULL AND EXISTS (SELECT 1 FROM messages WHERE {_INBOUND}))
    OR EXISTS (
        SELECT 1 FROM messages WHERE {_INBOUND} AND (messages.sorted_at, messages.external_id)
            > (conversations.inbound_sorted_at, conversations.inbound_external_id)
    )
"""
_COMPLETE = f"""
    UPDATE conversations SET has_messages = TRUE,
        last_activity_at = (SELECT max(sorted_at) FROM messages WHERE {_OF_CONVERSATION}),
        inbound_sorted_at = (SELECT messages.sorted_at {_NEWEST_INBOUND}),
        inbound_external_id = (SELECT messages.external_id {_NEWEST_INBOUND})
    WHERE (account_key, external_id) IN (SELECT item(given, 0), item(given, 1) FROM rows(:keys) AS given)
"""


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
