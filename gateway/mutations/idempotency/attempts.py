"""An attempt at a write that is in the journal: the call, what is kept of it, and what is found of an earlier one.

Two writes with the same input may be in doubt at once. Whatever is found for one of them is taken for the other; and
one whose own answer is about an object that was taken meanwhile looks for another, as if no answer had come.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from gateway.events.recorder import Recorder
from gateway.mutations.idempotency.settling import Settling
from gateway.mutations.operation import Act, Done, Write
from gateway.storage import JournalEntry, JournalState, Store, Transaction
from providers.api.capabilities import LostWrite
from providers.domain.errors import OutcomeUnknown, ProviderError, RetryLater, StoreUnavailable
from providers.domain.ids import Identity
from providers.http import MAX_SKEW

_FIRST_PAUSE = 0.25
_MAX_PAUSE = 2.0

_LONGEST_WAIT = 5.0
"""Seconds for which a caller waits for the proof that a write was not done; a longer wait is left to the caller."""

RETRY_AFTER = 10.0
"""Seconds after which to retry if the provider, which can't be asked now, names no time."""

_TAKEN_WITHIN = 3 * MAX_SKEW
"""How long before a write others may have been done that its provider shows among those that are new enough."""

_log = structlog.get_logger(__name__)


class _Taken(Exception):
    """Another write has come to this object."""


