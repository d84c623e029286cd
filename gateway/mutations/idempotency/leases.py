"""Which writes this process is at: it says so in the journal again and again, so that they are known to go on.

A process that was killed says nothing any more. Its writes are free for others when their leases are over, which is
soon: `LEASE` after it was last heard of. One that merely stands still for so long (a suspended machine, a locked
database) loses them, too; that does no harm, because whoever takes one over sends nothing for as long as the other
one's call can go on (`gateway.mutations.idempotency.settling`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import repeat
from uuid import uuid4

from gateway.aio.background import BackgroundService
from gateway.storage import Store

LEASE = timedelta(seconds=5)


class Leases(BackgroundService):
    """Of one process: `holder` names it among several processes on one store."""

    def __init__(self, store: Store, now: Callable[[], datetime], beat_seconds: float = 1.0) -> None:
        super().__init__("lease_extension", repeat(beat_seconds))
        self.holder = uuid4().hex
        self._store = store
        self._now = now
        self._held: set[str] = set()

    def until(self) -> datetime:
        """The end of a lease that begins, or is extended, now."""
        return self._now() + LEASE

    @contextmanager
    def held(self, id: str) -> Iterator[None]:
        """Keeps the lease of a journal entry from ending in the block."""
        self._held.add(id)
        self.begin()
        try:
            yield
        finally:
            self._held.discard(id)

    async def run_once(self) -> None:
        """Extend the leases of what is held. Most writes end before the first round, which comes after a pause."""
        if not self._held:
            return
        until = self.until()
        async with self._store.write() as transaction:
            for held in tuple(self._held):
                await self._store.journal.extend_lease(transaction, held, self.holder, until)
