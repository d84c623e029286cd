"""A meeting by its id, of a provider that is asked for each: what is old is shown at once, and is said to be old."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.fault import HANG_BEFORE, status
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.meetings import scheduled
from tests.testkit.client import Client, Json
from tests.testkit.clock import Ahead
from tests.testkit.world import World, WorldBuilder

DETAILS = "POST /connect/get_meeting_details"
MEETING = "query ($id: ID!) { meeting(id: $id) { title } }"
KNOWN = {"meeting": {"title": "Review"}}


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(sandbox_url: str, tmp_path: Path, sqlite_url: str, ahead: Ahead) -> AsyncIterator[World]:
    """Medixcel alone, with more time for an answer than the other worlds have."""
    async with fault_proxy(sandbox_url) as proxy:
        builder = WorldBuilder(
            folder=tmp_path,
            providers={"connect": "http = { read_seconds = 2, retries = 0 }"},
            sandbox_url=sandbox_url,
            proxies={"connect": proxy},
            store_url=sqlite_url,
        )
        async with builder.world(now=ahead) as running:
            yield running


@pytest.fixture
def proxy(world: World) -> FaultProxy:
    return world.proxy


@pytest.fixture
def client(world: World) -> Client:
    return world.client


@pytest.fixture
async def meeting(world: World, ahead: Ahead) -> str:
    """The id of a meeting that was seen a minute ago."""
    found: str = (await scheduled(world.client, await world.new_visitor()))["id"]
    ahead.pass_by(minutes=1)
    return found


async def codes(client: Client, meeting: str) -> list[str]:
    answer: Json = await client.ask(MEETING, id=meeting)
    assert answer["data"] == KNOWN
    return [entry["code"] for entry in answer.get("extensions", {}).get("stale", [])]


async def test_it_is_shown_although_its_provider_hangs(client: Client, proxy: FaultProxy, meeting: str) -> None:
    proxy.inject(HANG_BEFORE, DETAILS)
    assert await codes(client, meeting) == []
    await proxy.until_called(DETAILS)
    assert await codes(client, meeting) == []
    assert len(proxy.lines(DETAILS)) == 1


async def test_a_failed_refresh_of_details_is_reported_to_the_next_query(
    client: Client, proxy: FaultProxy, meeting: str
) -> None:
    proxy.inject(status(500), DETAILS, times=100)
    assert await codes(client, meeting) == []
    await proxy.until_called(DETAILS)
    async with asyncio.timeout(10):
        while await codes(client, meeting) != ["UNAVAILABLE"]:
            pass


async def test_once_it_is_read_it_is_fresh(client: Client, proxy: FaultProxy, meeting: str, ahead: Ahead) -> None:
    assert await codes(client, meeting) == []
    await proxy.until_called(DETAILS)
    await client.data(MEETING, {"cache-control": "no-cache"}, id=meeting)
    calls = len(proxy.lines(DETAILS))
    assert await codes(client, meeting) == []
    assert len(proxy.lines(DETAILS)) == calls


async def test_after_a_week_it_is_waited_for(client: Client, proxy: FaultProxy, meeting: str, ahead: Ahead) -> None:
    ahead.pass_by(days=7)
    proxy.inject(status(500), DETAILS)
    assert await codes(client, meeting) == ["UNAVAILABLE"]
