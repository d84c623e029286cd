"""Runs mutations so that each intent is done once.

The intent is stored in the journal before the provider is called. The outcome is stored afterwards, in one transaction
with the changed entities and their events. A request with the key of an earlier one depends on that one's state:

* in progress, here or in another process: wait for it;
* done: return its outcome, with the entity as it is now;
* failed for sure: the key is free, so run the mutation as a new intent;
* unknown outcome: look for the effect at the provider. If it is found, store it as the lost answer. If it is proved to
  be missing, call the provider again (`gateway.mutations.idempotency.settling` says when that is).

Each entry has an attempt: a name of the intent for its provider, the same for each call.

A request without a key is an intent of its own, which is sent at most once. If its answer is lost, the
`gateway.mutations.idempotency.reconciler` finds out what happened, as it does for keys that no client uses again.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import orjson
from pydantic import TypeAdapter

from gateway.aio.single_flight import SingleFlight
from gateway.coordination.leases import Leases
from gateway.events.recorder import Recorder
from gateway.mutations.idempotency.attempts import RETRY_AFTER, Attempts
from gateway.mutations.idempotency.settling import LEASE, Settling, SettlingTimes
from gateway.mutations.idempotency.transitions import Begin, TakeOver
from gateway.mutations.write import Done, Preparation, Write
from gateway.storage import JournalEntry, JournalState, Store, Visibility
from gateway.storage.entity_lookup import EntityLookup
from providers.domain.commands import IF_GIVEN, OBJECT_IDS, Command
from providers.domain.errors import (
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    StoreUnavailable,
    Unavailable,
)
from providers.domain.identity import Identity
from providers.domain.text import can_identify
from providers.domain.viewer import Viewer

C = TypeVar("C")

_MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Intent:
    """A request for a mutation. `request` is the command in JSON without its key; equal commands have equal bytes.

    Ids of objects are in their long form, whichever the client sent: entries of earlier versions have no other.
    """

    user_id: str
    mutation: str
    key: str | None
    request: bytes

    @classmethod
    def of(cls, viewer: Viewer, mutation: str, command: Command[Any]) -> "Intent":
        """Raise InvalidInput if the idempotency key is empty, too long or has a control character."""
        request = _journalled(command)
        key = request.pop("idempotency_key", None)
        if key is not None and not 1 <= len(key) <= _MAX_KEY_LENGTH:
            raise InvalidInput("idempotencyKey must have 1 to 255 characters.", path=("input", "idempotencyKey"))
        if key is not None and not can_identify(key):
            raise InvalidInput("idempotencyKey contains a control character.", path=("input", "idempotencyKey"))
        # Sorted keys: entries of other releases compare as equal, whatever the order of a command's fields is there.
        return cls(viewer.user_id, mutation, key, orjson.dumps(request, option=orjson.OPT_SORT_KEYS))


def _journalled(command: Command[Any]) -> dict[str, Any]:
    """Return the fields of a command, without those that earlier releases lack and the client left out."""
    given = asdict(command)
    absent = [each.name for each in fields(command) if each.metadata == IF_GIVEN and given[each.name] is None]
    return {
        name: _long_form(value) if name in OBJECT_IDS else value for name, value in given.items() if name not in absent
    }


def _long_form(id: str) -> str:
    identity = Identity.parse(id)
    return id if identity is None else identity.long_form


def command_from_journal(kind: type[C], request: bytes, key: str | None = None) -> C:
    """Return the command that `Intent.request` was made of, with its key."""
    fields = orjson.loads(request)
    return TypeAdapter(kind).validate_python(fields if key is None else {**fields, "idempotency_key": key})


POLL_SECONDS = 0.1
"""Seconds between two looks at an entry that another process works on."""

_IntentKey = tuple[str, str, str | UUID]


class _OutcomeUnknownWithoutKey(OutcomeUnknown):
    """Not retryable: a second request can't be matched with this one, so it might do the same again."""

    retryable = False

    def __init__(self, error: OutcomeUnknown) -> None:
        message = "It may have been done. Look before you send it again: without an idempotencyKey it could come twice."
        super().__init__(message, provider=error.provider)


