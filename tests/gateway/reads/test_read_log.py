"""The read log has one row for each list and span of time, and none for positions inside of a list."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from gateway.storage.fetch_kind import FetchKind
from gateway.storage.tables import read_log
from gateway.storage.values import to_microseconds
from providers.domain.entities import Conversation
from providers.domain.pages import PageRequest
from tests.gateway.reads.texting import Texting, texting
from tests.testkit.clock import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Texting]:
    async with texting(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def conversation(world: Texting) -> Conversation:
    """With 20 messages."""
    await world.connect()
    conversation = world.begin("one")
    for number in range(20):
        world.arrive(conversation, NOON + number * MINUTE, 0)
    await world.list_conversations()
    return conversation


async def logged(world: Texting) -> set[tuple[str, str]]:
    """Kind and source of each fetch in the read log."""
    kinds = [kind.value for kind in FetchKind]
    async with world.store.database.read() as connection:
        rows = await connection.execute(select(read_log).where(read_log.c.kind.in_(kinds)))
        return {(row.kind, row.source) for row in rows}


async def all_pages(world: Texting, conversation: Conversation) -> list[str]:
    found: list[str] = []
    request = PageRequest(limit=4)
    while True:
        page = await world.page(conversation, request, force=False)
        found += [each.external_id for each in page.nodes]
        if not page.has_next:
            return found
        request = PageRequest(limit=4, after=page.end or page.positions[-1])


async def test_fetches_of_older_messages_are_not_logged(world: Texting, conversation: Conversation) -> None:
    found = await all_pages(world, conversation)

    assert set(found) == world.listed(conversation)
    assert await logged(world) == {
        ("conversations", world.key),
        ("messages", f"{world.key}/{conversation.external_id}"),
    }


async def test_a_store_with_logged_fetches_of_older_messages_is_readable(
    world: Texting, conversation: Conversation
) -> None:
    """Earlier versions logged them, under a source that held a Python representation."""
    source = f"{world.key}/{conversation.external_id} below MessagePosition(sorted_at=1, external_id='t')"
    row = {
        "provider": "paper",
        "kind": "messages",
        "source": source,
        "start_time": 0,
        "end_time": 0,
        "read_at": to_microseconds(NOON),
    }
    async with world.store.write() as transaction:
        await transaction.execute(insert(read_log), row)

    assert set(await all_pages(world, conversation)) == world.listed(conversation)

    async with world.store.write() as transaction:
        await world.store.read_log.forget(transaction, NOON + MINUTE)
    assert ("messages", source) not in await logged(world)
