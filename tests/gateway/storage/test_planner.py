"""Plans of PostgreSQL as it really chooses them, for a store with much data that was analysed."""

from datetime import timedelta

import asyncpg
import pytest

from gateway.storage import Store
from providers.domain.criteria import ContactCriteria, MeetingCriteria
from tests.bench.world import World, build
from tests.gateway.storage.conftest import opened
from tests.gateway.storage.test_plans import ADA, ADMIN, BY_ACTIVITY, CONVERSATIONS, KEYS, PAGE, Read
from tests.testkit.statements import reads

WORLD = World(user_id="ada", accounts=10_000, conversations=10_000, messages=3, long_messages=10_000, meetings=10_000)
RECENTLY = WORLD.made_at - timedelta(hours=1)
SPAN = (WORLD.made_at, WORLD.made_at + timedelta(days=1))

READS: dict[str, Read] = {
    "contacts by key": lambda store: store.contacts.get_many(ADA, [("account-1", "contact-1")]),
    "contacts with a number": lambda store: store.contacts.page(ADA, ContactCriteria(number="+12025550005"), PAGE),
    "messages of conversations": lambda store: store.messages.covered_pages(ADA, CONVERSATIONS, PAGE),
    "active conversations": lambda store: store.conversations.page(ADA, BY_ACTIVITY, PAGE),
    "activity of conversations": lambda store: store.conversations.last_activities(ADA, CONVERSATIONS),
    "what was read": lambda store: store.read_marks.states(ADA, "ada", CONVERSATIONS),
    "unread conversations of accounts": lambda store: store.read_marks.unread_conversations(ADA, "ada", KEYS),
    "meetings": lambda store: store.meetings.page(ADA, MeetingCriteria(start=SPAN[0], end=SPAN[1]), PAGE, SPAN[0]),
    "due contacts": lambda store: store.accounts.due(ADA, "contacts", ["local"], RECENTLY),
    "due meetings": lambda store: store.accounts.due_meetings(ADA, ["local"], None, SPAN, RECENTLY),
    "due meetings of all users": lambda store: store.accounts.due_meetings(ADMIN, ["local"], None, SPAN, RECENTLY),
    "due conversations": lambda store: store.conversations.due(ADA, None, RECENTLY),
}


async def chosen(store: Store, connection: asyncpg.Connection, read: Read) -> list[str]:
    with reads(store) as sent:
        await read(store)
    return [
        row[0]
        for statement, values in sent
        for row in await connection.fetch(f"EXPLAIN {statement.sql}", *statement.arguments(values))
    ]


@pytest.fixture
async def empty_url(postgresql_url: str) -> str:
    """A database without tables."""
    connection = await asyncpg.connect(postgresql_url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    return postgresql_url


async def test_postgresql_chooses_an_index_in_a_store_with_much_data(empty_url: str) -> None:
    await build(WORLD, empty_url)
    connection = await asyncpg.connect(empty_url)
    try:
        async with opened(empty_url) as store:
            for name, read in READS.items():
                plan = await chosen(store, connection, read)
                assert not any("Seq Scan" in step for step in plan), (name, plan)
    finally:
        await connection.close()
