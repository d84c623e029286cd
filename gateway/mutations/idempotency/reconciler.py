"""Reconciler: settles writes in the journal that no client retries. It runs at the start, soon after, and each minute.

It looks for their effects, and stores and announces those that it finds. It sends nothing: a write that is proved to be
missing becomes ABSENT. A write that it can't settle yet, or whose provider it can't reach, it looks at again when the
write is twice as old: at growing intervals, for the seven days that the journal has it.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import chain, repeat
from typing import Protocol

import structlog

from gateway.aio.background import BackgroundService
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.idempotency.settling import LEASE
from gateway.mutations.write import Preparation
from gateway.storage import JournalEntry, Store
from providers.domain.errors import ProviderError, RetryLater, StoreUnavailable

EVERY_SECONDS = 60.0
SOON_SECONDS = LEASE.total_seconds() + 3
"""After this the leases of a process that was killed just before this one started have ended."""

_log = structlog.get_logger(__name__)


class JournalledMutations(Protocol):
    def journalled(self, entry: JournalEntry) -> Preparation:
        """Return the mutation of an entry."""
        ...


class Reconciler(BackgroundService):
    def __init__(
        self, store: Store, runner: JournalRunner, mutations: JournalledMutations, now: Callable[[], datetime]
    ) -> None:
        super().__init__("reconciliation", chain([0.0, SOON_SECONDS], repeat(EVERY_SECONDS)))
        self._store = store
        self._runner = runner
        self._mutations = mutations
        self._now = now

    async def run_once(self) -> None:
        """Look for each write that is due, oldest first. A provider that can't be reached is called once."""
        unreachable: set[str | None] = set()
        for entry in await self._store.journal.unsettled(self._now()):
            if entry.provider not in unreachable and not await self._settle(entry):
                unreachable.add(entry.provider)

    async def _settle(self, entry: JournalEntry) -> bool:
        """Settle a write if its effect can be seen; return False if the provider can't be reached."""
        try:
            await self._runner.settle(entry, self._mutations.journalled(entry))
        except RetryLater:
            return False
        except ProviderError as error:
            _log.info("write_left_unsettled", mutation=entry.mutation, provider=entry.provider, code=error.code.value)
        except StoreUnavailable:
            raise
        except Exception:
            # An entry that this release can't read must not stop the others from being settled.
            _log.exception("write_settling_failed", mutation=entry.mutation, provider=entry.provider)
        return True
