"""An attempt at a write that is in the journal: the call, what is kept of it, and what is found of an earlier one.

Two writes with the same input may be in doubt at once. Whatever is found for one of them is taken for the other; and
one whose own answer is about an object that was taken meanwhile looks for another, as if no answer had come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from gateway.events.record import Recorder
from gateway.store import JournalEntry, JournalState, Store, StoreUnavailable, Transaction
from gateway.writing.doubt import SKEW, Doubt
from gateway.writing.write import Done, Write
from providers.capability import Trace
from providers.errors import OutcomeUnknown, ProviderError, RetryLater
from providers.identity import Identity

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0
_log = structlog.get_logger(__name__)


class _Taken(Exception):
    """Another write has come to this object."""


class Attempts:
    """For entries whose lease `holder` has; it goes on meanwhile."""

    def __init__(self, store: Store, recorder: Recorder, doubt: Doubt, holder: str) -> None:
        self._store = store
        self._recorder = recorder
        self._doubt = doubt
        self._holder = holder

    async def make(self, entry: JournalEntry, write: Write) -> Done:
        """Calls the provider for the first time."""
        return await self._call(entry, write, write.act)

    async def resume(self, entry: JournalEntry, write: Write, over_at: datetime) -> Done:
        """Takes in what an earlier attempt has done; makes another where that does no harm, or nothing surely was."""
        while True:
            found = await self._watched(entry, write, over_at)
            if found is None:
                act = write.act if write.again is None else partial(_repeated, write.again)
                return await self._call(entry, write, act)
            with suppress(_Taken):
                return await self._keep(entry, write, found)

    async def settle(self, entry: JournalEntry, write: Write, over_at: datetime) -> None:
        """Takes in what an earlier attempt has done; it failed where surely nothing was. Calls for nothing."""
        found = await self._found(entry, write, over_at)
        if found is None and self._doubt.now() >= over_at:
            await self._note(entry, None)
            return
        with suppress(_Taken):
            if found is not None:
                await self._keep(entry, write, found)
                return
        await self._note(entry, over_at)

    async def _call(self, entry: JournalEntry, write: Write, act: Callable[[], Awaitable[Any]]) -> Done:
        try:
            result = await act()
        except Exception as error:
            surely_not = isinstance(error, ProviderError) and not error.ambiguous
            await self._note(entry, None if surely_not else self._doubt.over_after(entry, error))
            raise
        try:
            return await self._keep(entry, write, result)
        except _Taken:
            return await self.resume(entry, write, self._doubt.now() + self._doubt.longest_call(entry))

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

    async def _watched(self, entry: JournalEntry, write: Write, over_at: datetime) -> Any:
        """What is found until it surely isn't there; at the first look where it may be sent again anyway."""
        time = asyncio.get_running_loop().time
        end, pause = time() + (over_at - self._doubt.now()).total_seconds(), _FIRST_PAUSE
        while True:
            left = end - time()
            found = await self._found(entry, write, over_at)
            if found is not None or write.again is not None or left <= 0:
                return found
            await asyncio.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _found(self, entry: JournalEntry, write: Write, over_at: datetime) -> Any:
        if write.find is None:
            return None
        try:
            taken = await self._taken(entry) if write.makes_one else frozenset[str]()
            return await write.find(Trace(since=entry.started_at - SKEW, taken=taken))
        except Exception as error:
            await self._note(entry, over_at)
            raise _still_unknown(error) if isinstance(error, RetryLater) else error from None

    async def _taken(self, entry: JournalEntry, transaction: Transaction | None = None) -> frozenset[str]:
        """The external ids of what others of the kind came to."""
        since = entry.started_at - SKEW
        others = await self._store.journal.outcomes(entry.provider, entry.mutation, since, transaction)
        identities = (Identity.parse((each.outcome or {}).get("id", "")) for each in others if each.id != entry.id)
        return frozenset(identity.external_id for identity in identities if identity)

    async def _note(self, entry: JournalEntry, over_at: datetime | None) -> None:
        """That it failed; or that nobody knows before a time. An entry that can't be noted will be looked after."""
        journal = self._store.journal
        try:
            async with self._store.write() as transaction:
                if over_at is None:
                    await journal.settle(transaction, entry.id, JournalState.FAILED, None, self._holder)
                else:
                    await journal.doubt(transaction, entry.id, self._holder, over_at)
        except StoreUnavailable as error:
            _log.warning("write_not_noted", mutation=entry.mutation, provider=entry.provider, reason=error.message)


async def _repeated(again: Callable[[], Awaitable[Any]]) -> Any:
    """An attempt that surely did nothing tells nothing of the earlier one."""
    try:
        return await again()
    except RetryLater as error:
        raise _still_unknown(error) from error


def _still_unknown(error: RetryLater) -> OutcomeUnknown:
    message = "It may have been done; the provider can't be asked now."
    return OutcomeUnknown(message, provider=error.provider, retry_after=error.retry_after)


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
