"""Housekeeping: deletes rows whose retention period is over."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from gateway.aio.background import log_failures
from gateway.aio.tasks import cancel
from gateway.storage import Store

JOURNAL = timedelta(days=7)
FEED = timedelta(days=7)
READ_LOG = timedelta(days=30)
TICKETS = timedelta(days=1)

_INTERVAL_SECONDS = 3600.0
_log = structlog.get_logger(__name__)


class Housekeeping:
    """Runs in the background, every hour."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        if self._task is not None:
            await cancel(self._task)

    async def tidy(self) -> None:
        """Delete rows that are too old."""
        now = self._now()
        async with self._store.write() as transaction:
            await self._store.journal.forget(transaction, now - JOURNAL)
            await self._store.feed.forget(transaction, now - FEED)
            await self._store.read_log.forget(transaction, now - READ_LOG)
            await self._store.connect_tickets.forget(transaction, now - TICKETS)

    async def _run(self) -> None:
        while True:
            with log_failures(_log, "housekeeping_failed"):
                await self.tidy()
            await asyncio.sleep(_INTERVAL_SECONDS)
