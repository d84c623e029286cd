"""Leases: which process works on a row, and until when other processes leave it alone.

A lease is two columns of the row: the holder and the end. The process that works on the row extends the lease again
and again. A process that was killed extends nothing, so its rows are free for others when their leases end. A process
that stands still for that long (a suspended machine, a locked database) loses its rows, too: what others may do with an
expired lease has to be harmless in that case.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import repeat
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

from gateway.aio.background import BackgroundService

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class LeasedRows(Protocol[T_contra]):
    """A table whose rows have leases. `T` is the type of its transactions."""

    async def extend_lease(self, transaction: T_contra, id: str, /, holder: str, lease_until: datetime) -> bool:
        """Store the new end; return False if `holder` does not have the lease any more."""
        ...


class Leases(BackgroundService, Generic[T]):
    """The leases of one process on the rows of one table. `holder` identifies the process.

    `begin` begins a transaction. Leases last for `duration`, and are extended five times in that time by default.
    """

    def __init__(
        self,
        rows: LeasedRows[T],
        begin: Callable[[], AbstractAsyncContextManager[T]],
        now: Callable[[], datetime],
        duration: timedelta,
        *,
        beat_seconds: float | None = None,
    ) -> None:
        seconds = duration.total_seconds() / 5 if beat_seconds is None else beat_seconds
        super().__init__("lease_extension", repeat(seconds))
        self.holder = uuid4().hex
        self.duration = duration
        self._rows = rows
        self._begin = begin
        self._now = now
        self._held: set[str] = set()

    def until(self) -> datetime:
        """Return the end of a lease that begins, or is extended, now."""
        return self._now() + self.duration

    def is_elsewhere(self, holder: str, lease_until: datetime) -> bool:
        """Whether another process works on a row with this lease."""
        return holder != self.holder and lease_until > self._now()

    @contextmanager
    def held(self, id: str) -> Iterator[None]:
        """Extend the lease of a row until the block ends. The row has the lease already; it may outlast the block."""
        self._held.add(id)
        self.begin()
        try:
            yield
        finally:
            self._held.discard(id)

    async def run_once(self) -> None:
        """Extend the leases that are held. Most work ends before the first round, which comes after a pause."""
        if not self._held:
            return
        until = self.until()
        async with self._begin() as transaction:
            for held in tuple(self._held):
                await self._rows.extend_lease(transaction, held, self.holder, until)
