"""Goes through the journal for writes that nobody comes back to: at the start, soon after it, and every minute.

It finds out what became of them and takes in what it finds, with the events that tell it. It sends nothing: of what
surely was not done it notes that. What it can't prove yet, or can't ask about now, it looks at again when that is as
old again: at growing intervals, for the seven days that the journal has it.
"""

from itertools import chain, repeat

import structlog

from gateway.aio.background import BackgroundService
from gateway.mutations.idempotency.leases import LEASE
from gateway.mutations.writers import Writers
from gateway.storage import JournalEntry, Visibility
from providers.domain.errors import ProviderError, RetryLater, StoreUnavailable
from providers.domain.viewer import Viewer

EVERY_SECONDS = 60.0
SOON_SECONDS = LEASE.total_seconds() + 3
"""By then the leases of a process that was killed just before this one started have expired."""

_RIGHTS = frozenset({"admin"})
"""Whether its viewer may do it was asked when it was begun."""

_log = structlog.get_logger(__name__)


class Reconciler(BackgroundService):
    def __init__(self, writers: Writers) -> None:
        super().__init__("reconciliation", chain([0.0, SOON_SECONDS], repeat(EVERY_SECONDS)))
        self._writers = writers

    async def run_once(self) -> None:
        """Looks after every entry that nobody is at, oldest first; once at a provider that can't be asked."""
        silent: set[str | None] = set()
        for entry in await self._writers.store.journal.unsettled(self._writers.now()):
            if entry.provider not in silent and not await self._look_after(entry):
                silent.add(entry.provider)

    async def _look_after(self, entry: JournalEntry) -> bool:
        """Whether the provider could be asked."""
        writes = self._writers.of(Viewer(entry.user_id, _RIGHTS), Visibility.unrestricted())
        try:
            await self._writers.execution.settle(entry, writes.journalled(entry.mutation, entry.request))
        except RetryLater:
            return False
        except ProviderError as error:
            _log.info("write_in_doubt", mutation=entry.mutation, provider=entry.provider, code=error.code.value)
        except StoreUnavailable:
            raise
        except Exception:  # an entry that nobody can make sense of any more must not keep the others waiting
            _log.exception("write_not_settled", mutation=entry.mutation, provider=entry.provider)
        return True
