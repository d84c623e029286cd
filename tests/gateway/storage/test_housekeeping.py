"""Deletion of rows whose retention period is over."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.storage import Cipher, Store
from gateway.storage.housekeeping import FEED, JOURNAL, Housekeeping
from tests.testkit.client import Client, Json
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.steps import connected

_SOON = timedelta(seconds=1)


@pytest.fixture
async def housekeeping(client: Client, sqlite_url: str, clock: Clock) -> AsyncIterator[Housekeeping]:
    """That of another process on the same store."""
    store = await Store.open(sqlite_url, Cipher([bytes(32)]), clock)
    yield Housekeeping(store, clock)
    await store.aclose()


async def start(client: Client, account: str) -> Json:
    payload = await client.do("startMeeting", "meeting { id }", accountId=account, title="Now", idempotencyKey="one")
    return dict(payload["meeting"])


async def test_an_idempotency_key_is_stored_for_seven_days(
    client: Client, paper: Paper, clock: Clock, housekeeping: Housekeeping
) -> None:
    account = await connected(client)
    meeting = await start(client, account)
    clock.pass_by(JOURNAL)
    await housekeeping.run_once()
    assert await start(client, account) == meeting

    clock.pass_by(_SOON)
    await housekeeping.run_once()

    assert await start(client, account) != meeting
    assert paper.calls["start_meeting"] == 2


async def test_events_are_stored_for_seven_days(client: Client, clock: Clock, housekeeping: Housekeeping) -> None:
    document = "subscription ($after: String) { accountChanged(after: $after) { id } }"
    async with client.subscribed(document) as socket:
        ids = [await connected(client) for _ in range(2)]
        cursor = (await socket.event())["extensions"]["cursor"]
    clock.pass_by(FEED)
    ids.append(await connected(client))
    await housekeeping.run_once()

    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": document, "variables": {"after": cursor}})
        assert [(await socket.event())["data"]["accountChanged"]["id"] for _ in range(2)] == ids[1:]

    clock.pass_by(_SOON)
    await housekeeping.run_once()
    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": document, "variables": {"after": cursor}})
        assert (await socket.hear())["payload"][0]["extensions"]["code"] == "CURSOR_EXPIRED"


async def test_entities_outlive_the_log_of_their_fetches(
    client: Client, paper: Paper, clock: Clock, housekeeping: Housekeeping
) -> None:
    account = await connected(client)
    meeting = await start(client, account)
    clock.pass_by(timedelta(days=100))
    await housekeeping.run_once()

    data = await client.data("query ($id: ID!) { meeting(id: $id) { id } }", id=meeting["id"])

    assert data == {"meeting": meeting}
