"""Shared results: work that is done once for all who need its result at about the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

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
        self._stored: dict[K, tuple[V, asyncio.TimerHandle]] = {}
        self._waiters: dict[K, list[asyncio.Future[V]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, key: K) -> V:
        stored = self._stored.get(key)
        if stored is not None:
            return stored[0]
        if key not in self._waiters:
            self._waiters[key] = []
            task = asyncio.create_task(self._run(key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # A future for each caller, which may be cancelled. For thousands, `asyncio.shield` takes several times longer.
        waiter: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiters[key].append(waiter)
        return await waiter

    async def _run(self, key: K) -> None:
        try:
            result = await self._work(key)
        except Exception as error:
            for waiter in self._left(key):
                waiter.set_exception(error)
        else:
            self._store(key, result)
            for waiter in self._left(key):
                waiter.set_result(result)

    def _left(self, key: K) -> list[asyncio.Future[V]]:
        """Return the waiters of a key, which have not been cancelled."""
        return [waiter for waiter in self._waiters.pop(key) if not waiter.done()]

    def _store(self, key: K, result: V) -> None:
        if len(self._stored) >= self._maximum:
            self._forget(next(iter(self._stored)))
        self._stored[key] = (result, asyncio.get_running_loop().call_later(self._seconds, self._forget, key))

    def _forget(self, key: K) -> None:
        _, timer = self._stored.pop(key)
        timer.cancel()
