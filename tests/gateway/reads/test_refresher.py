"""Reads ask the provider for what is not fresh, once, and go on without it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.reads.lists import MEETINGS, NO_CACHE, lists
from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.served import Served, served
from tests.testkit.steps import DAY, known_conversation


@pytest.fixture(autouse=True)
def conversation(paper: Paper, account: str) -> None:
    known_conversation(paper, account)


@lists
async def test_fresh_data_is_read_from_the_store(
    client: Client, paper: Paper, clock: Clock, document: str, call: str, seconds: int
) -> None:
    for _ in range(3):
        await client.data(document)
    assert paper.calls[call] == 1

    clock.pass_by(timedelta(seconds=seconds - 0.001))
    await client.data(document)
    assert paper.calls[call] == 1

    clock.pass_by(timedelta(seconds=0.001))
    await client.data(document)
    assert paper.calls[call] == 2


@lists
async def test_no_cache_fetches_from_the_provider(
    client: Client, paper: Paper, document: str, call: str, seconds: int
) -> None:
    await client.data(document)

    await client.data(document, NO_CACHE)

    assert paper.calls[call] == 2


@lists
async def test_50_concurrent_readers_share_one_fetch(
    client: Client, paper: Paper, document: str, call: str, seconds: int
) -> None:
    paper.gates[call] = asyncio.Event()
    readers = [asyncio.create_task(client.data(document)) for _ in range(50)]
    await paper.until_asked(call, 1)
    await client.data("{ viewer { userId } }")

    paper.gates[call].set()

    answers = await asyncio.gather(*readers)
    assert answers == [answers[0]] * 50
    assert paper.calls[call] == 1


async def test_a_cancelled_reader_does_not_cancel_the_shared_fetch(client: Client, paper: Paper) -> None:
    paper.gates["list_contacts"] = asyncio.Event()
    first, second = [asyncio.create_task(client.data("{ contacts { totalCount } }")) for _ in range(2)]
    await paper.until_asked("list_contacts", 1)
    first.cancel()
    await asyncio.wait([first])

    paper.gates["list_contacts"].set()

    assert await second == {"contacts": {"totalCount": 0}}


async def test_a_past_days_meetings_stay_fresh_for_an_hour(client: Client, paper: Paper, clock: Clock) -> None:
    yesterday = {"from": "2030-05-05T00:00:00Z", "to": "2030-05-06T00:00:00Z"}
    await client.data(MEETINGS, filter=yesterday)
    clock.pass_by(timedelta(minutes=59))
    await client.data(MEETINGS, filter=yesterday)
    assert paper.calls["list_meetings"] == 1

    clock.pass_by(timedelta(minutes=1))
    await client.data(MEETINGS, filter=yesterday)

    assert paper.calls["list_meetings"] == 2


async def test_a_part_of_a_time_that_was_read_is_fresh(client: Client, paper: Paper) -> None:
    await client.data(MEETINGS, filter=DAY)

    await client.data(MEETINGS, filter={"from": "2030-05-06T10:00:00Z", "to": "2030-05-06T11:00:00Z"})

    assert paper.calls["list_meetings"] == 1


async def test_another_process_on_the_same_store_knows_that_data_is_fresh(
    client: Client, paper: Paper, gateway: Served, tmp_path: Any
) -> None:
    await client.data("{ contacts { totalCount } }")
    before = paper.calls["list_contacts"]

    configuration = (tmp_path / "switchboard.toml").read_text()
    async with served(tmp_path, configuration, clock=gateway.clock) as again, again.client() as other:
        await other.data("{ contacts { totalCount } }")

    assert paper.calls["list_contacts"] == before
