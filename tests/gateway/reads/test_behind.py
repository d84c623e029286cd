"""Usable data that is no longer fresh is served at once and refreshed in the background."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from providers.domain.errors import RateLimited, Unavailable
from tests.testkit.client import Client, Json
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import Paper
from tests.testkit.served import Served, served
from tests.testkit.steps import key_of, known_conversation

CONTACTS = "{ contacts { nodes { id } } }"
MESSAGES = "{ messages { nodes { id } } }"
NO_CACHE = {"cache-control": "no-cache"}
DOWN = Unavailable("It is down.", provider="paper")
OLD = timedelta(minutes=10)
MONTH = timedelta(days=30)


@pytest.fixture
async def gateway(tmp_path: Path, sqlite_url: str, clock: Clock, paper_name: str) -> AsyncIterator[Served]:
    """A gateway whose readers don't wait, as it is without any configuration."""
    configuration = f"""
        [store]
        url = "{sqlite_url}"
        [providers.paper]
        upstream = "{paper_name}"
    """
    async with served(tmp_path, configuration, clock=clock) as running:
        yield running


async def stale(client: Client, document: str, headers: dict[str, str] | None = None) -> list[Json]:
    answer = await client.ask(document, headers)
    assert "errors" not in answer
    entries: list[Json] = answer.get("extensions", {}).get("stale", [])
    return entries


@pytest.fixture
async def read(client: Client, account: str) -> str:
    """The account, whose contacts were read ten minutes ago."""
    await client.data(CONTACTS)
    return account


async def test_usable_data_is_served_while_its_refresh_hangs(
    client: Client, paper: Paper, clock: Clock, read: str
) -> None:
    clock.pass_by(OLD)
    paper.gates["list_contacts"] = asyncio.Event()
    assert await client.data(CONTACTS) == {"contacts": {"nodes": []}}
    await paper.until_asked("list_contacts", 2)
    assert await client.data(CONTACTS) == {"contacts": {"nodes": []}}
    paper.gates["list_contacts"].set()


async def test_the_next_query_sees_the_data_of_a_background_refresh(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    conversation = known_conversation(paper, account)
    await client.data(MESSAGES)
    clock.pass_by(OLD)
    paper.write(conversation, "News", clock())
    document = "{ messages { nodes { text } } }"
    assert await client.data(document) == {"messages": {"nodes": []}}
    await paper.until_asked("list_messages", 2)
    while (await client.data(document))["messages"]["nodes"] != [{"text": "News"}]:
        assert paper.calls["list_messages"] == 2


async def test_a_query_waits_for_data_that_is_too_old(client: Client, paper: Paper, clock: Clock, read: str) -> None:
    clock.pass_by(MONTH)
    paper.failures["list_contacts"] = DOWN
    assert [entry["code"] for entry in await stale(client, CONTACTS)] == ["UNAVAILABLE"]


async def test_a_query_waits_for_data_that_was_never_fetched(client: Client, paper: Paper, account: str) -> None:
    paper.failures["list_contacts"] = DOWN
    answer = await client.ask(CONTACTS)
    assert answer["data"] == {"contacts": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAVAILABLE"]


async def test_a_failed_background_refresh_is_reported_to_the_next_query(
    client: Client, paper: Paper, clock: Clock, gateway: Served, read: str
) -> None:
    clock.pass_by(OLD)
    paper.failures["list_contacts"] = DOWN
    assert await stale(client, CONTACTS) == []
    await paper.until_asked("list_contacts", 2)
    entry = {"provider": "paper", "account": read, "since": NOON.isoformat(), "code": "UNAVAILABLE"}
    assert await stale(client, CONTACTS) == [entry]
    failed = {"event": "fetch_failed", "provider": "paper", "code": "UNAVAILABLE", "log_level": "warning"}
    assert any(failed.items() <= event.items() for event in gateway.log)


async def test_a_successful_refresh_ends_the_stale_report(
    client: Client, paper: Paper, clock: Clock, read: str
) -> None:
    paper.failures["list_contacts"] = DOWN
    assert len(await stale(client, CONTACTS, NO_CACHE)) == 1
    del paper.failures["list_contacts"]
    clock.pass_by(OLD)
    assert len(await stale(client, CONTACTS)) == 1
    await paper.until_asked("list_contacts", 3)
    assert await stale(client, CONTACTS, NO_CACHE) == []
    clock.pass_by(OLD)
    assert await stale(client, CONTACTS) == []


async def test_the_retry_after_of_a_provider_is_respected(
    client: Client, paper: Paper, clock: Clock, read: str
) -> None:
    paper.failures["list_contacts"] = RateLimited("Slowly.", provider="paper", retry_after=3_600)
    assert len(await stale(client, CONTACTS, NO_CACHE)) == 1
    clock.pass_by(OLD)
    assert [entry["code"] for entry in await stale(client, CONTACTS)] == ["RATE_LIMITED"]
    assert paper.calls["list_contacts"] == 2
    clock.pass_by(timedelta(hours=1))
    await stale(client, CONTACTS)
    await paper.until_asked("list_contacts", 3)


async def test_a_failure_of_one_account_does_not_affect_another(
    client: Client, paper: Paper, clock: Clock, read: str, other_account: str
) -> None:
    await client.data(CONTACTS)
    paper.broken_accounts[key_of(other_account)] = DOWN
    assert [entry["account"] for entry in await stale(client, CONTACTS, NO_CACHE)] == [other_account]
    clock.pass_by(OLD)
    assert [entry["account"] for entry in await stale(client, CONTACTS)] == [other_account]


async def test_concurrent_queries_of_old_data_share_one_refresh(
    client: Client, paper: Paper, clock: Clock, read: str
) -> None:
    clock.pass_by(OLD)
    paper.gates["list_contacts"] = asyncio.Event()
    await asyncio.gather(*(client.data(CONTACTS) for _ in range(50)))
    assert paper.calls["list_contacts"] == 2
    paper.gates["list_contacts"].set()


async def test_a_stopping_gateway_cancels_a_hanging_fetch(
    tmp_path: Path, sqlite_url: str, clock: Clock, paper_name: str, paper: Paper
) -> None:
    configuration = f"[store]\nurl = '{sqlite_url}'\n[providers.paper]\nupstream = '{paper_name}'"
    async with served(tmp_path, configuration, clock=clock) as gateway, gateway.client() as client:
        await client.do("connectAccount", "account { id }", provider="paper", idToken="ada")
        await client.data(CONTACTS)
        clock.pass_by(OLD)
        paper.gates["list_contacts"] = asyncio.Event()
        await client.data(CONTACTS)
        await paper.until_asked("list_contacts", 2)
    assert paper.running == 0
