"""Fetches of one poll are stored together, and a slow one delays the others only for a while."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.reads.fetch import FetchKey
from gateway.reads.gathering import Gathering
from gateway.storage.fetch_kind import FetchKind
from tests.gateway.reads.texting import Texting, texting
from tests.testkit.clock import NOON

SECOND = timedelta(seconds=1)


def key(source: str) -> FetchKey:
    return FetchKey(provider="p", kind=FetchKind.MESSAGES, source=source)


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Texting]:
    async with texting(sqlite_url) as opened:
        yield opened


async def test_a_fetch_waits_until_the_others_are_done() -> None:
    gathering = Gathering([key("one"), key("two")], limit=2)
    await gathering.enter()
    await gathering.enter()
    waiting = asyncio.create_task(gathering.wait(key("one")))
    await asyncio.sleep(0)
    assert not waiting.done()
    gathering.leave(key("two"))
    await waiting


async def test_a_fetch_that_hangs_delays_the_others_only_for_a_while() -> None:
    gathering = Gathering([key("one"), key("two")], limit=2)
    async with asyncio.timeout(5):
        await gathering.wait(key("one"))


async def test_no_more_fetches_than_the_limit_run_at_once() -> None:
    gathering = Gathering([key("one"), key("two")], limit=1)
    await gathering.enter()
    second = asyncio.create_task(gathering.enter())
    await asyncio.sleep(0)
    assert not second.done()
    gathering.leave(key("one"))
    gathering.leave(key("one"))
    await second


async def test_messages_of_several_conversations_are_announced_in_order_of_time(world: Texting) -> None:
    await world.connect()
    conversations = [world.begin(str(number)) for number in range(6)]
    await world.look()
    expected = []
    for moment in range(18):
        conversation = conversations[moment * 5 % 6]
        expected.append(world.arrive(conversation, NOON + moment * SECOND, 0).external_id)
    await world.look()
    assert await world.announced() == expected
