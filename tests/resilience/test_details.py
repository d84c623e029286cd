"""A meeting by its id, of a provider that is asked for each: what is old is shown at once, and is said to be old."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.fault import HANG_BEFORE, status
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.ahead import Ahead
from tests.providers.medixcel.gateway.meetings import scheduled
from tests.providers.medixcel.gateway.people import connected
from tests.providers.medixcel.gateway.stand_in import StandIn
from tests.testkit.client import Client, Json
from tests.testkit.plain_http import plain_http
from tests.testkit.served import served

DETAILS = "POST /connect/get_meeting_details"
MEETING = "query ($id: ID!) { meeting(id: $id) { title } }"
KNOWN = {"meeting": {"title": "Review"}}


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
async def proxy(sandbox_url: str) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(f"{sandbox_url}/connect") as running:
        yield running


@pytest.fixture
async def client(proxy: FaultProxy, tmp_path: Path, sqlite_url: str, ahead: Ahead) -> AsyncIterator[Client]:
    configuration = f"""
        [store]
        url = "{sqlite_url}"
        [providers.connect]
        plugin = "medixcel"
        base_url = "{proxy.url}"
        client_key = "sandbox-client-key"
        http = {{ read_seconds = 2, retries = 0 }}
    """
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(served(tmp_path, configuration, now=ahead))
        http = await stack.enter_async_context(plain_http(base_url=proxy.url))
        await StandIn(http).register(gateway.url)
        proxy.clear()
        yield await stack.enter_async_context(gateway.client())


@pytest.fixture
async def meeting(client: Client, ahead: Ahead) -> str:
    """The id of a meeting that was seen a minute ago."""
    found: str = (await scheduled(client, await connected(client)))["id"]
    ahead.pass_by(minutes=1)
    return found


async def codes(client: Client, meeting: str) -> list[str]:
    answer: Json = await client.ask(MEETING, id=meeting)
    assert answer["data"] == KNOWN
    return [entry["code"] for entry in answer["extensions"].get("stale", [])]


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
