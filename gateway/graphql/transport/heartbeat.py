"""Heartbeats of connections: between two of them, a connection costs a timer and no task."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.aio.tasks import cancel


class Heartbeat:
    """Calls `beat` in a task of its own, `seconds` after the start and after the end of the last call.

    It ends with `stop`, and with an exception of `beat`, which `failed` is called with.
    """

    def __init__(
        self, seconds: float, beat: Callable[[], Awaitable[None]], failed: Callable[[Exception], None]
    ) -> None:
        self._seconds = seconds
        self._beat = beat
        self._failed = failed
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._begin)

    async def stop(self) -> None:
        """Wait for the cleanup of a call that is under way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await cancel(self._task)

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._beat()
        except Exception as error:
            self._failed(error)
        else:
            self._task = None
            self.start()
