"""Parts of one look are stored together, and a slow one holds up no other for long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.reads.batch import Batch
from gateway.reads.fetch import FetchKey, FetchKind
from tests.gateway.reads.texting import Texting, texting
from tests.gateway.storage.clock import NOON

SECOND = timedelta(seconds=1)


def part(source: str) -> FetchKey:
    return FetchKey(provider="p", kind=FetchKind.MESSAGES, source=source)


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Texting]:
    async with texting(sqlite_url) as opened:
        yield opened


async def test_a_part_waits_until_the_others_are_read_or_given_up() -> None:
    batch = Batch([part("one"), part("two")], at_once=2)
    await batch.enter()
    await batch.enter()
    waiting = asyncio.create_task(batch.wait(part("one")))
    await asyncio.sleep(0)
    assert not waiting.done()
    batch.leave(part("two"))
    await waiting


async def test_a_part_that_stays_unread_holds_up_nothing() -> None:
    batch = Batch([part("one"), part("two")], at_once=2)
    async with asyncio.timeout(5):
        await batch.wait(part("one"))


async def test_no_more_parts_are_read_at_once_than_may_be() -> None:
    batch = Batch([part("one"), part("two")], at_once=1)
    await batch.enter()
    second = asyncio.create_task(batch.enter())
    await asyncio.sleep(0)
    assert not second.done()
    batch.leave(part("one"))
    batch.leave(part("one"))
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
