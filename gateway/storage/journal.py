"""Write journal: each mutation's request, stored before a provider is called, and its outcome."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import orjson

from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.prepared import Condition, Row, among
from gateway.storage.rows import Keyset, insert_new
from gateway.storage.tables import journal
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
        keyset = Keyset(journal, (journal.c.started_at, journal.c.id))
        self._table = EntityTable(database, keyset, _COLUMNS, self._model)

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
        settled = {"id": id, "state": state.value, "outcome": sealed, "at": to_microseconds(self._now())}
        if holder is None:
            return await transaction.change(_SETTLE, settled) == 1
        return await transaction.change(_SETTLE_OWN, {**settled, "holder": holder}) == 1

    async def mark_unknown(
        self, transaction: Transaction, id: str, holder: str, *, provable_at: datetime, look_at: datetime
    ) -> bool:
        """Set the state to UNKNOWN. Return False if the entry is settled already or another process holds it."""
        times = {"provable_at": to_microseconds(provable_at), "look_at": to_microseconds(look_at)}
        return await transaction.change(_MARK_UNKNOWN, {"id": id, "holder": holder, **times}) == 1

    async def outcomes(
        self, provider: str | None, mutation: str, since: datetime, transaction: Transaction | None = None
    ) -> list[JournalEntry]:
        """Return the entries of a provider and a mutation that have had an outcome since a time."""
        if provider is None:
            of_provider = Condition("journal.provider IS NULL")
        else:
            of_provider = Condition("journal.provider = :provider", {"provider": provider})
        return await self._table.where(
            of_provider,
            Condition("journal.mutation = :mutation", {"mutation": mutation}),
            Condition("journal.outcome IS NOT NULL"),
            Condition("journal.updated_at >= :since", {"since": to_microseconds(since)}),
            transaction=transaction,
        )

    async def find(
        self, user_id: str, mutation: str, key: str, transaction: Transaction | None = None
    ) -> JournalEntry | None:
        """Return the entry that holds the key, or None if the key is free."""
        of_key = {"user_id": user_id, "mutation": mutation, "key": key}
        found = await self._table.where(Condition(_OF_KEY, of_key), transaction=transaction)
        return found[0] if found else None

    async def take_over(
        self, transaction: Transaction, entry: JournalEntry, holder: str, lease_until: datetime
    ) -> bool:
        """Lease the entry to `holder` and set it to PENDING. Return False if the stored entry has changed."""
        as_seen = {
            "id": entry.id,
            "seen_holder": entry.holder,
            "seen_lease_until": to_microseconds(entry.lease_until),
            "seen_state": entry.state.value,
        }
        lease = {"holder": holder, "lease_until": to_microseconds(lease_until)}
        return await transaction.change(_TAKE_OVER, {**as_seen, **lease}) == 1

    async def extend_lease(self, transaction: Transaction, id: str, holder: str, lease_until: datetime) -> bool:
        """Store a new end of the holder's lease. Return False if the entry is not PENDING or has another holder."""
        lease = {"id": id, "holder": holder, "lease_until": to_microseconds(lease_until)}
        return await transaction.change(_EXTEND_LEASE, lease) == 1

    async def unsettled(self, before: datetime) -> list[JournalEntry]:
        """Return the PENDING and UNKNOWN entries whose lease ended before a time, oldest first."""
        ended = Condition("journal.lease_until < :before", {"before": to_microseconds(before)})
        return await self._table.where(Condition(_UNSETTLED), ended)

    async def unsettled_of(
        self, mutation: str, account_keys: Collection[str], transaction: Transaction | None = None
    ) -> list[JournalEntry]:
        """Return the PENDING and UNKNOWN entries of a mutation that have a key, of some accounts, oldest first."""
        return await self._table.where(
            Condition(_UNSETTLED),
            Condition("journal.mutation = :mutation AND journal.idempotency_key IS NOT NULL", {"mutation": mutation}),
            among("journal.account_key", "accounts", account_keys),
            transaction=transaction,
        )

    async def counts(self) -> dict[JournalState, int]:
        """Return the number of entries in each state."""
        found = {JournalState(state): count for state, count in await self._database.select(_COUNTS)}
        return {state: found.get(state, 0) for state in JournalState}

    async def forget(self, transaction: Transaction, before: datetime) -> None:
        """Delete entries that were started or settled before a time.

        PENDING entries with a valid lease and UNKNOWN entries before their `provable_at` are retained. A search for a
        write does not change its age.
        """
        await transaction.change(_FORGET, {"before": to_microseconds(before)})

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

    def _model(self, row: Row) -> JournalEntry:
        stored = dict(zip(_NAMES, row, strict=True))
        key, request, outcome = stored["id"], stored["request"], stored["outcome"]
        return JournalEntry(
            id=key,
            user_id=stored["user_id"],
            mutation=stored["mutation"],
            idempotency_key=stored["idempotency_key"],
            attempt=stored["attempt"],
            provider=stored["provider"],
            account_key=stored["account_key"],
            request=self._cipher.decrypt(request, "request", key),
            state=JournalState(stored["state"]),
            outcome=None if outcome is None else orjson.loads(self._cipher.decrypt(outcome, "outcome", key)),
            holder=stored["holder"],
            lease_until=from_microseconds(stored["lease_until"]),
            provable_at=from_microseconds(stored["provable_at"]),
            started_at=from_microseconds(stored["started_at"]),
            updated_at=from_microseconds(stored["updated_at"]),
        )


_COLUMNS = tuple(journal.c)
_NAMES = [column.name for column in _COLUMNS]

_UNSETTLED = "state IN ('PENDING', 'UNKNOWN')"
_OF_KEY = "user_id = :user_id AND mutation = :mutation AND idempotency_key = :key AND state <> 'FAILED'"

_SETTLE = f"UPDATE journal SET state = :state, outcome = :outcome, updated_at = :at WHERE id = :id AND {_UNSETTLED}"
_SETTLE_OWN = f"{_SETTLE} AND holder = :holder"
_MARK_UNKNOWN = f"""
    UPDATE journal SET state = 'UNKNOWN', provable_at = :provable_at, lease_until = :look_at
    WHERE id = :id AND holder = :holder AND {_UNSETTLED}
"""
_TAKE_OVER = """
    UPDATE journal SET state = 'PENDING', holder = :holder, lease_until = :lease_until
    WHERE id = :id AND holder = :seen_holder AND lease_until = :seen_lease_until AND state = :seen_state
    AND state IN ('PENDING', 'UNKNOWN', 'ABSENT')
"""
_EXTEND_LEASE = """
    UPDATE journal SET lease_until = :lease_until WHERE id = :id AND holder = :holder AND state = 'PENDING'
"""
_COUNTS = "SELECT state, count(*) FROM journal GROUP BY state"
_FORGET = f"""
    DELETE FROM journal
    WHERE updated_at < :before
    AND (
        NOT {_UNSETTLED}
        OR (state = 'PENDING' AND lease_until < :before)
        OR (state = 'UNKNOWN' AND provable_at < :before)
    )
"""
