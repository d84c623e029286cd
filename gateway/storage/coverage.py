"""How much of a conversation's messages the store holds: without a gap from the newest down to the tail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from gateway.storage.database import Database, Transaction
from gateway.storage.keyset import Keyset
from gateway.storage.listing import Listing
from gateway.storage.tables import message_coverage
from gateway.storage.timestamps import from_microseconds, to_microseconds
from gateway.storage.upsert import upsert
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ObjectKey

_KEY = (message_coverage.c.account_key, message_coverage.c.conversation_external_id)


class MessagePosition(NamedTuple):
    """Where a message stands in the list of its conversation: one further up is greater. See `Messages`."""

    sorted_at: datetime
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCoverage:
    """Every message that the provider lists from the top down to `tail` is held; `complete` if none is below it.

    `tail` is None if there is no message. What is found below it later is sorted below it.
    """

    conversation: ObjectKey
    tail: MessagePosition | None = None
    complete: bool = False


class MessageCoverages:
    def __init__(self, database: Database) -> None:
        self._list = Listing(database, Keyset(message_coverage, _KEY), _model)

    async def get_many(
        self, visibility: Visibility, conversations: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[MessageCoverage | None]:
        """In the order of the keys; None where nothing was read yet, or the conversation is not to be seen."""
        return await self._list.by_pair(_KEY, conversations, visibility.visible(message_coverage), transaction)

    async def extend(
        self,
        transaction: Transaction,
        conversation: ObjectKey,
        *,
        tail: MessagePosition | None = None,
        complete: bool = False,
    ) -> None:
        """Takes in what was read next to what is known: a tail only sinks, complete stays so."""
        (known,) = await self.get_many(Visibility.unrestricted(), [conversation], transaction)
        before = known or MessageCoverage(conversation=conversation)
        extended = MessageCoverage(
            conversation=conversation,
            tail=min((place for place in (before.tail, tail) if place is not None), default=None),
            complete=before.complete or complete,
        )
        await upsert(transaction, message_coverage, [_row(extended)])


def _row(coverage: MessageCoverage) -> dict[str, Any]:
    tail_sorted_at, tail_external_id = coverage.tail or (None, None)
    account_key, conversation = coverage.conversation
    return {
        "account_key": account_key,
        "conversation_external_id": conversation,
        "tail_sorted_at": to_microseconds(tail_sorted_at),
        "tail_external_id": tail_external_id,
        "complete": coverage.complete,
    }


def _model(row: Row[Any]) -> MessageCoverage:
    return MessageCoverage(
        conversation=(row.account_key, row.conversation_external_id),
        tail=_position(row.tail_sorted_at, row.tail_external_id),
        complete=row.complete,
    )


def _position(sorted_at: int | None, external_id: str) -> MessagePosition | None:
    return None if sorted_at is None else MessagePosition(from_microseconds(sorted_at), external_id)
