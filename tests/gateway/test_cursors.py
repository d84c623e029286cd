"""Cursors of every list: short, and exact although they are shortened."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bad_input.target import Target, furnished, iso
from tests.testkit.client import Json
from tests.testkit.steps import conversation_with, met, number_of
from tests.testkit.world import WorldBuilder

MAX_LENGTH = 48
LISTS = (
    "accounts",
    "meetings",
    "meetings(orderBy: START_TIME_DESC)",
    "contacts",
    "conversations",
    "messages",
    "account.meetings",
    "account.contacts",
    "account.conversations",
    "contact.conversations",
    "conversation.messages",
)


_PAGE = "edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }"


@pytest.fixture
async def target(tmp_path: Path, database_url: str) -> AsyncIterator[Target]:
    """Lists with several rows each: meetings that start at once, contacts of one name, texts of one moment."""
    builder = WorldBuilder(folder=tmp_path, providers={"local": ""}, store_url=database_url)
    async with builder.world() as world:
        furniture = await furnished(world, tmp_path)
        client = world.client
        for account in (furniture.ada, furniture.bob):
            meeting = {"title": "Parallel", "startTime": iso(hours=24), "durationMinutes": 45}
            await client.do("scheduleMeeting", accountId=account, **meeting)
            await client.do("startMeeting", accountId=account, title="Now")
            number = await number_of(client, await world.connected("local"))
            contact = await met(client, account, number, "A name that is far too long for a cursor")
            conversation = await conversation_with(client, account, contact)
            for text in ("One", "Two"):
                await client.do("sendMessage", conversationId=conversation, text=text)
        for text in ("Three", "Four"):
            await client.do("sendMessage", conversationId=furniture.conversation, text=text)
        yield furniture


async def test_pages_of_one_row_in_either_direction_are_the_whole_list(target: Target) -> None:
    for name in LISTS:
        whole = (await _page(target, name, "first: 100"))["edges"]
        assert len(whole) > 1 or name == "contact.conversations"
        assert max(len(each["cursor"]) for each in whole) <= MAX_LENGTH
        forwards: list[Json] = []
        backwards: list[Json] = []
        cursor = ""
        while (page := await _page(target, name, f"first: 1{cursor}"))["edges"]:
            assert page["pageInfo"]["hasPreviousPage"] is bool(forwards)
            forwards += page["edges"]
            cursor = f', after: "{page["pageInfo"]["endCursor"]}"'
        cursor = ""
        while (page := await _page(target, name, f"last: 1{cursor}"))["edges"]:
            assert page["pageInfo"]["hasNextPage"] is bool(backwards)
            backwards += page["edges"]
            cursor = f', before: "{page["pageInfo"]["startCursor"]}"'
        assert forwards == backwards[::-1] == whole, name


async def _page(target: Target, name: str, arguments: str) -> Json:
    """A page of a list at the root, or below an object."""
    parent, _, field = name.rpartition(".")
    field, _, order = field.rstrip(")").partition("(")
    selection = f"{field}({arguments} {order}) {{ {_PAGE} }}"
    if parent:
        subject = target.ada if parent == "account" else getattr(target, parent)
        document = f"query ($id: ID!) {{ {parent}(id: $id) {{ {selection} }} }}"
        holder = (await target.client.data(document, id=subject))[parent]
    else:
        holder = await target.client.data(f"{{ {selection} }}")
    page: Json = holder[field]
    return page
