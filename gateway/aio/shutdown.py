"""Shutdown of a process: work under way is waited for, within one deadline for all of it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

GRACE_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class Shutdown(asyncio.Event):
    """Set when no more requests are accepted. All work that is then under way shares one deadline, `seconds` later."""

    def __init__(self, seconds: float = GRACE_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._deadline: float | None = None

    def set(self) -> None:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        super().set()

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
