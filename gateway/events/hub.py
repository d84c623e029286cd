"""The hub: one reader of the feed a process, many followers.

Nothing is queued for a follower. The hub keeps the newest entries once for all; a follower has a place in the feed and
takes what comes after it when it is ready, from the hub, or from the store when it has fallen far behind.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from itertools import takewhile

import structlog

from gateway.race import cancel
from gateway.rounds import going_on
from gateway.store import EVERYBODY, FeedEntry, Store, Visibility

_KEPT = 2_000
_BATCH = 500
_log = structlog.get_logger(__name__)


class Hub:
    """`poll_seconds` is how often the feed is looked at for what other processes have written."""

    def __init__(self, store: Store, poll_seconds: float = 1.0) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._newest: deque[FeedEntry] = deque(maxlen=_KEPT)
        self._place = 0
        self._woken = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._place = await self._store.feed.last()
        self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        if self._task is not None:
            await cancel(self._task)

    def wake(self) -> None:
        """Tells that the feed has grown."""
        self._woken.set()

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

    async def _run(self) -> None:
        while True:
            with going_on(_log, "feed_unreadable"):
                await self._read()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._woken.wait()
            self._woken.clear()

    async def _read(self) -> None:
        is_behind = True
        while is_behind:
            entries = await self._store.feed.after(EVERYBODY, self._place, _BATCH)
            if entries:
                self._newest.extend(entries)
                self._place = entries[-1].seq
                moved, self._moved = self._moved, asyncio.Event()
                moved.set()
            is_behind = len(entries) == _BATCH
