"""Housekeeping: deletes rows whose retention period is over, completes others, and lets the database count them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.aio.background import BackgroundService, every
from gateway.storage import Store
from gateway.storage.conversation_activity import add_missing_activity, without_activity
from gateway.storage.ordinals import add_missing_ordinals
from gateway.storage.owners import add_missing_owners

JOURNAL = timedelta(days=7)
FEED = timedelta(days=7)
READ_LOG = timedelta(days=30)
TICKETS = timedelta(days=1)

_INTERVAL_SECONDS = 3600.0


class Housekeeping(BackgroundService):
    """Deletes expired rows, and completes those of earlier versions, at the start and every hour."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        super().__init__("housekeeping", every(_INTERVAL_SECONDS))
        self._store = store
        self._now = now

    async def run_once(self) -> None:
        """Delete what has expired, and complete rows, in one transaction.

        Then let the database count what is left, for its plans.
        """
        now, inactive = self._now(), await without_activity(self._store.database)
        async with self._store.write() as transaction:
            await self._store.journal.forget(transaction, now - JOURNAL)
            await self._store.feed.forget(transaction, now - FEED)
            await self._store.read_log.forget(transaction, now - READ_LOG)
            await self._store.connect_tickets.forget(transaction, now - TICKETS)
            await add_missing_owners(transaction)
            await add_missing_ordinals(transaction)
            await add_missing_activity(transaction, inactive)
        await self._store.database.optimize()
