"""Unchanged reads: times of reading that are written later, many at once, because nothing else has changed."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from gateway.reads.fetch import FetchKey
from gateway.storage import Store
from gateway.storage.read_versions import ReadVersion, UnchangedRead
from providers.domain.errors import StoreUnavailable

DELAY_SECONDS = 2.0
"""Seconds for which a time of reading is only in this process. Another process may fetch the same again meanwhile."""

_log = structlog.get_logger(__name__)


class UnchangedReads:
    """The last unchanged read of each fetch, until it is written: one write at a time.

    `outdated` is called for reads whose entities something else has written before that.
    """

    def __init__(self, store: Store, outdated: Callable[[FetchKey, datetime], None]) -> None:
        self._store = store
        self._outdated = outdated
        self._reads: dict[FetchKey, UnchangedRead] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def __contains__(self, key: FetchKey) -> bool:
        return key in self._reads

    def note(self, key: FetchKey, read_at: datetime, version: ReadVersion) -> None:
        self._reads[key] = UnchangedRead(span=key, read_at=read_at, version=version)
        self._schedule()

    def forget(self, key: FetchKey) -> None:
        """Forget a read after which its entities were stored."""
        self._reads.pop(key, None)

    async def drain(self) -> None:
        """Write what is not written yet."""
        while self._writing is not None or self._timer is not None:
            if self._timer is not None:
                self._timer.cancel()
                self._begin()
            if self._writing is not None:
                await self._writing

    def _schedule(self) -> None:
        """Write in DELAY_SECONDS. A write that takes longer is followed by the next one."""
        if self._reads and self._timer is None and self._writing is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY_SECONDS, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            await self._confirm(self._reads.copy())
        finally:
            self._writing = None
            self._schedule()

    async def _confirm(self, reads: Mapping[FetchKey, UnchangedRead]) -> None:
        if not reads:
            return
        try:
            async with self._store.write() as transaction:
                outdated = await self._store.read_versions.confirm(transaction, [*reads.values()])
        except StoreUnavailable as error:
            # The next read of each is fetched a little early: no other harm is done.
            _log.warning("read_times_not_written", reason=error.message)
            outdated = []
        for key, each in reads.items():
            if self._reads.get(key) is each:
                del self._reads[key]
            if each in outdated:
                self._outdated(key, each.read_at)
