"""How a mutation is done: once.

The intent is journalled before the provider is called; the outcome afterwards, in one transaction with what it changed
and with the events that tell it. What is known of a key decides what another request with the same key comes to:

* it is under way, here or in another process: the request waits for it;
* it was done: it is answered again, with the entity as it is known by now;
* it failed for sure: nothing is kept of it, and it is tried anew;
* its outcome is unknown: the provider is asked what is there. What is found is taken in as the answer that got lost;
  what surely isn't there is sent again (`gateway.mutations.idempotency.settling` says when that is).

Each entry has an attempt, which names the intent to its provider whenever it is tried.

Without a key every request is an intent of its own, which is sent once at the most. What becomes of it when its answer
gets lost is found out by `gateway.mutations.idempotency.reconciler`, as it is of keys that no client uses again.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from gateway.events.recorder import Recorder
from gateway.mutations.entity_lookup import EntityLookup
from gateway.mutations.idempotency.attempts import RETRY_AFTER, Attempts
from gateway.mutations.idempotency.leases import Leases
from gateway.mutations.idempotency.settling import Settling, SettlingTimes
from gateway.mutations.operation import Done, Intent, Prepare, Write
from gateway.storage import JournalEntry, JournalState, Store, Visibility
from providers.domain.errors import IdempotencyMismatch, NotFound, OutcomeUnknown, StoreUnavailable, Unavailable
from providers.domain.ids import Identity

R = TypeVar("R")

_LOOK_AGAIN = 0.1

_Place = tuple[str, str, str]
_Work = Coroutine[Any, Any, R]


class _Keyless(OutcomeUnknown):
    """Nobody could tell another request from the one whose outcome is unknown: it might do the same again."""

    retryable = False

    def __init__(self, error: OutcomeUnknown) -> None:
        message = "It may have been done. Look before you send it again: without an idempotencyKey it could come twice."
        super().__init__(message, provider=error.provider)


class JournalRunner:
    """Does writes. One a process; `settling` is by provider."""

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        known: EntityLookup,
        now: Callable[[], datetime],
        settling: Mapping[str, SettlingTimes] | None = None,
    ) -> None:
        self._store = store
        self._known = known
        self._now = now
        self._doubt = Settling(now, settling or {})
        self._leases = Leases(store, now)
        self._attempts = Attempts(store, recorder, self._doubt, self._leases.holder)
        self._running: dict[_Place, asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, intent: Intent, prepare: Prepare) -> Done:
        """Does the write, or answers what an earlier one with the same key came to.

        A caller that goes away does not stop a write that has begun.
        """
        place = _place(intent.user_id, intent.mutation, intent.key)
        while place is not None and (running := self._running.get(place)) is not None:
            await asyncio.wait([running])
        work = self._attempt(intent, prepare) if place is None else self._once(intent, prepare)
        try:
            return await asyncio.shield(self._start(work, place))
        except StoreUnavailable as error:
            raise Unavailable(error.message) from error
        except OutcomeUnknown as error:
            raise (_Keyless(error) if intent.key is None else error) from error

    async def settle(self, entry: JournalEntry, prepare: Prepare) -> None:
        """Finds out what came of an attempt that nobody comes back to, unless it is under way. Sends nothing."""
        place = _place(entry.user_id, entry.mutation, entry.idempotency_key)
        if place is None or place not in self._running:
            await asyncio.shield(self._start(self._settle(entry, prepare), place))

    async def drain(self) -> None:
        """Waits for the writes that are under way: who stops waiting leaves them to the journal."""
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self._leases.stop()

    def _start(self, work: _Work[R], place: _Place | None) -> asyncio.Task[R]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._landed)
        if place is not None:
            self._running[place] = task
            task.add_done_callback(lambda _: self._running.pop(place, None))
        return task

    def _landed(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def _once(self, intent: Intent, prepare: Prepare) -> Done:
        earlier = await self._earlier(intent)
        if earlier is None:
            return await self._attempt(intent, prepare)
        if earlier.state is JournalState.DONE:
            return await self._replay(earlier)
        write = await prepare(earlier.started_at)
        if write.find is None and write.again is None:
            message = "It may have been done, and this provider can't be asked."
            raise OutcomeUnknown(message, provider=write.provider, retry_after=RETRY_AFTER)
        if not await self._take_over(earlier):
            return await self._once(intent, prepare)
        with self._leases.held(earlier.id):
            return await self._attempts.resume(earlier, write, self._doubt.provable_at(earlier))

    async def _earlier(self, intent: Intent) -> JournalEntry | None:
        """What is known of the key, as soon as no other process is at it."""
        while True:
            earlier = await self._store.journal.find(intent.user_id, intent.mutation, intent.key or "")
            if earlier is not None and earlier.request != intent.request:
                raise IdempotencyMismatch(
                    "This idempotencyKey was used with other input.", path=("input", "idempotencyKey")
                )
            if earlier is None or not self._is_elsewhere(earlier):
                return earlier
            await asyncio.sleep(_LOOK_AGAIN)

    def _is_elsewhere(self, entry: JournalEntry) -> bool:
        under_way = entry.state is JournalState.PENDING and entry.lease_until > self._now()
        return under_way and entry.holder != self._leases.holder

    async def _attempt(self, intent: Intent, prepare: Prepare) -> Done:
        now = self._now()
        write = await prepare(now)
        entry = self._entry(intent, write, now)
        async with self._store.write() as transaction:
            faster = await self._store.journal.begin(transaction, entry)
        if faster is not None:
            return await self._once(intent, prepare)
        with self._leases.held(entry.id):
            return await self._attempts.make(entry, write)

    def _entry(self, intent: Intent, write: Write, now: datetime) -> JournalEntry:
        return JournalEntry(
            id=uuid4().hex,
            user_id=intent.user_id,
            mutation=intent.mutation,
            idempotency_key=intent.key,
            attempt=secrets.token_hex(16),
            provider=write.provider,
            account_key=write.account_key,
            request=intent.request,
            holder=self._leases.holder,
            lease_until=self._leases.until(),
            started_at=now,
            updated_at=now,
        )

    async def _take_over(self, entry: JournalEntry) -> bool:
        async with self._store.write() as transaction:
            holder, until = self._leases.holder, self._leases.until()
            return await self._store.journal.take_over(transaction, entry, holder, until)

    async def _settle(self, entry: JournalEntry, prepare: Prepare) -> None:
        if not await self._take_over(entry):
            return
        provable_at = self._doubt.provable_at(entry)
        with self._leases.held(entry.id):
            try:
                write = await prepare(entry.started_at)
            except Exception:
                await self._attempts.leave(entry, provable_at)
                raise
            await self._attempts.settle(entry, write, provable_at)

    async def _replay(self, entry: JournalEntry) -> Done:
        outcome = entry.outcome or {}
        identity = Identity.parse(outcome["id"]) if "id" in outcome else None
        entity = await self._known.find(Visibility.unrestricted(), identity) if identity else None
        if identity is not None and entity is None:
            raise NotFound("It was done, and what it made is gone by now.", provider=entry.provider)
        return Done(
            entity=entity,
            created=outcome.get("created", True),
            authorization_url=outcome.get("authorization_url"),
        )


def _place(user_id: str, mutation: str, key: str | None) -> _Place | None:
    return None if key is None else (user_id, mutation, key)
