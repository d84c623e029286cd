"""Who listens for messages: what nobody listens for need not be looked for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.storage import Visibility
from providers.domain.criteria import ObjectKey


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """Waits for the messages of a conversation, of an account, or of all that it may see."""

    visibility: Visibility
    account_key: str | None = None
    conversation: ObjectKey | None = None

    def wants(self, conversation: ObjectKey) -> bool:
        """Of the conversations of its accounts."""
        return self.conversation in (None, conversation)


class Listeners:
    """`changed` is set whenever somebody comes."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.changed = asyncio.Event()

    @contextmanager
    def joined(self, listener: Listener) -> Iterator[None]:
        """The listener is there for as long as the block lasts."""
        self.listeners.add(listener)
        self.changed.set()
        try:
            yield
        finally:
            self.listeners.discard(listener)
