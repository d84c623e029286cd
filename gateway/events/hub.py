"""The hub: one reader of the feed a process, many followers.

Nothing is queued for a follower. The hub keeps the newest entries once for all; a follower has a place in the feed and
takes what comes after it when it is ready, from the hub, or from the store when it has fallen far behind.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import takewhile

from gateway.aio.background import BackgroundService, every
from gateway.storage import FeedEntry, Store, Visibility

_KEPT = 2_000
_BATCH = 500


class Hub(BackgroundService):
    """`poll_seconds` is how often the feed is looked at for what other processes have written."""

    def __init__(self, store: Store, poll_seconds: float = 1.0) -> None:
        super().__init__("feed_read", every(poll_seconds))
        self._store = store
        self._newest: deque[FeedEntry] = deque(maxlen=_KEPT)
        self._place = 0
        self._moved = asyncio.Event()

    async def start(self) -> None:
        self._place = await self._store.feed.last()
        await super().start()

    async def last(self) -> int:
        """The place of the newest entry there is."""
        return await self._store.feed.last()

    async def follow(
        self, visibility: Visibility, place: int, wanted: Callable[[FeedEntry], bool]
    ) -> AsyncIterator[FeedEntry]:
        """The wanted ones of the visible entries after `place`, in order, without end."""
        while True:
            moved, known = self._moved, self._place
            batch = await self._after(visibility, place)
            for entry in batch:
                if wanted(entry) and visibility.sees(entry.user_id):
                    yield entry
            if batch:
                place = batch[-1].seq
            else:
                place = max(place, known)
                if self._moved is moved:
                    await moved.wait()

    async def _after(self, visibility: Visibility, place: int) -> Sequence[FeedEntry]:
        if place >= self._place:
            return ()
        if self._newest and self._newest[0].seq <= place + 1:
            return [*takewhile(lambda entry: entry.seq > place, reversed(self._newest))][::-1]
        return await self._store.feed.after(visibility, place, _BATCH)

    async def run_once(self) -> None:
        """Read the new entries, in batches, and wake the followers after each batch."""
        is_behind = True
        while is_behind:
            entries = await self._store.feed.after(Visibility.unrestricted(), self._place, _BATCH)
            if entries:
                self._newest.extend(entries)
                self._place = entries[-1].seq
                moved, self._moved = self._moved, asyncio.Event()
                moved.set()
            is_behind = len(entries) == _BATCH
