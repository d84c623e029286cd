"""Attempts at a write that is in the journal: the call, storing its result, and looking for a lost one.

Two writes with the same input may have unknown outcomes at the same time. An object that was found for one of them is
not the other one's. If the answer of a call is an object that was found for another write during the call, the call's
own object is looked for, as if there had been no answer.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import structlog

from gateway.events.recorder import Recorder
from gateway.mutations.idempotency.settling import Settling
from gateway.mutations.idempotency.transitions import (
    Outcome,
    Settlement,
    TakenError,
    UnknownOutcome,
    taken,
)
from gateway.mutations.write import Done, Write
from gateway.storage import JournalEntry, JournalState, Store
from providers.api.capabilities import LostWrite
from providers.domain.errors import OutcomeUnknown, ProviderError, RetryLater, StoreUnavailable

_MIN_PAUSE_SECONDS = 0.25
_MAX_PAUSE_SECONDS = 2.0
_MAX_WAIT_SECONDS = 5.0
"""Seconds for which a request waits for the proof that a write was not done; it raises OutcomeUnknown before a longer
wait."""

RETRY_AFTER = 10.0
"""Seconds after which to retry if the provider or the store, which can't be reached now, names no time."""

_log = structlog.get_logger(__name__)


class Attempts:
    """Makes attempts for entries whose lease `holder` has. The caller extends the lease."""

    def __init__(self, store: Store, recorder: Recorder, settling: Settling, holder: str) -> None:
        self._store = store
        self._journal = store.journal
        self._group = recorder.group
        self._settling = settling
        self._holder = holder

    async def make(self, entry: JournalEntry, write: Write[Any]) -> Done:
        """Call the provider for the first time."""
        return await self._call(entry, write, is_repeated=False)

    async def resume(self, entry: JournalEntry, write: Write[Any], provable_at: datetime) -> Done:
        """Store the effect of an earlier call; call again if that is harmless, or the effect is proved to be missing.

        Raise OutcomeUnknown, with the seconds after which to retry, while not finding the effect proves nothing.
        """
        while True:
            found = await self._awaited(entry, write, provable_at)
            if found is None:
                return await self._call(entry, write, is_repeated=write.repeatable)
            with suppress(TakenError):
                return await self._store_result(entry, write, found)

    async def settle(self, entry: JournalEntry, write: Write[Any], provable_at: datetime) -> None:
        """Store the effect of an earlier call, or ABSENT if it is proved to be missing. Send nothing."""
        found = await self._found(entry, write, provable_at)
        if found is None and write.can_find and self._settling.now() >= provable_at:
            await self._conclude(entry, JournalState.ABSENT)
            return
        with suppress(TakenError):
            if found is not None:
                await self._store_result(entry, write, found)
                return
        await self.leave(entry, provable_at)

    async def leave(self, entry: JournalEntry, provable_at: datetime) -> None:
        """Store that the outcome is unknown, and when to look again."""
        look_at = self._settling.look_at(entry, provable_at)
        with self._left_to_reconciler(entry):
            await self._group.submit(UnknownOutcome(self._journal, entry.id, self._holder, provable_at, look_at))

    async def _call(self, entry: JournalEntry, write: Write[Any], *, is_repeated: bool) -> Done:
        try:
            result = await (_repeated(write, entry.attempt) if is_repeated else write.call(entry.attempt))
        except Exception as error:
            if isinstance(error, ProviderError) and not error.ambiguous:
                await self._conclude(entry, JournalState.FAILED)
                raise
            provable_at = self._settling.provable_after(entry, error)
            await self.leave(entry, provable_at)
            if isinstance(error, OutcomeUnknown):
                raise self._lost(error, provable_at) from error
            raise
        try:
            return await self._store_result(entry, write, result)
        except TakenError:
            return await self.resume(entry, write, self._settling.provable_after_call(entry))

    def _lost(self, error: OutcomeUnknown, provable_at: datetime) -> OutcomeUnknown:
        """Return the error with the seconds after which a retry finds out, instead of those that the upstream gave."""
        seconds = (provable_at - self._settling.now()).total_seconds()
        return OutcomeUnknown(error.message, provider=error.provider, path=error.path, retry_after=seconds)

    async def _store_result(self, entry: JournalEntry, write: Write[Any], result: Any) -> Done:
        """Store the result, its events and the outcome of the entry in one transaction."""
        try:
            done = await self._group.submit(Outcome(self._store, entry, write, result))
        except StoreUnavailable as error:
            message = f"It was done and could not be stored. {error.message} Retry with the same idempotencyKey."
            raise OutcomeUnknown(message, provider=write.provider, retry_after=RETRY_AFTER) from error
        if done.error is not None:
            raise done.error
        return done

    async def _awaited(self, entry: JournalEntry, write: Write[Any], provable_at: datetime) -> Any:
        """Look until the effect is found or proved to be missing; look once if the write is repeatable."""
        time = asyncio.get_running_loop().time
        seconds, pause = (provable_at - self._settling.now()).total_seconds(), _MIN_PAUSE_SECONDS
        end = time() + seconds
        while True:
            left = end - time()
            found = await self._found(entry, write, provable_at)
            if found is not None or write.repeatable or left <= 0:
                return found
            if seconds > _MAX_WAIT_SECONDS:
                await self.leave(entry, provable_at)
                raise _not_proved(write, left)
            await asyncio.sleep(min(pause, left))
            pause = min(2 * pause, _MAX_PAUSE_SECONDS)

    async def _found(self, entry: JournalEntry, write: Write[Any], provable_at: datetime) -> Any:
        if not write.can_find:
            return None
        try:
            of_others = await taken(self._journal, entry) if write.creates else frozenset[str]()
            return await write.find(LostWrite(attempt=entry.attempt, since=entry.started_at, taken=of_others))
        except Exception as error:
            await self.leave(entry, provable_at)
            raise _still_unknown(error) if isinstance(error, RetryLater) else error from None

    async def _conclude(self, entry: JournalEntry, state: JournalState) -> None:
        """Store that nothing was done."""
        with self._left_to_reconciler(entry):
            await self._group.submit(Settlement(self._journal, entry.id, self._holder, state))

    @contextmanager
    def _left_to_reconciler(self, entry: JournalEntry) -> Iterator[None]:
        """Log a state that the store can't take. The reconciler finds the entry when its lease has ended."""
        try:
            yield
        except StoreUnavailable as error:
            _log.warning(
                "write_state_not_stored", mutation=entry.mutation, provider=entry.provider, reason=error.message
            )


async def _repeated(write: Write[Any], attempt: str) -> Any:
    try:
        return await write.repeat(attempt)
    except RetryLater as error:
        # This call did nothing; the earlier one may have.
        raise _still_unknown(error) from error


def _still_unknown(error: RetryLater) -> OutcomeUnknown:
    message = "It may have been done; the provider can't be asked now."
    return OutcomeUnknown(message, provider=error.provider, retry_after=error.retry_after or RETRY_AFTER)


def _not_proved(write: Write[Any], seconds: float) -> OutcomeUnknown:
    message = "It may have been done: the provider does not show it, and may do so later. Nothing was sent again."
    return OutcomeUnknown(message, provider=write.provider, retry_after=seconds)
