"""Readings that are under way: each is made once, for all who wait for it, and goes on when nobody does."""

import asyncio
from collections.abc import Coroutine, Hashable, Sequence
from typing import Any, Generic, TypeVar

import structlog

from providers.domain.errors import ProviderError, StoreUnavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_log = structlog.get_logger(__name__)


class SingleFlight(Generic[K, V]):
    """By the keys of what is read. Failures are logged as the event `name`; without a name they are not."""

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._tasks: dict[K, asyncio.Task[V]] = {}

    def get(self, key: K) -> asyncio.Task[V] | None:
        """The reading of a key, None where it is not being read. Whoever waits for it shields it from themselves."""
        return self._tasks.get(key)

    def start(self, keys: Sequence[K], reading: Coroutine[Any, Any, V]) -> asyncio.Task[V]:
        """Begins a reading of all these keys, of which none is being read."""
        task = asyncio.create_task(reading)
        self._tasks.update(dict.fromkeys(keys, task))
        task.add_done_callback(lambda _: self._land(keys, task))
        return task

    async def drain(self) -> None:
        """Lets what is under way come to its end."""
        await asyncio.gather(*set(self._tasks.values()), return_exceptions=True)

    def _land(self, keys: Sequence[K], task: asyncio.Task[V]) -> None:
        for key in keys:
            del self._tasks[key]
        error = None if task.cancelled() else task.exception()
        if self._name is None:
            return
        if isinstance(error, ProviderError):
            _log.warning(self._name, provider=error.provider, code=error.code.value, reason=error.message)
        elif isinstance(error, StoreUnavailable):
            _log.warning(self._name, reason=error.message)
        elif error is not None:
            _log.error(self._name, exc_info=error)
