"""Services that run in the background from the start of a process to its shutdown."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from itertools import chain, repeat
from typing import Protocol

import structlog

from gateway.aio.tasks import cancel
from providers.domain.errors import StoreUnavailable

_log = structlog.get_logger(__name__)

Pause = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits until the event is set, at most for the given seconds."""


class Service(Protocol):
    """A part of a process that works by itself, from `start` on. `stop` returns when its work has ended."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


async def start_services(services: Iterable[Service], exit_stack: AsyncExitStack) -> None:
    """Start the services in order; `exit_stack` stops those that have started, in reverse order."""
    for service in services:
        await service.start()
        exit_stack.push_async_callback(service.stop)


def every(seconds: float) -> Iterable[float]:
    """Return the pauses of a service whose first round is at the start, and the others `seconds` after each other."""
    return chain([0.0], repeat(seconds))


async def wait_or_wake(woken: asyncio.Event, seconds: float) -> None:
    # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that coincides with the event.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


class BackgroundService(ABC):
    """A loop that calls `run_once` from `start` to `stop`, with a pause before each round.

    name     of the event that is logged when a round fails: `<name>_failed`
    pauses   in seconds, before each round
    woken    ends a pause early when it is set
    pause    the clock: how a pause is waited for

    No error ends the loop; the next round tries again. An unavailable store is logged as a warning with its reason,
    any other exception as an error with its traceback.
    """

    def __init__(
        self,
        name: str,
        pauses: Iterable[float],
        *,
        woken: asyncio.Event | None = None,
        pause: Pause = wait_or_wake,
    ) -> None:
        self._name = name
        self._pauses = pauses
        self._woken = woken or asyncio.Event()
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def run_once(self) -> None:
        """Do the work of one round."""

    async def start(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin the loop unless it runs: for a service that has nothing to do before it is used for the first time."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Cancel the round that is under way, and wait until it has cleaned up."""
        if self._task is not None:
            await cancel(self._task)

    def wake(self) -> None:
        """Begin the next round without a pause."""
        self._woken.set()

    async def _run(self) -> None:
        for seconds in self._pauses:
            if seconds > 0:
                await self._pause(self._woken, seconds)
            # Before the round and not after it: a call of `wake` during the round has to lead to another one.
            self._woken.clear()
            await self._run_guarded()

    async def _run_guarded(self) -> None:
        try:
            await self.run_once()
        except StoreUnavailable as error:
            _log.warning(f"{self._name}_failed", reason=error.message)
        except Exception:
            _log.exception(f"{self._name}_failed")
