"""The hub: one reader of the change feed in each process, and many followers.

Nothing is queued for a follower. The hub caches the newest entries once for all followers. A follower has a position in
the feed, and reads the entries after it when it is ready: from the hub or, if it has fallen far behind, from the store.
A follower that waits is woken for an entry that it wants, and by no other.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from gateway.aio.background import BackgroundService, every
from gateway.storage import FeedEntry, Store, Visibility

_MAX_CACHED = 2_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The entries that a follower wants."""

    visibility: Visibility
    matches: Callable[[FeedEntry], bool]

    def includes(self, entry: FeedEntry) -> bool:
        return self.matches(entry) and self.visibility.sees(entry.user_id)


class Reached:
    """How far a follower has come: the position up to which all that it wanted is done with.

    None while it waits for new entries: then it wants none of those that the hub has.
    """

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position: int | None = position

    def move(self, position: int | None) -> None:
        self.position = position


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """A follower that has read all entries. `position` is set to the one before an entry that it wants."""

    wanted: _Wanted
    reached: Reached
    position: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def wants_some(self, entries: Sequence[FeedEntry]) -> bool:
        return any(map(self.wanted.includes, entries))

    def wake(self, position: int) -> None:
        if not self.position.done():
            self.reached.position = position
            self.position.set_result(position)


class Hub(BackgroundService):
    """Reads the feed when it is woken, and every `poll_seconds` for entries of other processes."""

    def __init__(self, store: Store, poll_seconds: float = 1.0) -> None:
        super().__init__("feed_read", every(poll_seconds))
        self._store = store
        self._newest: deque[FeedEntry] = deque(maxlen=_MAX_CACHED)
        self.position = 0
        """That of the newest entry that followers can have."""
        self._batch: Sequence[FeedEntry] = ()
        self._before_batch = 0
        self._waiters: set[_Waiter] = set()

    async def start(self) -> None:
        self.position = await self._store.feed.last()
        await super().start()

    async def first(self) -> int | None:
        """Return the position of the oldest stored entry; None if the feed is empty."""
        return await self._store.feed.first()

    async def last(self) -> int:
        """Return the position of the newest stored entry; 0 before the first one."""
        return await self._store.feed.last()

    async def follow(
        self,
        visibility: Visibility,
        position: int,
        matches: Callable[[FeedEntry], bool],
        reached: Reached | None = None,
    ) -> AsyncIterator[FeedEntry]:
        """Yield the visible entries after `position` that match, in order, without end.

        `reached` is moved to the entry before each that is yielded, and past it when the next one is requested.
        """
        wanted, reached = _Wanted(visibility, matches), reached or Reached(position)
        while True:
            # Taken before the read: entries that the hub adds during it are then not waited for.
            known = self.position
            batch = await self._after(visibility, position)
            for entry in batch:
                if wanted.includes(entry):
                    reached.move(entry.seq - 1)
                    yield entry
            if batch:
                position = batch[-1].seq
            else:
                position = max(position, known)
                if known == self.position:
                    position = max(position, await self._before_next(wanted, reached))
            reached.move(position)

    async def _before_next(self, wanted: _Wanted, reached: Reached) -> int:
        """Wait for an entry; return a position with no wanted entry up to it but those that were there before."""
        waiter = _Waiter(wanted, reached)
        self._waiters.add(waiter)
        reached.move(None)
        try:
            return await waiter.position
        finally:
            self._waiters.discard(waiter)

    async def _after(self, visibility: Visibility, position: int) -> Sequence[FeedEntry]:
        if position >= self.position:
            return ()
        if self._batch and position == self._before_batch:
            return self._batch
        if self._newest and self._newest[0].seq <= position + 1:
            return [*takewhile(lambda entry: entry.seq > position, reversed(self._newest))][::-1]
        stored = await self._store.feed.after(visibility, position, _BATCH)
        # No follower gets ahead of the hub: those that wait count as having seen all that it has.
        return [entry for entry in stored if entry.seq <= self.position]

    async def run_once(self) -> None:
        """Read the new entries, in batches, and wake the followers that want some of a batch."""
        is_behind = True
        while is_behind:
            entries = await self._store.feed.after(Visibility.unrestricted(), self.position, _BATCH)
            if entries:
                self._advance(entries)
            is_behind = len(entries) == _BATCH

    def _advance(self, entries: Sequence[FeedEntry]) -> None:
        self._newest.extend(entries)
        self._before_batch, self._batch = self.position, entries
        self.position = entries[-1].seq
        for waiter in self._waiters:
            if waiter.wants_some(entries):
                waiter.wake(self._before_batch)
