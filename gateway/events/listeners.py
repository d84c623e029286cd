"""Listeners: subscriptions to messages. The poller looks only for messages that have a listener."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.storage import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account


@dataclass(frozen=True, slots=True)
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
    """The present listeners. `changed` is set when one joins that has no equal yet."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._counts: Counter[Listener] = Counter()

    @property
    def distinct(self) -> Collection[Listener]:
        """The present listeners, of equal ones the first."""
        return self._counts.keys()

    @contextmanager
    def joined(self, listener: Listener) -> Iterator[None]:
        """Add a listener for the duration of the block."""
        if listener not in self._counts:
            self.changed.set()
        self._counts[listener] += 1
        try:
            yield
        finally:
            self._counts[listener] -= 1
            if not self._counts[listener]:
                del self._counts[listener]
