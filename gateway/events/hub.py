"""The hub: one reader of the change feed in each process, and many followers.

Nothing is queued for a follower. The hub caches the newest entries once for all followers. A follower has a position in
the feed, and reads the entries after it when it is ready: from the hub or, if it has fallen far behind, from the store.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import takewhile

from gateway.aio.background import BackgroundService, every
from gateway.storage import FeedEntry, Store, Visibility

_MAX_CACHED = 2_000
_BATCH = 500


class Hub(BackgroundService):
    """Reads the feed when it is woken, and every `poll_seconds` for entries of other processes."""

    def __init__(self, store: Store, poll_seconds: float = 1.0) -> None:
        super().__init__("feed_read", every(poll_seconds))
        self._store = store
        self._newest: deque[FeedEntry] = deque(maxlen=_MAX_CACHED)
        self._position = 0
        self._advanced = asyncio.Event()

    async def start(self) -> None:
        self._position = await self._store.feed.last()
        await super().start()

    async def first(self) -> int | None:
        """Return the position of the oldest stored entry; None if there is none."""
        return await self._store.feed.first()

    async def last(self) -> int:
        """Return the position of the newest stored entry; 0 before the first one."""
        return await self._store.feed.last()

    async def follow(
        self, visibility: Visibility, position: int, matches: Callable[[FeedEntry], bool]
    ) -> AsyncIterator[FeedEntry]:
        """Yield the visible entries after `position` that match, in order, without end."""
        while True:
            # Taken before the read: entries that the hub adds during it are then not waited for.
            advanced, known = self._advanced, self._position
            batch = await self._after(visibility, position)
            for entry in batch:
                if matches(entry) and visibility.sees(entry.user_id):
                    yield entry
            if batch:
                position = batch[-1].seq
            else:
                position = max(position, known)
                if self._advanced is advanced:
                    await advanced.wait()

    async def _after(self, visibility: Visibility, position: int) -> Sequence[FeedEntry]:
        if position >= self._position:
            return ()
        if self._newest and self._newest[0].seq <= position + 1:
            return [*takewhile(lambda entry: entry.seq > position, reversed(self._newest))][::-1]
        return await self._store.feed.after(visibility, position, _BATCH)

    async def run_once(self) -> None:
        """Read the new entries, in batches, and wake the followers after each batch."""
        is_behind = True
        while is_behind:
            entries = await self._store.feed.after(Visibility.unrestricted(), self._position, _BATCH)
            if entries:
                self._newest.extend(entries)
                self._position = entries[-1].seq
                # A new event for those that wait from now on: an asyncio.Event can't wake all and be cleared at once.
                advanced, self._advanced = self._advanced, asyncio.Event()
                advanced.set()
            is_behind = len(entries) == _BATCH
