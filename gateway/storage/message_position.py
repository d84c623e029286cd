"""Positions of messages in their conversations."""

from datetime import datetime
from typing import NamedTuple, Self

from gateway.storage.values import from_microseconds, to_microseconds
from providers.domain.criteria import ObjectKey
from providers.domain.pages import Position


class MessagePosition(NamedTuple):
    """The place of a message in its conversation: one further up is greater (see `Messages`)."""

    sorted_at: datetime
    external_id: str

    @classmethod
    def from_page(cls, position: Position) -> Self:
        """Return the position of a message by that in a list of messages, which ends with its account's key."""
        sorted_at, external_id, _account_key = position
        return cls(from_microseconds(int(sorted_at)), str(external_id))

    def in_page(self, account_key: str) -> Position:
        """Return the position of a message of an account in a list of messages."""
        return to_microseconds(self.sorted_at), self.external_id, account_key


class MessagePlace(NamedTuple):
    """The conversation of a message, and its position there."""

    conversation: ObjectKey
    position: MessagePosition
