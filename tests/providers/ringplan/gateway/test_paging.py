"""R11 by our cursors: pages stay right while messages arrive, and cost no more than they show."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from tests.testkit.client import Client
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.server import Server, serving
from tests.testkit.steps import begun, external_id
from tests.testkit.token import lasting_token
from tests.testkit.world import WorldBuilder

Json = dict[str, Any]

PAGE = """
    query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { conversation(id: $id) {
        messages(first: $first, after: $after, last: $last, before: $before) {
            nodes { text } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }
"""
MANY = 10_000
SOME_BYTES = 24 * 1024 * 1024
NO_CACHE = {"cache-control": "no-cache"}


@pytest.fixture
async def conversation(ada: Client, person: Person) -> str:
    return await begun(ada, await connected(ada, person))


async def page(client: Client, conversation: str, **arguments: object) -> Json:
    answer = await client.data(PAGE, id=conversation, **arguments)
    connection: Json = answer["conversation"]["messages"]
    return connection


def texts(connection: Json) -> list[str]:
    return [node["text"] for node in connection["nodes"]]


def numbered(first: int, last: int) -> list[str]:
    """Newest first."""
    return [f"old {number}" for number in range(first, last - 1, -1)]


async def test_pages_that_are_smaller_than_ringplans_are_read_once(
    ada: Client, ringplan: RingPlan, conversation: str
) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=45)
    async with ringplan.counted() as counted:
        seen, after = [], None
        for expected in (7, 7, 6):
            connection = await page(ada, conversation, first=expected, after=after)
            seen += texts(connection)
            after = connection["pageInfo"]["endCursor"]
    assert seen == numbered(45, 26)
    assert counted.of("/messages") == 1


async def test_a_conversation_is_paged_to_its_end(ada: Client, ringplan: RingPlan, conversation: str) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=45)
    seen, after, more = [], None, True
    async with ringplan.counted() as counted:
        while more:
            connection = await page(ada, conversation, first=20, after=after)
            seen += texts(connection)
            after, more = connection["pageInfo"]["endCursor"], connection["pageInfo"]["hasNextPage"]
    assert seen == numbered(45, 1)
    assert counted.of("/messages") == 5


async def test_paging_ends_after_a_full_last_page(ada: Client, ringplan: RingPlan, conversation: str) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=40)
    seen, after, more = [], None, True
    while more:
        connection = await page(ada, conversation, first=20, after=after)
        seen += texts(connection)
        after, more = connection["pageInfo"]["endCursor"] or after, connection["pageInfo"]["hasNextPage"]
    assert seen == numbered(40, 1)


@pytest.mark.parametrize("size", [5, 20, 33])
async def test_messages_that_arrive_between_pages_cause_neither_gaps_nor_repeats(
    ada: Client, ringplan: RingPlan, conversation: str, size: int
) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=70)
    seen, after, more = [], None, True
    while more:
        connection = await page(ada, conversation, first=size, after=after)
        seen += texts(connection)
        after, more = connection["pageInfo"]["endCursor"], connection["pageInfo"]["hasNextPage"]
        await ringplan.arrive(external_id(conversation), "new", times=7)
        await ada.data(PAGE, NO_CACHE, id=conversation, first=1)
    assert seen == numbered(70, 1)
    answer = await ada.data(PAGE, NO_CACHE, id=conversation, first=1)
    assert texts(answer["conversation"]["messages"]) == ["new 7"]


async def test_messages_that_arrive_during_a_request_of_several_pages_cause_neither_gaps_nor_repeats(
    ada: Client, ringplan: RingPlan, conversation: str
) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=70)
    await ringplan.fail(f"/texting/conversations/{external_id(conversation)}/messages", delay=0.2, times=9)
    reading = asyncio.create_task(page(ada, conversation, first=100))
    for _ in range(5):
        await asyncio.sleep(0.15)
        await ringplan.arrive(external_id(conversation), "new", times=3)
    seen = [text for text in texts(await reading) if text.startswith("old")]
    assert seen == numbered(70, 1)


async def test_the_last_page_is_read_from_the_end(ada: Client, ringplan: RingPlan, conversation: str) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=105)
    connection = await page(ada, conversation, last=5)
    assert texts(connection) == numbered(5, 1)
    assert (connection["pageInfo"]["hasNextPage"], connection["pageInfo"]["hasPreviousPage"]) == (False, True)
    before = await page(ada, conversation, last=5, before=connection["pageInfo"]["startCursor"])
    assert texts(before) == numbered(10, 6)


async def test_a_page_that_is_larger_than_ringplans_is_read_by_as_many_calls(
    ada: Client, ringplan: RingPlan, conversation: str
) -> None:
    await ringplan.arrive(external_id(conversation), "old", times=120)
    async with ringplan.counted() as counted:
        connection = await page(ada, conversation, first=100)
    assert texts(connection) == numbered(120, 21)
    assert counted.of("/messages") == 6


async def test_a_page_of_ten_thousand_messages_costs_its_own_calls_and_bounded_memory(
    ringplan: RingPlan, person: Person, builder: WorldBuilder
) -> None:
    with serving(builder.folder, builder.toml) as process:
        async with Client(process.url, lasting_token("ada")) as ada:
            conversation = await begun(ada, await connected(ada, person))
            await ringplan.arrive(external_id(conversation), "old", times=MANY)
            async with ringplan.counted() as counted:
                newest = await page(ada, conversation)
            assert texts(newest) == numbered(MANY, MANY - 19)
            assert newest["pageInfo"]["hasNextPage"]
            assert counted.of("/messages") == 1
            before = resident_bytes(process)
            oldest = await page(ada, conversation, last=20)
            assert texts(oldest) == numbered(20, 1)
            assert resident_bytes(process) - before < SOME_BYTES
            async with ringplan.counted() as counted:
                older = await page(ada, conversation, last=20, before=oldest["pageInfo"]["startCursor"])
            assert texts(older) == numbered(40, 21)
            assert counted.of("/messages") <= 1


def resident_bytes(process: Server) -> int:
    """See proc(5)."""
    pages = int(Path(f"/proc/{process.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
