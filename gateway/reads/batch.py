"""Batches: parts that are stored in one transaction, so that what they hold is announced in order of time."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from gateway.reads.fetch import FetchKey

PATIENCE_SECONDS = 0.5
"""How long a part that has been read waits for the others: a slow one holds up nothing for longer."""


class Batch:
    """At most `at_once` of the parts are read at the same time."""

    def __init__(self, keys: Iterable[FetchKey], at_once: int) -> None:
        self._unread = set(keys)
        self._slots = asyncio.Semaphore(at_once)
        self._complete = asyncio.Event()

    async def enter(self) -> None:
        """Wait until another part may be read."""
        await self._slots.acquire()

    def leave(self, key: FetchKey) -> None:
        """The part has been read, or won't be. Only the first call for a part counts."""
        if key in self._unread:
            self._unread.remove(key)
            self._slots.release()
        if not self._unread:
            self._complete.set()

    async def wait(self, key: FetchKey) -> None:
        """Wait for the parts that are still being read."""
        self.leave(key)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._complete.wait()
