"""Number of calls of RingPlan for each query."""

import asyncio

import pytest

from providers.http import Traffic
from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Person, RingPlan, connected, until

CONVERSATIONS = 20
FULL = """{ conversations(first: 20) { nodes { id fromNumber account { id phoneNumbers { number } }
    contact { firstName lastName number } lastMessage { text }
    messages(first: 5) { nodes { text status conversation { contact { firstName } } } } } } }"""
CONVERSED = "{ conversations { nodes { contact { firstName } messages(first: 5) { nodes { text } } } } }"


@pytest.fixture
async def talkative(ada: Client, ringplan: RingPlan, person: Person) -> str:
    """An account with conversations of which the gateway has read nothing."""
    [number] = await ringplan.call(person, "GET", "/texting/numbers")
    for index in range(CONVERSATIONS):
        contact = {"first_name": f"P{index}", "last_name": "Moor", "number": f"20255501{index:02}"}
        made = await ringplan.call(person, "POST", "/texting/contacts", **contact)
        conversation = {"contact_id": made["id"], "from_number": number["number"]}
        begun = await ringplan.call(person, "POST", "/texting/conversations", **conversation)
        await ringplan.arrive(begun["id"], f"P{index}", times=5)
    return await connected(ada, person)


async def test_twenty_conversations_with_contact_and_messages_are_22_calls_in_two_waves(
    ada: Client, ringplan: RingPlan, talkative: str
) -> None:
    await ringplan.fail("*", delay=0.05, times=100)
    async with ringplan.counted() as counted:
        nodes = (await ada.data(CONVERSED))["conversations"]["nodes"]
    assert sorted(node["contact"]["firstName"] for node in nodes) == sorted(f"P{index}" for index in range(20))
    for node in nodes:
        name = node["contact"]["firstName"]
        assert [message["text"] for message in node["messages"]["nodes"]] == [f"{name} {n}" for n in (5, 4, 3, 2, 1)]
    assert counted.of("/contacts") == counted.of("/conversations") == 1
    assert counted.of("/messages") == CONVERSATIONS
    assert len(counted.api) == 22
    # The messages and the contacts; the limit for fetches is 24.
    assert 8 < counted.peak <= Traffic().concurrent_reads
    async with ringplan.counted() as counted:
        assert (await ada.data(CONVERSED))["conversations"]["nodes"] == nodes
    assert counted.api == []


async def test_concurrent_equal_queries_share_one_fetch(ada: Client, ringplan: RingPlan, talkative: str) -> None:
    async with ringplan.counted() as counted:
        answers = await asyncio.gather(*(ada.data(FULL) for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert len(counted.api) == len(set(counted.paths)) == 23


async def test_usable_results_are_returned_at_once_and_refreshed_once(
    ada: Client, ahead: Ahead, ringplan: RingPlan, talkative: str
) -> None:
    known = await ada.data(CONVERSED)
    ahead.pass_by(minutes=10)
    before = len(await ringplan.api_calls())
    answers = await asyncio.gather(*(ada.data(CONVERSED) for _ in range(5)))
    assert all(answer == known for answer in answers)

    async def has_been_read_again() -> bool:
        return len(await ringplan.api_calls()) >= before + 22

    await until(has_been_read_again)
    await ada.data(CONVERSED)
    assert len(await ringplan.api_calls()) == before + 22
