"""Parts that wait while a transaction is made durable share the next one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gateway.storage import Store, Transaction, Visibility
from gateway.storage.group_commit import GroupCommit, Part
from providers.domain.errors import StoreUnavailable
from tests.testkit.sample import account
from tests.testkit.statements import statements

Parts = GroupCommit[Transaction]


@dataclass(frozen=True)
class Connection(Part[Transaction, str]):
    """An account with this key. It `fails` after it was written."""

    store: Store
    key: str
    fails: bool = False

    async def write(self, transaction: Transaction) -> str:
        await self.store.accounts.put(transaction, account(self.key, external_id=self.key))
        if self.fails:
            raise ZeroDivisionError(self.key)
        return self.key


async def stored(store: Store, count: int) -> list[bool]:
    found = await store.accounts.get_many(Visibility.unrestricted(), [str(number) for number in range(count)])
    return [each is not None for each in found]


def transactions(sent: list[str]) -> int:
    return sum(each.startswith("BEGIN") or "pg_advisory_xact_lock" in each for each in sent)


@pytest.fixture
def group(store: Store) -> Parts:
    return GroupCommit(store.write)


async def test_parts_that_wait_during_a_transaction_share_the_next_one(store: Store, group: Parts) -> None:
    with statements(store) as sent:
        async with store.write():
            submitted = [group.submit(Connection(store, str(number))) for number in range(20)]
        assert await asyncio.gather(*submitted) == [str(number) for number in range(20)]
    assert transactions(sent) == 2
    assert await stored(store, 20) == [True] * 20


async def test_a_part_that_is_submitted_while_another_one_begins_shares_its_transaction(
    store: Store, group: Parts
) -> None:
    with statements(store) as sent:
        await asyncio.gather(*(group.submit(Connection(store, str(number))) for number in range(2)))
    assert transactions(sent) == 1


async def test_a_part_is_durable_when_its_future_is_done(store: Store, other_store: Store, group: Parts) -> None:
    await group.submit(Connection(store, "0"))
    assert await stored(other_store, 1) == [True]


async def test_a_part_that_fails_does_so_alone(store: Store, group: Parts) -> None:
    submitted = [group.submit(Connection(store, str(number), fails=number == 2)) for number in range(4)]
    outcomes = await asyncio.gather(*submitted, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [str, str, ZeroDivisionError, str]
    assert await stored(store, 4) == [True, True, False, True]


async def test_a_violated_constraint_fails_one_part_only(store: Store, group: Parts) -> None:
    taken = Connection(store, "0")
    twice = Connection(store, "0")
    submitted = [group.submit(part) for part in (taken, Duplicate(store, "1", "0"), twice, Connection(store, "2"))]
    outcomes = await asyncio.gather(*submitted, return_exceptions=True)
    assert [isinstance(outcome, str) for outcome in outcomes] == [True, False, True, True]
    assert await stored(store, 3) == [True, False, True]


@dataclass(frozen=True)
class Duplicate(Part[Transaction, str]):
    """An account that has the external id of another one of its user, which the store refuses."""

    store: Store
    key: str
    external_id: str

    async def write(self, transaction: Transaction) -> str:
        await self.store.accounts.put(transaction, account(self.key, external_id=self.external_id))
        return self.key


async def test_a_failure_does_not_affect_the_next_part(store: Store, group: Parts) -> None:
    with pytest.raises(ZeroDivisionError):
        await group.submit(Connection(store, "0", fails=True))
    await group.submit(Connection(store, "0"))
    assert await stored(store, 1) == [True]


async def test_all_parts_of_a_transaction_that_the_database_loses_fail_and_none_is_written_again(store: Store) -> None:
    begun = 0

    @asynccontextmanager
    async def losing() -> AsyncIterator[Transaction]:
        nonlocal begun
        begun += 1
        async with store.write() as transaction:
            yield transaction
        raise StoreUnavailable("The store can't be reached.", is_temporary=True)

    group: Parts = GroupCommit(losing)
    submitted = [group.submit(Connection(store, str(number))) for number in range(3)]
    outcomes = await asyncio.gather(*submitted, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
    assert begun == 1


async def test_parts_that_are_written_again_fail_together_when_the_database_fails(store: Store) -> None:
    begun = 0

    @asynccontextmanager
    async def losing() -> AsyncIterator[Transaction]:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise StoreUnavailable("The store is busy.", is_temporary=True)
        async with store.write() as transaction:
            yield transaction

    group: Parts = GroupCommit(losing)
    submitted = [group.submit(Connection(store, str(number), fails=number == 3)) for number in range(5)]
    outcomes = await asyncio.gather(*submitted, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [str, *[StoreUnavailable] * 4]
    assert begun == 3
    assert await stored(store, 5) == [True, *[False] * 4]


async def test_a_cancelled_caller_cancels_neither_its_own_part_nor_the_others(store: Store, group: Parts) -> None:
    async with store.write():
        submitted = [group.submit(Connection(store, str(number))) for number in range(3)]
        submitted[1].cancel()
    await group.drain()
    assert [each.cancelled() for each in submitted] == [False, True, False]
    assert await stored(store, 3) == [True] * 3


async def test_draining_waits_for_all_that_is_queued(store: Store, group: Parts) -> None:
    queued = [group.queue(Connection(store, str(number))) for number in range(3)]
    await group.drain()
    assert [each.done() for each in queued] == [True] * 3
    assert await stored(store, 3) == [True] * 3


async def test_a_part_that_is_only_queued_waits_for_the_next_commit(store: Store, group: Parts) -> None:
    queued = group.queue(Connection(store, "0"))
    with statements(store) as sent:
        await store.accounts.get_many(Visibility.unrestricted(), ["0"])
        assert not queued.done()
        await group.submit(Connection(store, "1"))
    assert queued.done()
    assert transactions(sent) == 1
