"""Limits of a provider's calls: how many at once, how fast they follow each other, how long and how large they get."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """In seconds: for a connection, for silence, for a whole call with its waiting and its retries."""

    connect: float = 2
    read: float = 10
    total: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """`concurrency` calls at once; `rate` a second, None for as fast as they come; `retries` of what may be retried.

    `max_body_bytes` is the limit of a response's body, compressed and decompressed.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    concurrency: int = 32
    rate: float | None = None
    retries: int = 2
    max_body_bytes: int = 16 * 1024 * 1024


class Bulkhead:
    """The way of a provider's calls: narrow, so that one that hangs leaves room for the others."""

    def __init__(self, traffic: Traffic) -> None:
        self._slots = asyncio.Semaphore(traffic.concurrency)
        self._interval = 0.0 if traffic.rate is None else 1 / traffic.rate
        self._next = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits until a call may leave, and keeps its place for the length of the block."""
        async with self._slots:
            await self._pace()
            yield

    async def _pace(self) -> None:
        if not self._interval:
            return
        now = asyncio.get_running_loop().time()
        self._next, wait = max(now, self._next) + self._interval, self._next - now
        if wait > 0:
            await asyncio.sleep(wait)
