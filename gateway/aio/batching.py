"""Batches: look-ups of concurrent callers that are made together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from gateway.aio.tasks import start_shared

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

IDLE_TURNS = 3
"""Turns of the event loop without a further key before a look-up is made: fields of one level that are resolved side by
side don't get to theirs in the same turn."""


class BatchLoader(Generic[K, V]):
    """Loads by key with `load_many`, which returns a value or an exception for each key, in their order.

    Keys that are requested in one iteration of the event loop are loaded together. Results are stored: create a loader
    for each operation.
    """

    def __init__(self, load_many: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]]) -> None:
        self._load_many = load_many
        self._results: dict[K, V | Exception] = {}
        self._batches: dict[K, asyncio.Task[None]] = {}
        self._gathering: list[K] = []
        self._next: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V:
        """Return the value of a key, or raise its exception."""
        (result,) = await self.load_many([key])
        if isinstance(result, Exception):
            raise result
        return result

    async def load_many(self, keys: Sequence[K]) -> Sequence[V | Exception]:
        """Return a value or an exception for each key, in their order. Raise what the batch as a whole raises."""
        results = self._results
        missing = [key for key in keys if key not in results]
        for batch in self._batches_of(missing) if missing else ():
            # Shielded: a caller that is cancelled doesn't take the results from the others.
            await asyncio.shield(batch)
        return [results[key] for key in keys]

    def _batches_of(self, keys: Sequence[K]) -> set[asyncio.Task[None]]:
        """Return the tasks that load the keys: those that are running, and the next one."""
        new = [key for key in dict.fromkeys(keys) if key not in self._batches]
        if new:
            if self._next is None:
                self._next = start_shared(self._load_next())
            self._gathering += new
            self._batches.update(dict.fromkeys(new, self._next))
        return set(map(self._batches.__getitem__, keys))

    async def _load_next(self) -> None:
        # The task starts in the next iteration of the loop, and callers that wait for other things may still be on
        # their way to this loader: one iteration more lets them join.
        await asyncio.sleep(0)
        keys, self._gathering, self._next = self._gathering, [], None
        try:
            self._results.update(zip(keys, await self._load_many(keys), strict=True))
        finally:
            for key in keys:
                del self._batches[key]


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
