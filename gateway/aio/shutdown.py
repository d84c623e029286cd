"""Shutdown of a process: work under way is waited for, within one deadline for all of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

GRACE_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class Shutdown(asyncio.Event):
    """Set when no more requests are accepted. All work that is then under way shares one deadline, `seconds` later."""

    def __init__(self, seconds: float = GRACE_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._deadline: float | None = None
        self._give_ups: list[Callable[[], None]] = []

    def set(self) -> None:
        if self._deadline is None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.time() + self._seconds
            loop.call_at(self._deadline, self._give_up)
        super().set()

    @contextmanager
    def giving_up(self, resource: Callable[[], None]) -> Iterator[None]:
        """Call `resource` at the deadline, if the block has not ended by then.

        Work that was cancelled cleans up, and its cleanup may wait for a resource: `resource` makes that fail instead.
        """
        self._give_ups.append(resource)
        try:
            yield
        finally:
            self._give_ups.remove(resource)

    def _give_up(self) -> None:
        for resource in self._give_ups:
            resource()

    async def wait_for(self, name: str, drain: Callable[[], Awaitable[None]]) -> None:
        """Await `drain`; cancel it at the deadline. `name` says in the log which work was abandoned."""
        try:
            async with asyncio.timeout_at(self._deadline):
                await drain()
        except TimeoutError:
            _log.warning("work_abandoned", work=name, seconds=self._seconds)


class Drain:
    """A service of `gateway.aio.background` that has nothing to start: stopping it waits for work under way."""

    def __init__(self, shutdown: Shutdown, name: str, drain: Callable[[], Awaitable[None]]) -> None:
        self._shutdown = shutdown
        self._name = name
        self._drain = drain

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        await self._shutdown.wait_for(self._name, self._drain)
