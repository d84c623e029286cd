"""Listeners: subscriptions to what is texted. The poller looks only for what has a listener."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from gateway.storage import Visibility
from gateway.storage.feed import FeedKind
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription to entries of some kinds: of a conversation, of some accounts, or of all visible accounts."""

    visibility: Visibility
    kinds: frozenset[FeedKind]
    account_keys: tuple[str, ...] | None = None
    conversation: ObjectKey | None = None

    @property
    def only_account_keys(self) -> tuple[str, ...] | None:
        """The keys of the accounts that it needs; None for all visible ones."""
        return self.conversation[:1] if self.conversation else self.account_keys

    def needs_account(self, account: Account) -> bool:
        keys = self.only_account_keys
        return self.visibility.sees(account.user_id) and (keys is None or account.key in keys)

    def needs_messages(self, conversation: ObjectKey) -> bool:
        """Return whether it needs the messages of a conversation of an account that it needs."""
        return "message" in self.kinds and self.conversation in (None, conversation)


class Listeners:
    """The present listeners. `changed` is set when one joins that has no equal yet."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._counts: Counter[Listener] = Counter()

    @property
    def distinct(self) -> Collection[Listener]:
        """The present listeners, of equal ones the first."""
        return self._counts.keys()

    def joined(self, listener: Listener) -> "Listening":
        """Return a context manager that adds a listener for the duration of its block."""
        return Listening(self, listener)

    def add(self, listener: Listener) -> None:
        if listener not in self._counts:
            self.changed.set()
        self._counts[listener] += 1

    def remove(self, listener: Listener) -> None:
        self._counts[listener] -= 1
        if not self._counts[listener]:
            del self._counts[listener]


@dataclass(frozen=True, slots=True)
class Listening:
    """The presence of a listener. A generator's context manager would take several times the memory."""

    listeners: Listeners
    listener: Listener

    def __enter__(self) -> Self:
        self.listeners.add(self.listener)
        return self

    def __exit__(self, *_: object) -> None:
        self.listeners.remove(self.listener)
