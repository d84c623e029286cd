"""How a process comes to its end: what is under way is waited for, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

GRACE_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class Shutdown(asyncio.Event):
    """Set when no more requests are taken. From then on all that is under way has `seconds` in all."""

    def __init__(self, seconds: float = GRACE_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._until: float | None = None

    def set(self) -> None:
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self._seconds
        super().set()

    async def wait_for(self, name: str, drain: Callable[[], Awaitable[None]]) -> None:
        """Lets `drain` come to its end; cancels it when its time is over."""
        try:
            async with asyncio.timeout_at(self._until):
                await drain()
        except TimeoutError:
            _log.warning("work_abandoned", work=name, seconds=self._seconds)
