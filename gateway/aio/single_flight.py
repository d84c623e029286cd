"""Single-flight: one task per key, shared by all callers that need its result."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from typing import Any, Generic, TypeVar

import structlog

from providers.domain.errors import ProviderError, StoreUnavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_log = structlog.get_logger(__name__)


class SingleFlight(Generic[K, V]):
    """Tasks by key. A task outlives callers that are cancelled, and is removed when it ends.

    Errors reach the callers that wait. With `event`, they are also logged under that name: expected ones as warnings
    with their message, others with a traceback. A task without a waiting caller needs that.
    """

    def __init__(self, event: str | None = None) -> None:
        self._event = event
        self._tasks: dict[K, asyncio.Task[V]] = {}

    def get(self, key: K) -> asyncio.Task[V] | None:
        """Return the running task of a key. Await it through `asyncio.shield`: others may wait for it, too."""
        return self._tasks.get(key)

    def start(self, keys: Sequence[K], work: Coroutine[Any, Any, V]) -> asyncio.Task[V]:
        """Start a task for all of `keys`, none of which may have a running one."""
        task = asyncio.create_task(work)
        self._tasks.update(dict.fromkeys(keys, task))
        task.add_done_callback(lambda _: self._finish(keys, task))
        return task

    async def run(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return the result of the key's running task, or else of a new one that runs `work()`."""
        return await asyncio.shield(self.get(key) or self.start([key], work()))

    async def drain(self) -> None:
        """Wait for the running tasks, whatever they raise."""
        await asyncio.gather(*set(self._tasks.values()), return_exceptions=True)

    async def cancel(self) -> None:
        """Cancel the running tasks and wait until they have ended."""
        for task in self._tasks.values():
            task.cancel()
        await self.drain()

    def _finish(self, keys: Sequence[K], task: asyncio.Task[V]) -> None:
        for key in keys:
            del self._tasks[key]
        # Retrieving the exception also stops asyncio from reporting a task that no caller waited for.
        error = None if task.cancelled() else task.exception()
        if error is None or self._event is None:
            return
        if isinstance(error, ProviderError):
            _log.warning(self._event, provider=error.provider, code=error.code.value, reason=error.message)
        elif isinstance(error, StoreUnavailable):
            _log.warning(self._event, reason=error.message)
        else:
            _log.error(self._event, exc_info=error)
