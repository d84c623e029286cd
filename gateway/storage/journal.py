"""Write journal: each mutation's request, stored before a provider is called, and its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, or_, select, true, update

from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.rows import Keyset, OrderedRows, insert_new
from gateway.storage.tables import journal
from gateway.storage.transaction import CompiledStatement
from gateway.storage.values import from_microseconds, to_microseconds

Json = Mapping[str, Any]


class JournalState(Enum):
    """State of a write.

    PENDING: the response is awaited. DONE: the write succeeded. FAILED: it was refused; its idempotency key is free.
    UNKNOWN: the response was lost. ABSENT: the response was lost, and a later search proved that the write had no
    effect; the entry holds its key, and the next request with this key retries the write.
    """

    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    ABSENT = "ABSENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A mutation and its state. `attempt` (32 hex digits) identifies it to providers, also when it is retried.

    `holder` is the process that runs it. After `lease_until` the holder is considered dead; for an UNKNOWN entry this
    is the time of the next search. `provable_at` is set once the outcome is unknown: from then on, a search that does
    not find the write proves that it had no effect. `request` (JSON) and `outcome` (a JSON object) are encrypted in
    the store.
    """

    id: str
    user_id: str
    mutation: str
    attempt: str
    request: bytes = field(repr=False)
    holder: str
    lease_until: datetime
    started_at: datetime
    updated_at: datetime
    idempotency_key: str | None = None
    provider: str | None = None
    account_key: str | None = None
    state: JournalState = JournalState.PENDING
    provable_at: datetime | None = None
    outcome: Json | None = field(default=None, repr=False)


