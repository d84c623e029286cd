"""Rows of messages that are read as messages."""

from datetime import datetime
from operator import itemgetter
from typing import Any, cast

import orjson

from gateway.storage.prepared import Row
from gateway.storage.values import from_microseconds
from providers.domain.entities import Media, Message, MessageDirection, MessageStatus

_DIRECTIONS = {each.value: each for each in MessageDirection}
_STATUSES = {each.value: each for each in MessageStatus}


class StoredMessage(tuple[Any, ...]):
    """A row that begins with the columns of `Messages`, with the attributes of a `Message`, which it equals.

    A page shows a few attributes of each of its messages, so an attribute is converted when it is read: to make
    entities of a hundred rows takes as long as to read them.
    """

    __slots__ = ()

    account_key = property(itemgetter(0))
    conversation_external_id = property(itemgetter(1))
    external_id = property(itemgetter(2))
    text = property(itemgetter(5))
    from_number = property(itemgetter(6))
    to_number = property(itemgetter(7))
    sent_by = property(itemgetter(12))
    idempotency_key = property(itemgetter(13))

    key = Message.key
    id = Message.id

    @property
    def direction(self) -> MessageDirection:
        return _DIRECTIONS[self[3]]

    @property
    def status(self) -> MessageStatus:
        return _STATUSES[self[4]]

    @property
    def created_at(self) -> datetime:
        return from_microseconds(cast("int", self[8]))

    @property
    def media(self) -> tuple[Media, ...]:
        return () if self[9] is None else tuple(Media(**item) for item in orjson.loads(self[9]))

    def entity(self) -> Message:
        """Return the message."""
        return Message(
            account_key=self.account_key,
            conversation_external_id=self.conversation_external_id,
            external_id=self.external_id,
            direction=self.direction,
            status=self.status,
            text=self.text,
            from_number=self.from_number,
            to_number=self.to_number,
            created_at=self.created_at,
            media=self.media,
            sent_by=self.sent_by,
            idempotency_key=self.idempotency_key,
        )

    def __eq__(self, other: object) -> bool:
        return self.entity() == (other.entity() if isinstance(other, StoredMessage) else other)

    def __hash__(self) -> int:
        return hash(self.entity())

    def __repr__(self) -> str:
        return repr(self.entity())


def message_entity(row: Row) -> Message:
    """Return the message of a row."""
    return StoredMessage(row).entity()


def message_of_page(row: Row) -> Message:
    """Return the message of a row in a page, of which attributes are read and nothing else."""
    return cast("Message", StoredMessage(row))