class Attempts:
    """For entries whose lease `holder` has; it goes on meanwhile."""

    def __init__(self, store: Store, recorder: Recorder, doubt: Settling, holder: str) -> None:
        self._store = store
        self._recorder = recorder
        self._doubt = doubt
        self._holder = holder

    async def make(self, entry: JournalEntry, write: Write) -> Done:
        """Calls the provider for the first time."""
        return await self._call(entry, write, write.act)

    async def resume(self, entry: JournalEntry, write: Write, provable_at: datetime) -> Done:
        """Takes in what an earlier try has done; makes another where that does no harm, or nothing surely was.

        OutcomeUnknown, with the time after which to retry, while not finding it proves nothing.
        """
        while True:
            found = await self._watched(entry, write, provable_at)
            if found is None:
                act = write.act if write.again is None else partial(_repeated, write.again)
                return await self._call(entry, write, act)
            with suppress(_Taken):
                return await self._keep(entry, write, found)

    async def settle(self, entry: JournalEntry, write: Write, provable_at: datetime) -> None:
        """Takes in what an earlier try has done; notes that it is absent once that is proved. Sends nothing."""
        found = await self._found(entry, write, provable_at)
        if found is None and write.find is not None and self._doubt.now() >= provable_at:
            await self._conclude(entry, JournalState.ABSENT)
            return
        with suppress(_Taken):
            if found is not None:
                await self._keep(entry, write, found)
                return
        await self.leave(entry, provable_at)

    async def leave(self, entry: JournalEntry, provable_at: datetime) -> None:
        """Note that its outcome is unknown yet, and when to look again."""
        look_at = self._doubt.look_at(entry, provable_at)
        with self._noting(entry):
            async with self._store.write() as transaction:
                await self._store.journal.doubt(
                    transaction, entry.id, self._holder, provable_at=provable_at, look_at=look_at
                )

    async def _call(self, entry: JournalEntry, write: Write, act: Act) -> Done:
        try:
            result = await act(entry.attempt)
        except Exception as error:
            if isinstance(error, ProviderError) and not error.ambiguous:
                await self._conclude(entry, JournalState.FAILED)
            else:
                await self.leave(entry, self._doubt.provable_after(entry, error))
            raise
        try:
            return await self._keep(entry, write, result)
        except _Taken:
            return await self.resume(entry, write, self._doubt.provable_after_call(entry))

    async def _keep(self, entry: JournalEntry, write: Write, result: Any) -> Done:
        """The outcome, what it changes and what the feed says of it, all at once."""
        try:
            async with self._recorder.record() as record:
                done = await write.keep(record, result)
                if write.makes_one and not done.is_new and _id(done) in await self._taken(entry, record.transaction):
                    raise _Taken
                state = JournalState.DONE if done.error is None else JournalState.FAILED
                await self._store.journal.settle(record.transaction, entry.id, state, _outcome(done))
        except StoreUnavailable as error:
            message = f"It was done, and could not be noted. {error.message} Ask again with the same idempotencyKey."
            raise OutcomeUnknown(message, provider=write.provider) from error
        if done.error is not None:
            raise done.error
        return done

    async def _watched(self, entry: JournalEntry, write: Write, provable_at: datetime) -> Any:
        """What is found until it surely isn't there; at the first look where it may be sent again anyway."""
        time = asyncio.get_running_loop().time
        seconds, pause = (provable_at - self._doubt.now()).total_seconds(), _FIRST_PAUSE
        end = time() + seconds
        while True:
            left = end - time()
            found = await self._found(entry, write, provable_at)
            if found is not None or write.again is not None or left <= 0:
                return found
            if seconds > _LONGEST_WAIT:
                await self.leave(entry, provable_at)
                raise _not_proved(write, left)
            await asyncio.sleep(min(pause, left))
            pause = min(2 * pause, _MAX_PAUSE)

    async def _found(self, entry: JournalEntry, write: Write, provable_at: datetime) -> Any:
        if write.find is None:
            return None
        try:
            taken = await self._taken(entry) if write.makes_one else frozenset[str]()
            return await write.find(LostWrite(attempt=entry.attempt, since=entry.started_at, taken=taken))
        except Exception as error:
            await self.leave(entry, provable_at)
            raise _still_unknown(error) if isinstance(error, RetryLater) else error from None

    async def _taken(self, entry: JournalEntry, transaction: Transaction | None = None) -> frozenset[str]:
        """The external ids of what others of the kind came to."""
        since = entry.started_at - _TAKEN_WITHIN
        others = await self._store.journal.outcomes(entry.provider, entry.mutation, since, transaction)
        identities = (Identity.parse((each.outcome or {}).get("id", "")) for each in others if each.id != entry.id)
        return frozenset(identity.external_id for identity in identities if identity)

    async def _conclude(self, entry: JournalEntry, state: JournalState) -> None:
        """Note that it came to nothing."""
        with self._noting(entry):
            async with self._store.write() as transaction:
                await self._store.journal.settle(transaction, entry.id, state, None, self._holder)

    @contextmanager
    def _noting(self, entry: JournalEntry) -> Iterator[None]:
        """An entry that can't be noted is left to the reconciler."""
        try:
            yield
        except StoreUnavailable as error:
            _log.warning("write_not_noted", mutation=entry.mutation, provider=entry.provider, reason=error.message)


async def _repeated(again: Act, attempt: str) -> Any:
    """A try that surely did nothing says nothing about the earlier one."""
    try:
        return await again(attempt)
    except RetryLater as error:
        raise _still_unknown(error) from error


def _still_unknown(error: RetryLater) -> OutcomeUnknown:
    message = "It may have been done; the provider can't be asked now."
    return OutcomeUnknown(message, provider=error.provider, retry_after=error.retry_after or RETRY_AFTER)


def _not_proved(write: Write, seconds: float) -> OutcomeUnknown:
    message = "It may have been done: the provider does not show it, and may do so later. Nothing was sent again."
    return OutcomeUnknown(message, provider=write.provider, retry_after=seconds)


def _id(done: Done) -> str | None:
    identity = Identity.parse(done.entity.id) if done.entity else None
    return identity.external_id if identity else None


def _outcome(done: Done) -> Mapping[str, Any]:
    outcome: dict[str, Any] = {"created": done.created}
    if done.entity is not None:
        outcome["id"] = done.entity.id
    if done.authorization_url is not None:
        outcome["authorization_url"] = done.authorization_url
    return outcome
