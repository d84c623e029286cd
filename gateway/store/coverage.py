"""How much of a conversation's messages the store holds: without a gap from its head down to its tail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from gateway.store.database import Database, Transaction
from gateway.store.instant import from_microseconds, to_microseconds
from gateway.store.keyset import Keyset
from gateway.store.listing import Listing
from gateway.store.tables import message_coverage
from gateway.store.upsert import upsert
from gateway.store.visibility import EVERYBODY, Visibility
from resolvers.criteria import ObjectKey

_KEY = (message_coverage.c.account_key, message_coverage.c.conversation_external_id)


class MessagePosition(NamedTuple):
    """Where a message stands in its conversation: a later one is greater."""

    created_at: datetime
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCoverage:
    """Every message from `tail` to `head` is held; `complete` tells that none is older. None: there is no message."""

    conversation: ObjectKey
    head: MessagePosition | None = None
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
        head: MessagePosition | None = None,
        tail: MessagePosition | None = None,
        complete: bool = False,
    ) -> None:
        """Takes in what was read next to what is known: a head only rises, a tail only sinks, complete stays so."""
        (known,) = await self.get_many(EVERYBODY, [conversation], transaction)
        before = known or MessageCoverage(conversation=conversation)
        extended = MessageCoverage(
            conversation=conversation,
            head=max((place for place in (before.head, head) if place is not None), default=None),
            tail=min((place for place in (before.tail, tail) if place is not None), default=None),
            complete=before.complete or complete,
        )
        await upsert(transaction, message_coverage, [_row(extended)])


def _row(coverage: MessageCoverage) -> dict[str, Any]:
    head_created_at, head_external_id = coverage.head or (None, None)
    tail_created_at, tail_external_id = coverage.tail or (None, None)
    account_key, conversation = coverage.conversation
    return {
        "account_key": account_key,
        "conversation_external_id": conversation,
        "head_created_at": to_microseconds(head_created_at),
        "head_external_id": head_external_id,
        "tail_created_at": to_microseconds(tail_created_at),
        "tail_external_id": tail_external_id,
        "complete": coverage.complete,
    }


def _model(row: Row[Any]) -> MessageCoverage:
    return MessageCoverage(
        conversation=(row.account_key, row.conversation_external_id),
        head=_position(row.head_created_at, row.head_external_id),
        tail=_position(row.tail_created_at, row.tail_external_id),
        complete=row.complete,
    )


def _position(created_at: int | None, external_id: str) -> MessagePosition | None:
    return None if created_at is None else MessagePosition(from_microseconds(created_at), external_id)
