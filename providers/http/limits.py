"""Limits of a provider's calls: concurrency, rate, duration and size."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Timeouts in seconds: for connecting, between two reads, and for a whole call with its queueing and retries."""

    connect: float = 2
    read: float = 10
    total: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """At most `concurrency` calls at once and `rate` per second (None: no limit); at most `retries` per safe call.

    `max_body_bytes` is the limit of a response's body, compressed and decompressed.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    concurrency: int = 32
    rate: float | None = None
    retries: int = 2
    max_body_bytes: int = 16 * 1024 * 1024

    @property
    def concurrent_reads(self) -> int:
        """Fetches that may run at once: they leave a quarter of the calls, so that writes don't wait for them."""
        return max(1, self.concurrency - self.concurrency // 4)


class Bulkhead:
    """Bound a provider's concurrent calls and their rate, so that one slow provider can't exhaust the gateway."""

    def __init__(self, traffic: Traffic) -> None:
        self._slots = asyncio.Semaphore(traffic.concurrency)
        self._interval = 0.0 if traffic.rate is None else 1 / traffic.rate
        self._next = 0.0

    async def __aenter__(self) -> None:
        """Wait until a call may be sent, and hold its slot for the length of the block."""
        await self._slots.acquire()
        if not self._interval:
            return
        try:
            await self._pace()
        except BaseException:
            self._slots.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._slots.release()

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next, wait = max(now, self._next) + self._interval, self._next - now
        if wait > 0:
            await asyncio.sleep(wait)
