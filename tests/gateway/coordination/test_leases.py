"""Leases on the rows of both tables that have them: journal entries, and credentials that are being refreshed."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from gateway.coordination.leases import LeasedRows, Leases
from gateway.storage import JournalEntry, JournalState, Store, Transaction
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import keep_accounts

DURATION = timedelta(seconds=5)
ROW, OTHER_ROW = "acc-1", "acc-2"


class Rows(ABC):
    """A table with a row ROW."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    @abstractmethod
    def table(self) -> LeasedRows[Transaction]: ...

    @abstractmethod
    async def begin(self, holder: str, lease_until: datetime) -> None:
        """Give the row a lease."""

    @abstractmethod
    async def settle(self) -> None:
        """End the work on the row."""

    @abstractmethod
    async def lease_until(self) -> datetime | None:
        """Return the end of the row's lease."""


class JournalRows(Rows):
    @property
    def table(self) -> LeasedRows[Transaction]:
        return self.store.journal

    async def begin(self, holder: str, lease_until: datetime) -> None:
        entry = JournalEntry(
            id=ROW,
            user_id="ada",
            mutation="sendMessage",
            attempt="0123456789abcdef" * 2,
            idempotency_key="one",
            request=b"{}",
            holder=holder,
            lease_until=lease_until,
            started_at=NOON,
            updated_at=NOON,
        )
        async with self.store.write() as transaction:
            await self.store.journal.begin(transaction, entry)

    async def settle(self) -> None:
        async with self.store.write() as transaction:
            await self.store.journal.settle(transaction, ROW, JournalState.DONE, {})

    async def lease_until(self) -> datetime | None:
        entry = await self.store.journal.find("ada", "sendMessage", "one")
        return None if entry is None else entry.lease_until


class CredentialRows(Rows):
    @property
    def table(self) -> LeasedRows[Transaction]:
        return self.store.credentials

    async def begin(self, holder: str, lease_until: datetime) -> None:
        async with self.store.write() as transaction:
            await self.store.credentials.put(transaction, ROW, {"refresh_token": "made-up"})
            await self.store.credentials.begin_spending(transaction, ROW, "fingerprint", holder, lease_until)

    async def settle(self) -> None:
        async with self.store.write() as transaction:
            await self.store.credentials.release_spending(transaction, ROW, "fingerprint")

    async def lease_until(self) -> datetime | None:
        spending = await self.store.credentials.spending(ROW)
        return None if spending is None else spending.lease_until


@pytest.fixture(params=[JournalRows, CredentialRows], ids=["journal", "credentials"])
async def rows(request: pytest.FixtureRequest, store: Store) -> Rows:
    await keep_accounts(store)
    rows: Rows = request.param(store)
    return rows


@pytest.fixture
async def leases(store: Store, rows: Rows, clock: Clock) -> AsyncIterator[Leases[Transaction]]:
    leases = Leases(rows.table, store.write, clock, DURATION, beat_seconds=0.01)
    yield leases
    await leases.stop()


async def until_extended(rows: Rows, end: datetime) -> None:
    async with asyncio.timeout(5):
        while await rows.lease_until() != end:
            pass


async def test_the_lease_of_a_held_row_is_extended(rows: Rows, leases: Leases[Transaction], clock: Clock) -> None:
    await rows.begin(leases.holder, leases.until())
    with leases.held(ROW):
        clock.pass_by(timedelta(minutes=1))
        await until_extended(rows, clock() + DURATION)


async def test_the_lease_of_a_released_row_is_not_extended(
    rows: Rows, leases: Leases[Transaction], clock: Clock
) -> None:
    await rows.begin(leases.holder, leases.until())
    with leases.held(ROW):
        pass
    clock.pass_by(timedelta(minutes=1))
    with leases.held(OTHER_ROW):
        await asyncio.sleep(0.05)

    assert await rows.lease_until() == NOON + DURATION


async def test_the_lease_of_another_process_is_not_extended(
    rows: Rows, leases: Leases[Transaction], clock: Clock
) -> None:
    await rows.begin("another process", leases.until())
    clock.pass_by(timedelta(minutes=1))
    with leases.held(ROW):
        await asyncio.sleep(0.05)

    assert await rows.lease_until() == NOON + DURATION


async def test_a_row_whose_work_is_over_gets_no_lease_again(
    rows: Rows, leases: Leases[Transaction], clock: Clock
) -> None:
    await rows.begin(leases.holder, leases.until())
    await rows.settle()
    before = await rows.lease_until()
    clock.pass_by(timedelta(minutes=1))
    with leases.held(ROW):
        await asyncio.sleep(0.05)

    assert await rows.lease_until() == before


async def test_an_entry_with_an_unknown_outcome_is_not_extended(store: Store, clock: Clock) -> None:
    rows, leases = JournalRows(store), Leases(store.journal, store.write, clock, DURATION, beat_seconds=0.01)
    await rows.begin(leases.holder, leases.until())
    async with store.write() as transaction:
        await store.journal.mark_unknown(transaction, ROW, leases.holder, provable_at=NOON, look_at=NOON)
    with leases.held(ROW):
        await asyncio.sleep(0.05)

    entry = await store.journal.find("ada", "sendMessage", "one")
    assert entry is not None
    assert (entry.state, entry.lease_until) == (JournalState.UNKNOWN, NOON)
    await leases.stop()


@pytest.mark.parametrize(("seconds", "expected"), [(1, True), (0, False), (-1, False)])
async def test_a_row_is_elsewhere_until_the_lease_of_another_process_ends(
    store: Store, clock: Clock, seconds: int, expected: bool
) -> None:
    leases = Leases(store.journal, store.write, clock, DURATION)

    assert leases.is_elsewhere("another process", NOON + timedelta(seconds=seconds)) is expected
    assert not leases.is_elsewhere(leases.holder, NOON + DURATION)
