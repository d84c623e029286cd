"""The newest message and the newest inbound one of each conversation, in its row."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.storage.database import Transaction
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
