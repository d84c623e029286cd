import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from gateway.events.hub import Hub
from gateway.events.recorder import Record, Recorder
from gateway.reads.fetch import FetchKey, FetchKind
from gateway.reads.group_commit import GroupCommit
from gateway.storage import Cipher, Store
from tests.gateway.storage.clock import NOON, Clock
from tests.gateway.storage.conftest import KEY
from tests.gateway.storage.statements import statements


def part(number: int) -> FetchKey:
    start = NOON + timedelta(days=number)
    return FetchKey(provider="p", kind=FetchKind.MEETINGS, source="s", start=start, end=start + timedelta(days=1))


async def nothing(_: Record) -> None:
    pass


async def failing(_: Record) -> None:
    raise ZeroDivisionError


async def read_at(store: Store, *numbers: int) -> list[datetime | None]:
    found = await store.read_log.read_at([part(number) for number in numbers])
    return [found.get(part(number)) for number in numbers]


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(sqlite_url, Cipher([KEY]), Clock())
    yield opened
    await opened.aclose()


@pytest.fixture
def keeping(store: Store) -> GroupCommit:
    return GroupCommit(store, Recorder(store, Hub(store), Clock()))


async def test_saves_that_arrive_during_a_write_share_a_transaction(store: Store, keeping: GroupCommit) -> None:
    with statements(store) as sent:
        await asyncio.gather(*(keeping.keep(part(number), NOON, nothing) for number in range(20)))
    assert sum(statement.startswith("BEGIN") for statement in sent) == 2
    assert await read_at(store, *range(20)) == [NOON] * 20


async def test_one_that_can_not_be_stored_fails_alone(store: Store, keeping: GroupCommit) -> None:
    saves = [nothing, nothing, failing, nothing]
    outcomes = await asyncio.gather(
        *(keeping.keep(part(number), NOON, save) for number, save in enumerate(saves)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), ZeroDivisionError, type(None)]
    assert await read_at(store, 0, 1, 2, 3) == [NOON, NOON, None, NOON]


async def test_a_failure_is_over_with_the_next_one(store: Store, keeping: GroupCommit) -> None:
    with pytest.raises(ZeroDivisionError):
        await keeping.keep(part(0), NOON, failing)
    await keeping.keep(part(0), NOON, nothing)
    assert await read_at(store, 0) == [NOON]
