"""Edges in payloads: they are those of the lists that clients insert them into."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.testkit.client import Client, Json
from tests.testkit.clock import NOON
from tests.testkit.served import served
from tests.testkit.steps import conversation_with, met, number_of
from tests.testkit.token import REQUIRED, token_of

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
EDGE = "cursor node { id }"
PAGE = "(first: $first, after: $after, last: $last, before: $before)"
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"


@pytest.fixture
async def client(tmp_path: Path, database_url: str) -> AsyncIterator[Client]:
    store = f'[store]\nurl = "{database_url}"\nencryption_keys = ["{KEY}"]\n'
    async with served(tmp_path, f"{REQUIRED}\n{store}") as gateway, gateway.client(token_of("ada")) as client:
        yield client


@pytest.fixture
async def account(client: Client) -> str:
    return await connected(client)


async def connected(client: Client) -> str:
    payload = await client.do("connectAccount", "account { id }", provider="local")
    return str(payload["account"]["id"])


async def schedule(client: Client, account: str, hours: int) -> Json:
    start = (NOON + timedelta(hours=hours)).isoformat()
    meeting = {"accountId": account, "title": "Review", "startTime": start, "durationMinutes": 30}
    edge: Json = (await client.do("scheduleMeeting", f"meetingEdge {{ {EDGE} }}", **meeting))["meetingEdge"]
    return edge


async def assert_is_in(client: Client, listing: str, edge: Json, count: int) -> None:
    """The list has so many edges, this one among them, and goes on from it in both directions."""

    async def edges(**page: object) -> list[Json]:
        document = f"query ({VARIABLES}) {{ {listing.replace('PAGE', f'{PAGE} {{ edges {{ {EDGE} }} }}')} }}"
        found: Json = await client.data(document, **page)
        while "edges" not in found:
            (found,) = found.values()
        return list(found["edges"])

    every = await edges(first=10)
    assert len(every) == count
    place = every.index(edge)
    assert await edges(first=10, after=edge["cursor"]) == every[place + 1 :]
    assert await edges(last=10, before=edge["cursor"]) == every[:place]


@pytest.mark.parametrize("hours", [1, 3, 5])
async def test_a_scheduled_meeting_is_in_the_calendar(client: Client, account: str, hours: int) -> None:
    for other in (2, 4):
        await schedule(client, account, other)

    edge = await schedule(client, account, hours)

    await assert_is_in(client, "meetings PAGE", edge, 3)
    await assert_is_in(client, f'account(id: "{account}") {{ meetings PAGE }}', edge, 3)


async def test_a_started_meeting_is_in_the_calendar(client: Client, account: str) -> None:
    await schedule(client, account, 1)

    payload = await client.do("startMeeting", f"meetingEdge {{ {EDGE} }}", accountId=account, title="Now")

    await assert_is_in(client, "meetings PAGE", payload["meetingEdge"], 2)


async def test_a_created_contact_is_in_the_address_book(client: Client, account: str) -> None:
    for name, number in (("Ann", "+12025550121"), ("Zoe", "+12025550122")):
        await met(client, account, number, name)
    person = {"accountId": account, "firstName": "Ben", "lastName": "Moor", "number": "+12025550123"}

    edge = (await client.do("createContact", f"contactEdge {{ {EDGE} }}", **person))["contactEdge"]

    await assert_is_in(client, "contacts PAGE", edge, 3)


async def test_a_contact_that_was_there_has_its_edge(client: Client, account: str) -> None:
    known = await met(client, account)
    person = {"accountId": account, "firstName": "B", "lastName": "M", "number": "+12025550123"}

    payload = await client.do("createContact", f"created contactEdge {{ {EDGE} }}", **person)

    assert (payload["created"], payload["contactEdge"]["node"]["id"]) == (False, known)
    await assert_is_in(client, "contacts PAGE", payload["contactEdge"], 1)


async def test_a_created_conversation_is_in_the_inbox(client: Client, account: str) -> None:
    await conversation_with(client, account, await met(client, account, "+12025550121", "Ann"))
    contact, number = await met(client, account), await number_of(client, account)

    payload = await client.do(
        "createConversation", f"conversationEdge {{ {EDGE} }}", contactId=contact, fromNumber=number
    )

    await assert_is_in(client, "conversations PAGE", payload["conversationEdge"], 2)


async def test_a_sent_message_is_in_its_conversation(client: Client, account: str) -> None:
    other = await number_of(client, await connected(client))
    conversation = await conversation_with(client, account, await met(client, account, other))
    for text in ("One", "Two"):
        await client.do("sendMessage", conversationId=conversation, text=text)

    payload = await client.do("sendMessage", f"messageEdge {{ {EDGE} }}", conversationId=conversation, text="Three")

    await assert_is_in(client, f'conversation(id: "{conversation}") {{ messages PAGE }}', payload["messageEdge"], 3)


async def test_a_replay_has_the_edge_of_the_first_answer(client: Client, account: str) -> None:
    meeting = {
        "accountId": account,
        "title": "Review",
        "startTime": (NOON + timedelta(hours=1)).isoformat(),
        "durationMinutes": 30,
        "idempotencyKey": "one",
    }
    first = await client.do("scheduleMeeting", f"meetingEdge {{ {EDGE} }}", **meeting)

    assert await client.do("scheduleMeeting", f"meetingEdge {{ {EDGE} }}", **meeting) == first


async def test_a_mutation_that_fails_has_no_edge(client: Client, account: str) -> None:
    meeting = {"accountId": account, "title": "", "startTime": NOON.isoformat(), "durationMinutes": 30}

    answer = await client.attempt("scheduleMeeting", f"meetingEdge {{ {EDGE} }}", **meeting)

    assert answer["data"]["scheduleMeeting"]["meetingEdge"] is None
    assert "errors" not in answer
