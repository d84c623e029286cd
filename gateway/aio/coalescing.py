"""Coalescing: look-ups that are requested in the same turn of the event loop are made together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Coalesced(Generic[K, V]):
    """Calls of `load_many`, each for all keys that were requested in one turn.

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
            self._next = asyncio.create_task(self._load())
        # The others that wait for the task go on if this caller is cancelled.
        return await asyncio.shield(self._next)

    async def _load(self) -> Mapping[K, V]:
        # A task starts after all that can run in this turn: who requests keys from now on waits for the next one.
        keys, self._keys, self._next = [*self._keys], {}, None
        return await self._load_many(keys)
