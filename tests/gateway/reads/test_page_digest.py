"""A page of messages is unchanged for a reader only if the stored one was read as far back as that needs."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from gateway.reads.messages import PageDigest
from providers.domain.pages import PageRequest
from tests.gateway.reads.texting import Texting, texting
from tests.testkit.clock import NOON

LATER = NOON + timedelta(seconds=1)


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Texting]:
    async with texting(sqlite_url) as opened:
        await opened.connect()
        yield opened


@pytest.mark.parametrize(
    ("stored", "wanted", "covers"),
    [
        (None, None, True),
        (NOON, None, True),
        (None, NOON, False),
        (NOON, NOON, True),
        (NOON, LATER, True),
        (LATER, NOON, False),
    ],
    ids=["neither", "only stored", "only wanted", "equal", "stored earlier", "stored later"],
)
def test_a_page_covers_what_reaches_no_further_back(
    stored: datetime | None, wanted: datetime | None, covers: bool
) -> None:
    before = str(PageDigest(body="a", since=stored))
    assert PageDigest(body="a", since=wanted).covers(before) is covers
    assert not PageDigest(body="b", since=wanted).covers(before)


def test_nothing_is_covered_by_an_unknown_digest() -> None:
    assert not PageDigest(body="a", since=None).covers(None)


async def test_the_poller_and_queries_parse_an_unchanged_page_once_each(world: Texting) -> None:
    conversation = world.begin("one")
    world.arrive(conversation, NOON, 0)
    await world.list_conversations()
    for _ in range(3):
        world.clock.pass_by(timedelta(seconds=10))
        await world.page(conversation, PageRequest(limit=5))
    assert world.paper.parsed["list_messages"] == 1
    for _ in range(3):
        world.clock.pass_by(timedelta(seconds=10))
        await world.look()
        await world.page(conversation, PageRequest(limit=5))
    assert world.paper.parsed["list_messages"] == 2
