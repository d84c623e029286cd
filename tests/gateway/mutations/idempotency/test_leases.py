import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.mutations.idempotency.leases import LEASE, Leases
from gateway.storage import JournalEntry, JournalState, Store
from tests.gateway.storage.clock import NOON, Clock

ENTRY = JournalEntry(
    id="j-1",
    user_id="ada",
    mutation="sendMessage",
    attempt="0123456789abcdef" * 2,
    idempotency_key="one",
    request=b"{}",
    holder="",
    lease_until=NOON + LEASE,
    started_at=NOON,
    updated_at=NOON,
)


@pytest.fixture
async def leases(store: Store, clock: Clock) -> AsyncIterator[Leases]:
    leases = Leases(store, clock, beat_seconds=0.01)
    async with store.write() as transaction:
        await store.journal.begin(transaction, replace(ENTRY, holder=leases.holder))
    yield leases
    await leases.stop()


async def entry_of(store: Store) -> JournalEntry:
    entry = await store.journal.find("ada", "sendMessage", "one")
    assert entry is not None
    return entry


async def test_what_goes_on_keeps_its_lease(store: Store, leases: Leases, clock: Clock) -> None:
    with leases.held("j-1"):
        clock.pass_by(timedelta(minutes=1))
        async with asyncio.timeout(5):
            while (await entry_of(store)).lease_until < clock() + LEASE:
                pass


async def test_what_is_over_loses_it(store: Store, leases: Leases, clock: Clock) -> None:
    with leases.held("j-1"):
        pass
    clock.pass_by(timedelta(minutes=1))
    with leases.held("another"):
        await asyncio.sleep(0.05)

    assert (await entry_of(store)).lease_until == NOON + LEASE


async def test_what_is_in_doubt_by_now_is_not_taken_for_going_on(store: Store, leases: Leases, clock: Clock) -> None:
    async with store.write() as transaction:
        await store.journal.doubt(transaction, "j-1", leases.holder, provable_at=NOON, look_at=NOON)
    with leases.held("j-1"):
        await asyncio.sleep(0.05)

    entry = await entry_of(store)
    assert (entry.state, entry.lease_until) == (JournalState.UNKNOWN, NOON)
