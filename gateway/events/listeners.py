"""Listeners: subscriptions to messages. The poller looks only for messages that have a listener."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.storage import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A subscription to the messages of a conversation, of an account, or of all visible accounts."""

    visibility: Visibility
    account_key: str | None = None
    conversation: ObjectKey | None = None

    @property
    def only_account_key(self) -> str | None:
        """The key of the one account that it needs; None for all visible ones."""
        return self.conversation[0] if self.conversation else self.account_key

    def needs_account(self, account: Account) -> bool:
        return self.visibility.sees(account.user_id) and self.only_account_key in (None, account.key)

    def needs_conversation(self, key: ObjectKey) -> bool:
        """Return whether it needs a conversation of an account that it needs."""
        return self.conversation in (None, key)


class Listeners:
    """The present listeners. `changed` is set when one joins."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.changed = asyncio.Event()

    @contextmanager
    def joined(self, listener: Listener) -> Iterator[None]:
        """Add a listener for the duration of the block."""
        self.listeners.add(listener)
        self.changed.set()
        try:
            yield
        finally:
            self.listeners.discard(listener)
