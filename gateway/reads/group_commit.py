"""Keeps what was read: what arrives while something is being written is written together after it.

A transaction is made durable before it ends, which takes longer than all the rest of it: so many parts that are read
side by side share one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.events.recorder import Recorder
from gateway.reads.fetch import FetchKey, Save
from gateway.storage import Store


@dataclass(slots=True)
class Arrival:
    """A part that has been read and waits to be stored."""

    key: FetchKey
    read_at: datetime
    save: Save
    is_settled: bool = False
    error: Exception | None = None


class GroupCommit:
    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store = store
        self._recorder = recorder
        self._turn = asyncio.Lock()
        self._waiting: list[Arrival] = []

    async def keep(self, key: FetchKey, read_at: datetime, save: Save) -> None:
        """Stores a part, and when it was read. Raises what its own storing raises, and no other's."""
        await self.store_with_others(self.queue(key, read_at, save))

    def queue(self, key: FetchKey, read_at: datetime, save: Save) -> Arrival:
        """A part that is stored with the next transaction, which `store_with_others` begins at the latest."""
        arrival = Arrival(key, read_at, save)
        self._waiting.append(arrival)
        return arrival

    async def store_with_others(self, arrival: Arrival) -> None:
        """Stores what is queued, unless that has been done. Raises what the storing of this part raises."""
        async with self._turn:
            if not arrival.is_settled:
                arrivals, self._waiting = self._waiting, []
                await self._settle(arrivals)
        if arrival.error is not None:
            raise arrival.error

    async def _settle(self, arrivals: Sequence[Arrival]) -> None:
        """All of them, or where that fails each by itself."""
        try:
            await self._write(arrivals)
        except Exception as error:
            if len(arrivals) == 1:
                arrivals[0].error = error
            else:
                for each in arrivals:
                    await self._settle([each])
        for each in arrivals:
            each.is_settled = True

    async def _write(self, arrivals: Sequence[Arrival]) -> None:
        async with self._recorder.record() as record:
            for each in arrivals:
                await each.save(record)
                await self._store.read_log.record(record.transaction, each.key, each.read_at)