class JournalRunner:
    """Runs writes. One per process; `settling_times` are by the provider's name."""

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        entities: EntityLookup,
        now: Callable[[], datetime],
        settling_times: Mapping[str, SettlingTimes],
    ) -> None:
        self._journal = store.journal
        self._group = recorder.group
        self._entities = entities
        self._now = now
        self._settling = Settling(now, settling_times)
        self._leases = Leases(store.journal, store.write, now, LEASE)
        self._attempts = Attempts(store, recorder, self._settling, self._leases.holder)
        # Callers get the errors of their mutations, so the log does not.
        self._running: SingleFlight[_IntentKey, Any] = SingleFlight()

    async def run(self, intent: Intent, mutation: Preparation) -> Done:
        """Run the mutation, or return the outcome of an earlier request with the same key.

        Cancelling the caller does not stop a mutation that has begun.
        """
        key = _key(intent.user_id, intent.mutation, intent.key)
        # Not shared: if the running one fails, the next request with its key is a new attempt.
        while (running := self._running.get(key)) is not None:
            await asyncio.wait([running])
        try:
            return await asyncio.shield(self._running.start([key], self._attempt(intent, mutation)))
        except StoreUnavailable as error:
            raise Unavailable(error.message) from error
        except OutcomeUnknown as error:
            raise (_OutcomeUnknownWithoutKey(error) if intent.key is None else error) from error

    async def settle(self, entry: JournalEntry, mutation: Preparation) -> None:
        """Look for the effect of a write whose outcome is unknown, unless a request with its key runs. Send nothing."""
        key = _key(entry.user_id, entry.mutation, entry.idempotency_key)
        if self._running.get(key) is None:
            await asyncio.shield(self._running.start([key], self._settle(entry, mutation)))

    async def drain(self) -> None:
        """Wait for the running writes. Those that outlast a cancelled wait are left to the journal."""
        try:
            await self._running.drain()
        finally:
            await self._leases.stop()

    async def _attempt(self, intent: Intent, mutation: Preparation) -> Done:
        """Begin an entry and make its attempt, unless there is an earlier entry with the key.

        Most requests are the first with their key: it is looked for only if the mutation can't be prepared now, and
        by the index that the new entry breaks.
        """
        now = self._now()
        try:
            write = await mutation.prepare(now)
        except StoreUnavailable:
            raise
        except Exception:
            earlier = await self._earlier(intent)
            if earlier is None:
                raise
            return await self._follow(earlier, intent, mutation)
        entry = self._entry(intent, write, now)
        if await self._group.submit(Begin(self._journal, entry)) is not None:
            earlier = await self._earlier(intent)
            return await (self._follow(earlier, intent, mutation) if earlier else self._attempt(intent, mutation))
        with self._leases.held(entry.id):
            return await self._attempts.make(entry, write)

    async def _follow(self, earlier: JournalEntry, intent: Intent, mutation: Preparation) -> Done:
        """Return the outcome of an earlier entry, or find out what it is."""
        if earlier.state is JournalState.DONE:
            return await self._replay(earlier)
        write = await mutation.prepare(earlier.started_at)
        if not write.can_find and not write.repeatable:
            message = "It may have been done, and this provider has no way to find out."
            raise OutcomeUnknown(message, provider=write.provider, retry_after=RETRY_AFTER)
        if not await self._take_over(earlier):
            return await self._attempt(intent, mutation)
        with self._leases.held(earlier.id):
            return await self._attempts.resume(earlier, write, self._settling.provable_at(earlier))

    async def _earlier(self, intent: Intent) -> JournalEntry | None:
        """Return the entry of the key, once no other process works on it; None if the key is free."""
        while intent.key is not None:
            earlier = await self._journal.find(intent.user_id, intent.mutation, intent.key)
            if earlier is not None and earlier.request != intent.request:
                raise IdempotencyMismatch(
                    "This idempotencyKey was used with other input.", path=("input", "idempotencyKey")
                )
            if earlier is None or not self._is_running_elsewhere(earlier):
                return earlier
            await asyncio.sleep(POLL_SECONDS)
        return None

    def _is_running_elsewhere(self, entry: JournalEntry) -> bool:
        return entry.state is JournalState.PENDING and self._leases.is_elsewhere(entry.holder, entry.lease_until)

    def _entry(self, intent: Intent, write: Write[Any], now: datetime) -> JournalEntry:
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
        return await self._group.submit(TakeOver(self._journal, entry, self._leases.holder, self._leases.until()))

    async def _settle(self, entry: JournalEntry, mutation: Preparation) -> None:
        if not await self._take_over(entry):
            return
        provable_at = self._settling.provable_at(entry)
        with self._leases.held(entry.id):
            try:
                write = await mutation.prepare(entry.started_at)
            except Exception:
                await self._attempts.leave(entry, provable_at)
                raise
            await self._attempts.settle(entry, write, provable_at)

    async def _replay(self, entry: JournalEntry) -> Done:
        outcome = entry.outcome or {}
        identity = Identity.parse(outcome["id"]) if "id" in outcome else None
        entity = await self._entities.find(Visibility.unrestricted(), identity) if identity else None
        if identity is not None and entity is None:
            raise NotFound("It was done, and its object no longer exists.", provider=entry.provider)
        return Done(
            entity=entity,
            created=outcome.get("created", True),
            authorization_url=outcome.get("authorization_url"),
        )


def _key(user_id: str, mutation: str, idempotency_key: str | None) -> _IntentKey:
    """Return the key of an intent in this process. An intent without an idempotency key has one of its own."""
    return user_id, mutation, uuid4() if idempotency_key is None else idempotency_key
