"""Which writes this process is at: it says so in the journal again and again, so that they are known to go on.

A process that was killed says nothing any more. Its writes are free for others when their leases are over, which is
soon: `LEASE` after it was last heard of. One that merely stands still for so long (a suspended machine, a locked
database) loses them, too; that does no harm, because whoever takes one over sends nothing for as long as the other
one's call can go on (`gateway.mutations.idempotency.settling`).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

from gateway.aio.tasks import cancel
from gateway.storage import Store
from providers.domain.errors import StoreUnavailable

LEASE = timedelta(seconds=5)


class Leases:
    """Of one process: `holder` names it among several processes on one store."""

    def __init__(self, store: Store, now: Callable[[], datetime], beat_seconds: float = 1.0) -> None:
        self.holder = uuid4().hex
        self._store = store
        self._now = now
        self._beat_seconds = beat_seconds
        self._held: set[str] = set()
        self._beating: asyncio.Task[None] | None = None

    def until(self) -> datetime:
        """The end of a lease that begins, or is extended, now."""
        return self._now() + LEASE

    @contextmanager
    def held(self, id: str) -> Iterator[None]:
        """Keeps the lease of a journal entry from ending in the block."""
        self._held.add(id)
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            self._held.discard(id)

    async def aclose(self) -> None:
        if self._beating is not None:
            await cancel(self._beating)

    async def _beat(self) -> None:
        """Goes on while there is something to extend: most writes are over before the first beat."""
        await asyncio.sleep(self._beat_seconds)
        while self._held:
            with suppress(StoreUnavailable):
                await self._extend()
            await asyncio.sleep(self._beat_seconds)

    async def _extend(self) -> None:
        until = self.until()
        async with self._store.write() as transaction:
            for held in tuple(self._held):
                await self._store.journal.extend_lease(transaction, held, self.holder, until)