class Journal:
    """Journal entries: at most one per user, mutation and key, besides FAILED ones, which free the key."""

    def __init__(self, database: Database, cipher: Cipher, now: Callable[[], datetime]) -> None:
        self._cipher = cipher
        self._now = now
        self._database = database
        self._list = OrderedRows(database, Keyset(journal, (journal.c.started_at, journal.c.id)), self._model)

    async def begin(self, transaction: Transaction, entry: JournalEntry) -> JournalEntry | None:
        """Store the entry and return None; if one with its user, mutation and key exists, return that one."""
        if await insert_new(transaction, journal, self._row(entry)):
            return None
        return await self.find(entry.user_id, entry.mutation, str(entry.idempotency_key), transaction)

    async def settle(
        self, transaction: Transaction, id: str, state: JournalState, outcome: Json | None, holder: str | None = None
    ) -> bool:
        """Store the final state and the outcome. Return False if the entry is settled already.

        With `holder`, return False also if another process holds the entry.
        """
        sealed = None if outcome is None else self._cipher.encrypt(orjson.dumps(outcome), "outcome", id)
        values = {"of_id": id, "final": state.value, "sealed": sealed, "settled_at": to_microseconds(self._now())}
        if holder is not None:
            values["of_holder"] = holder
        return await transaction.change(_settle(transaction.dialect.name, tuple(values)), [values]) == 1

    async def mark_unknown(
        self, transaction: Transaction, id: str, holder: str, *, provable_at: datetime, look_at: datetime
    ) -> bool:
        """Set the state to UNKNOWN. Return False if the entry is settled already or another process holds it."""
        ours = and_(journal.c.id == id, journal.c.holder == holder, _UNSETTLED)
        values = {
            "state": JournalState.UNKNOWN.value,
            "provable_at": to_microseconds(provable_at),
            "lease_until": to_microseconds(look_at),
        }
        marked = await transaction.execute(update(journal).where(ours).values(values))
        return marked.rowcount == 1

    async def outcomes(
        self, provider: str | None, mutation: str, since: datetime, transaction: Transaction | None = None
    ) -> list[JournalEntry]:
        """Return the entries of a provider and a mutation that have had an outcome since a time."""
        alike = and_(journal.c.provider == provider, journal.c.mutation == mutation, journal.c.outcome.is_not(None))
        return await self._list.where(and_(alike, journal.c.updated_at >= to_microseconds(since)), transaction)

    async def find(
        self, user_id: str, mutation: str, key: str, transaction: Transaction | None = None
    ) -> JournalEntry | None:
        """Return the entry that holds the key, or None if the key is free."""
        of_key = and_(journal.c.user_id == user_id, journal.c.mutation == mutation, journal.c.idempotency_key == key)
        found = await self._list.where(and_(of_key, journal.c.state != JournalState.FAILED.value), transaction)
        return found[0] if found else None

    async def take_over(
        self, transaction: Transaction, entry: JournalEntry, holder: str, lease_until: datetime
    ) -> bool:
        """Lease the entry to `holder` and set it to PENDING. Return False if the stored entry has changed."""
        as_seen = and_(
            journal.c.holder == entry.holder,
            journal.c.lease_until == to_microseconds(entry.lease_until),
            journal.c.state == entry.state.value,
            _RESUMABLE,
        )
        return await self._lease(transaction, and_(journal.c.id == entry.id, as_seen), holder, lease_until)

    async def extend_lease(self, transaction: Transaction, id: str, holder: str, lease_until: datetime) -> bool:
        """Store a new end of the holder's lease. Return False if the entry is not PENDING or has another holder."""
        under_way = journal.c.state == JournalState.PENDING.value
        own = and_(journal.c.id == id, journal.c.holder == holder, under_way)
        return await self._lease(transaction, own, holder, lease_until)

    async def unsettled(self, before: datetime) -> list[JournalEntry]:
        """Return the PENDING and UNKNOWN entries whose lease ended before a time, oldest first."""
        return await self._list.where(and_(_UNSETTLED, journal.c.lease_until < to_microseconds(before)))

    async def counts(self) -> dict[JournalState, int]:
        """Return the number of entries in each state."""
        grouped = select(journal.c.state, func.count()).group_by(journal.c.state)
        async with self._database.read() as connection:
            found = {JournalState(state): count for state, count in await connection.execute(grouped)}
        return {state: found.get(state, 0) for state in JournalState}

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete entries that were started or settled before a time.

        PENDING entries with a valid lease and UNKNOWN entries before their `provable_at` are retained. A search for a
        write does not change its age.
        """
        last = to_microseconds(before)
        dead = and_(journal.c.state == JournalState.PENDING.value, journal.c.lease_until < last)
        lost = and_(journal.c.state == JournalState.UNKNOWN.value, journal.c.provable_at < last)
        old = and_(journal.c.updated_at < last, or_(~_UNSETTLED, dead, lost))
        await transaction.execute(delete(journal).where(old))

    async def _lease(
        self, transaction: Transaction, condition: ColumnElement[bool], holder: str, lease_until: datetime
    ) -> bool:
        values = {"holder": holder, "lease_until": to_microseconds(lease_until), "state": JournalState.PENDING.value}
        leased = await transaction.execute(update(journal).where(condition).values(values))
        return leased.rowcount == 1

    def _row(self, entry: JournalEntry) -> dict[str, Any]:
        outcome = entry.outcome
        return {
            "id": entry.id,
            "user_id": entry.user_id,
            "mutation": entry.mutation,
            "idempotency_key": entry.idempotency_key,
            "attempt": entry.attempt,
            "provider": entry.provider,
            "account_key": entry.account_key,
            "request": self._cipher.encrypt(entry.request, "request", entry.id),
            "state": entry.state.value,
            "outcome": None if outcome is None else self._cipher.encrypt(orjson.dumps(outcome), "outcome", entry.id),
            "holder": entry.holder,
            "lease_until": to_microseconds(entry.lease_until),
            "provable_at": to_microseconds(entry.provable_at),
            "started_at": to_microseconds(entry.started_at),
            "updated_at": to_microseconds(entry.updated_at),
        }

    def _model(self, row: Row[Any]) -> JournalEntry:
        outcome = row.outcome
        return JournalEntry(
            id=row.id,
            user_id=row.user_id,
            mutation=row.mutation,
            idempotency_key=row.idempotency_key,
            attempt=row.attempt,
            provider=row.provider,
            account_key=row.account_key,
            request=self._cipher.decrypt(row.request, "request", row.id),
            state=JournalState(row.state),
            outcome=None if outcome is None else orjson.loads(self._cipher.decrypt(outcome, "outcome", row.id)),
            holder=row.holder,
            lease_until=from_microseconds(row.lease_until),
            provable_at=from_microseconds(row.provable_at),
            started_at=from_microseconds(row.started_at),
            updated_at=from_microseconds(row.updated_at),
        )


_UNSETTLED = journal.c.state.in_([JournalState.PENDING.value, JournalState.UNKNOWN.value])
_RESUMABLE = or_(_UNSETTLED, journal.c.state == JournalState.ABSENT.value)


@cache
def _settle(dialect: str, names: tuple[str, ...]) -> CompiledStatement:
    settled: dict[str, ColumnElement[Any]] = {
        "state": bindparam("final"),
        "outcome": bindparam("sealed"),
        "updated_at": bindparam("settled_at"),
    }
    own = journal.c.holder == bindparam("of_holder") if "of_holder" in names else true()
    unsettled = or_(journal.c.state == JournalState.PENDING.value, journal.c.state == JournalState.UNKNOWN.value)
    statement = update(journal).where(journal.c.id == bindparam("of_id"), unsettled, own).values(settled)
    return CompiledStatement(statement, dialect, names)
