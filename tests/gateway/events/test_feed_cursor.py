"""The feed's cursor in a query: the position before anything else of it is read."""

import asyncio
from typing import Any

import pytest

from gateway.storage.prepared import Statement, Values
from gateway.storage.readers import Readers
from tests.testkit.client import Client
from tests.testkit.paper import Paper
from tests.testkit.statements import commit_to, statements_of_all_stores
from tests.testkit.steps import BEN, connected, conversation_with, known_conversation, met

TEXTS = "subscription ($after: String) { messageAdded(after: $after) { text } }"
LIST = "conversations { nodes { messages(first: 5) { nodes { text } } } }"


async def begun(client: Client) -> str:
    account = await connected(client)
    return await conversation_with(client, account, await met(client, account, BEN))


@pytest.mark.parametrize(
    "document",
    [
        f"{{ feedCursor {LIST} }}",
        f"{{ {LIST} feedCursor }}",
        f"{{ {LIST} ...Position }} fragment Position on Query {{ feedCursor }}",
        f"query ($is: Boolean! = true) {{ {LIST} ... on Query @include(if: $is) {{ feedCursor }} }}",
    ],
)
async def test_what_is_committed_during_a_query_follows_its_cursor(client: Client, paper: Paper, document: str) -> None:
    """The list waits for its provider. When it has been read, a message is sent that it may have or not."""
    conversation = await begun(client)
    paper.gates["list_conversations"] = asyncio.Event()
    times = paper.calls["list_conversations"]
    querying = asyncio.create_task(client.data(document, {"cache-control": "no-cache"}))
    await paper.until_asked("list_conversations", times + 1)
    await client.do("sendMessage", conversationId=conversation, text="Meanwhile")
    paper.gates["list_conversations"].set()
    cursor = (await querying)["feedCursor"]

    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": TEXTS, "variables": {"after": cursor}})
        assert (await socket.event())["data"] == {"messageAdded": {"text": "Meanwhile"}}


async def test_what_was_committed_before_a_query_does_not_follow_its_cursor(client: Client) -> None:
    conversation = await begun(client)
    await client.do("sendMessage", conversationId=conversation, text="Before")
    cursor = (await client.data("{ feedCursor }"))["feedCursor"]
    await client.do("sendMessage", conversationId=conversation, text="After")

    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": TEXTS, "variables": {"after": cursor}})
        assert (await socket.event())["data"] == {"messageAdded": {"text": "After"}}


async def test_all_cursors_of_a_query_are_of_one_position(client: Client, paper: Paper) -> None:
    data = await client.data("{ a: feedCursor viewer { userId } b: feedCursor }")
    assert data["a"] == data["b"]
    assert len(data["a"]) <= 48


async def statements_of(client: Client, store_url: str, document: str) -> tuple[list[str], int]:
    """Those that a query takes if nothing is cached, and how often it reads the position of the feed."""
    await client.data(document)
    await commit_to(store_url)
    positions: list[str] = []

    def note(_readers: Readers[Any], statement: Statement, _values: Values) -> None:
        positions.extend([statement.sql] if "max(seq)" in statement.sql else [])

    Readers.observers.append(note)
    try:
        with statements_of_all_stores() as sent:
            await client.data(document)
    finally:
        Readers.observers.remove(note)
    return sent, len(positions)


async def test_it_costs_one_statement_of_the_queries_that_select_it_and_none_of_others(
    client: Client, sqlite_url: str, paper: Paper
) -> None:
    known_conversation(paper, await connected(client))
    without, reads_without = await statements_of(client, sqlite_url, f"{{ {LIST} }}")
    skipped, reads_skipped = await statements_of(client, sqlite_url, f"{{ {LIST} feedCursor @skip(if: true) }}")
    selected, reads_selected = await statements_of(client, sqlite_url, f"{{ {LIST} a: feedCursor feedCursor }}")

    assert without == skipped == selected
    assert (reads_without, reads_skipped, reads_selected) == (0, 0, 1)
