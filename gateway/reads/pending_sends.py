"""Messages that a provider lists before the mutation that sent them has its answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import orjson

from gateway.storage import JournalEntry, Transaction
from gateway.storage.journal import Journal
from providers.domain.entities import Message, MessageDirection
from providers.domain.identity import object_key

_SEND_MESSAGE = "sendMessage"
_SKEW = timedelta(seconds=30)
"""How far a provider's clock may be behind."""


@dataclass(frozen=True, slots=True)
class PendingSends:
    """The sent messages that the journal has no outcome of yet, and that have an idempotency key."""

    journal: Journal

    async def attributed(self, transaction: Transaction, listed: Sequence[Message]) -> list[Message]:
        """Return those listed messages that were sent from here, with their user and key: by conversation and text.

        Of two that are alike one may get the key of the other, until the mutation has its answer.
        """
        outbound = [message for message in listed if message.direction is MessageDirection.OUTBOUND]
        if not outbound:
            return []
        accounts = {message.account_key for message in outbound}
        entries = await self.journal.unsettled_of(_SEND_MESSAGE, accounts, transaction)
        return [message for entry in entries for message in _sent_by(entry, outbound)]


def _sent_by(entry: JournalEntry, outbound: list[Message]) -> Collection[Message]:
    """Take the oldest message that the entry's mutation may have sent out of the list."""
    request = orjson.loads(entry.request)
    conversation, text = object_key("Conversation", request["conversation_id"]), (request["text"] or "").strip()
    alike = [
        message
        for message in outbound
        if (message.account_key, message.conversation_external_id) == conversation
        and message.text.strip() == text
        and message.created_at > entry.started_at - _SKEW
    ]
    if not alike:
        return ()
    oldest = min(alike, key=lambda message: (message.created_at, message.external_id))
    outbound.remove(oldest)
    return (replace(oldest, sent_by=entry.user_id, idempotency_key=entry.idempotency_key),)
