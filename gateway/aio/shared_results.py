"""Shared results: work that is done once for all who need its result at about the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from gateway.aio.single_flight import SingleFlight

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedResults(Generic[K, V]):
    """Results of `work` by its argument. Concurrent callers with equal keys share one task.

    A result is returned to later callers for `seconds`, so that those who were delayed for a moment share it, too. At
    most `maximum` results are stored, the newest ones. Errors are raised to the callers that wait, and not stored.
    """

    def __init__(self, work: Callable[[K], Coroutine[Any, Any, V]], *, seconds: float, maximum: int) -> None:
        self._work = work
        self._seconds = seconds
        self._maximum = maximum
        self._running = SingleFlight[K, V]()
        self._stored: dict[K, tuple[V, asyncio.TimerHandle]] = {}

    async def get(self, key: K) -> V:
        stored = self._stored.get(key)
        if stored is not None:
            return stored[0]
        running = self._running.get(key) or self._running.start([key], self._run(key))
        return await asyncio.shield(running)

    async def _run(self, key: K) -> V:
        result = await self._work(key)
        if len(self._stored) >= self._maximum:
            self._forget(next(iter(self._stored)))
        self._stored[key] = (result, asyncio.get_running_loop().call_later(self._seconds, self._forget, key))
        return result

    def _forget(self, key: K) -> None:
        _, timer = self._stored.pop(key)
        timer.cancel()
