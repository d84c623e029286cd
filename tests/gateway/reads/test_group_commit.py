import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from gateway.events.hub import Hub
from gateway.events.recorder import Record, Recorder
from gateway.reads.fetch import Fetch, Fetched, FetchKey, FetchTimes, Lifetime
from gateway.reads.group_commit import GroupCommit
from gateway.storage import Cipher, Store
from gateway.storage.fetch_kind import FetchKind
from tests.gateway.storage.conftest import KEY
from tests.testkit.clock import NOON, Clock
from tests.testkit.statements import statements

TIMES = FetchTimes(started_at=NOON, previous=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Fetch[int]):
    fails: bool = False

    async def fetch(self, _: FetchTimes) -> int:
        return 0

    async def store(self, record: Record, fetched: int, times: FetchTimes) -> None:
        if self.fails:
            raise ZeroDivisionError


def key(number: int) -> FetchKey:
    start = NOON + timedelta(days=number)
    return FetchKey(provider="p", kind=FetchKind.MEETINGS, source="s", start=start, end=start + timedelta(days=1))


async def store_one(group_commit: GroupCommit, number: int, *, fails: bool = False) -> None:
    fetch = Numbered(key=key(number), account_keys=(), lifetime=Lifetime(fresh=1, usable=1), fails=fails)
    await group_commit.commit(group_commit.queue([Fetched(fetch=fetch, result=0, times=TIMES)]))


async def read_at(store: Store, *numbers: int) -> list[datetime | None]:
    found = await store.read_log.read_at([key(number) for number in numbers])
    return [found.get(key(number)) for number in numbers]


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(sqlite_url, Cipher([KEY]), Clock())
    yield opened
    await opened.aclose()


@pytest.fixture
def group_commit(store: Store) -> GroupCommit:
    return GroupCommit(store, Recorder(store, Hub(store), Clock()))


async def test_results_that_arrive_during_a_write_share_the_next_transaction(
    store: Store, group_commit: GroupCommit
) -> None:
    with statements(store) as sent:
        await asyncio.gather(*(store_one(group_commit, number) for number in range(20)))
    assert sum(statement.startswith("BEGIN") for statement in sent) == 2
    assert await read_at(store, *range(20)) == [NOON] * 20


async def test_a_result_that_can_not_be_stored_fails_alone(store: Store, group_commit: GroupCommit) -> None:
    outcomes = await asyncio.gather(
        *(store_one(group_commit, number, fails=number == 2) for number in range(4)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), ZeroDivisionError, type(None)]
    assert await read_at(store, 0, 1, 2, 3) == [NOON, NOON, None, NOON]


async def test_a_failure_does_not_affect_the_next_result(store: Store, group_commit: GroupCommit) -> None:
    with pytest.raises(ZeroDivisionError):
        await store_one(group_commit, 0, fails=True)
    await store_one(group_commit, 0)
    assert await read_at(store, 0) == [NOON]
