"""Coalescing: look-ups that are requested at about the same time are made together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from gateway.aio.tasks import start_shared

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

IDLE_TURNS = 3
"""Turns of the event loop without a further key before a look-up is made: fields of one level that are resolved side by
side don't get to theirs in the same turn."""


class Coalesced(Generic[K, V]):
    """Calls of `load_many`, each for all keys that were requested within IDLE_TURNS turns of the event loop.

    A key's value is at most as old as its request. Keys without a value are missing in the result.
    """

    def __init__(self, load_many: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._load_many = load_many
        self._keys: dict[K, None] = {}
        self._next: asyncio.Task[Mapping[K, V]] | None = None

    async def get_many(self, keys: Sequence[K]) -> Mapping[K, V]:
        """Return values by key, at least those of `keys`."""
        if not keys:
            return {}
        self._keys.update(dict.fromkeys(keys))
        if self._next is None:
            self._next = start_shared(self._load())
        # The others that wait for the task go on if this caller is cancelled.
        return await asyncio.shield(self._next)

    async def _load(self) -> Mapping[K, V]:
        count, idle = 0, 0
        while idle < IDLE_TURNS:
            idle = idle + 1 if len(self._keys) == count else 0
            count = len(self._keys)
            await asyncio.sleep(0)
        # Keys that are requested from now on belong to the next call.
        keys, self._keys, self._next = [*self._keys], {}, None
        return await self._load_many(keys)
