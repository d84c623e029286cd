"""The order of events on one connection: after any cut, all of its subscriptions go on after the last cursor seen."""

import asyncio
import base64
import tomllib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from gateway.events.cursors import EventCursors, FeedPosition
from tests.testkit.client import Client, Json, Socket
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.steps import BEN, connected, conversation_with, met
from tests.testkit.world import WAITING, WorldBuilder

SUBSCRIPTIONS: dict[str, tuple[str, Json]] = {
    "all": ("subscription { changes { kind node { id } } }", {}),
    "messages": ("subscription { messageAdded { id } }", {}),
    "texts of the first": ("subscription ($a: ID) { messageAdded(accountId: $a) { text } }", {"a": "first"}),
    "texts of the second": ("subscription ($a: ID) { messageAdded(accountId: $a) { text } }", {"a": "second"}),
    "meetings": ("subscription { meetingChanged { title } }", {}),
    "reviews": ('subscription { meetingChanged(filter: { text: "review" }) { title } }', {}),
    "conversations": ("subscription { conversationChanged { id } }", {}),
    "contacts": ("subscription { contactChanged { id } }", {}),
    "some kinds": ("subscription { changes(kinds: [MEETING, CONVERSATION]) { cursor node { id } } }", {}),
}
"""Most changes are sent to several of them."""

CHANGES = 12


class World:
    """Two accounts, each with a conversation."""

    def __init__(self, client: Client, accounts: dict[str, str], conversations: list[str], contact: str) -> None:
        self.client = client
        self.accounts = accounts
        self._conversations = conversations
        self._contact = contact

    async def cursor(self) -> str:
        return str((await self.client.data("{ feedCursor }"))["feedCursor"])

    async def happen(self, random: Random) -> None:
        for number in range(CHANGES):
            await self._change(random, number)
        await self.client.do("disconnectAccount", accountId=self.accounts["second"])

    def is_last(self, message: Json) -> bool:
        """Whether a message is the last one of `happen`, which only one of the subscriptions is sent."""
        node = message["payload"]["data"].get("changes", {}).get("node")
        return bool(node) and node["id"] == self.accounts["second"]

    async def subscribe(self, socket: Socket, names: Iterable[str]) -> None:
        for name in names:
            document, variables = SUBSCRIPTIONS[name]
            named = {key: self.accounts[account] for key, account in variables.items()}
            await socket.say(id=name, type="subscribe", payload={"query": document, "variables": named})

    @asynccontextmanager
    async def resumed(self, after: str, names: Iterable[str] = SUBSCRIPTIONS) -> AsyncIterator[Socket]:
        async with self.client.websocket({"after": after}) as socket:
            await self.subscribe(socket, names)
            yield socket

    async def messages_after(self, cursor: str) -> list[Json]:
        """All messages of one connection that is not cut."""
        async with asyncio.timeout(20), self.resumed(cursor) as socket:
            messages = [await socket.hear()]
            while not self.is_last(messages[-1]):
                messages.append(await socket.hear())
        return messages

    async def _change(self, random: Random, number: int) -> None:
        match random.randrange(4):
            case 0 | 1:
                conversation = random.choice(self._conversations)
                await self.client.do("sendMessage", conversationId=conversation, text=f"Text {number}")
            case 2:
                meeting = {"startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
                title = f"{random.choice(['Review', 'Lunch'])} {number}"
                await self.client.do("scheduleMeeting", accountId=self.accounts["first"], title=title, **meeting)
            case 3:
                await self.client.do("updateContact", contactId=self._contact, lastName=f"Moor {number}")


@pytest.fixture
async def world(client: Client) -> World:
    accounts = {name: await connected(client) for name in ("first", "second")}
    contacts = [await met(client, account, BEN) for account in accounts.values()]
    pairs = zip(accounts.values(), contacts, strict=True)
    conversations = [await conversation_with(client, account, contact) for account, contact in pairs]
    return World(client, accounts, conversations, contacts[0])


@pytest.fixture
def cursors(tmp_path: Path, world: World) -> EventCursors:
    """The gateway's."""
    settings = tomllib.loads((tmp_path / "switchboard.toml").read_text())
    return EventCursors([base64.b64decode(each) for each in settings["store"]["encryption_keys"]])


def cursor_of(message: Json) -> str:
    assert message["type"] == "next", message
    return str(message["payload"]["extensions"]["cursor"])


def by_subscription(messages: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {name: [] for name in SUBSCRIPTIONS}
    for each in messages:
        found[each["id"]].append(each["payload"])
    return found


@pytest.mark.parametrize("seed", range(5))
async def test_after_any_cut_nothing_is_lost_and_nothing_comes_twice(world: World, seed: int) -> None:
    """The socket is cut after some messages, while more is happening. The client starts its subscriptions shuffled."""
    begin, cuts = await world.cursor(), Random(seed)
    happening = asyncio.create_task(world.happen(Random(-seed)))
    seen: list[Json] = []
    after = begin
    while not seen or not world.is_last(seen[-1]):
        async with (
            asyncio.timeout(20),
            world.resumed(after, cuts.sample([*SUBSCRIPTIONS], len(SUBSCRIPTIONS))) as socket,
        ):
            for _ in range(cuts.randrange(1, 9)):
                seen.append(await socket.hear())
                if world.is_last(seen[-1]):
                    break
        after = cursor_of(seen[-1])
    await happening

    assert by_subscription(seen) == by_subscription(await world.messages_after(begin))
    assert all(by_subscription(seen).values())


async def test_events_come_in_the_order_of_the_feed_and_of_places_within_an_entry(
    world: World, cursors: EventCursors
) -> None:
    begin = await world.cursor()
    await world.happen(Random(1))

    positions = [cursors.read(cursor_of(each)) for each in await world.messages_after(begin)]
    assert positions == sorted({*positions})
    assert len({position.number for position in positions}) < len(positions)


async def test_a_subscription_that_replays_holds_back_what_is_newer(world: World, cursors: EventCursors) -> None:
    begin = await world.cursor()
    async with world.client.subscribed(SUBSCRIPTIONS["meetings"][0]) as socket:
        await world.happen(Random(1))
        payload = {"query": SUBSCRIPTIONS["messages"][0].replace("Added", f'Added(after: "{begin}")')}
        heard = [await socket.hear()]
        await socket.say(id="replay", type="subscribe", payload=payload)
        while heard[-1]["id"] != "replay":
            heard.append(await socket.hear())
        schedule = {"title": "Late", "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
        await world.client.do("scheduleMeeting", accountId=world.accounts["first"], **schedule)
        replayed = [heard[-1]]
        while replayed[-1]["id"] == "replay":
            replayed.append(await socket.hear())

    positions = [cursors.read(cursor_of(each)) for each in replayed]
    assert positions == sorted(positions)
    assert replayed[-1]["payload"]["data"] == {"meetingChanged": {"title": "Late"}}


async def test_a_subscription_s_own_cursor_counts_if_it_is_newer(world: World) -> None:
    begin = await world.cursor()
    await world.happen(Random(1))
    messages = by_subscription(await world.messages_after(begin))["messages"]
    own, connection = (messages[number]["extensions"]["cursor"] for number in (1, 0))
    query = "subscription ($after: String) { messageAdded(after: $after) { id } }"

    for first, second in ((own, connection), (connection, own)):
        async with world.client.websocket({"after": first}) as socket:
            await socket.say(id="1", type="subscribe", payload={"query": query, "variables": {"after": second}})
            assert [await socket.event() for _ in messages[2:]] == messages[2:]


@pytest.mark.parametrize("after", ["garbage", "", 7, {}])
async def test_a_connection_that_resumes_after_no_cursor_is_told_so_by_its_subscriptions(
    client: Client, after: object
) -> None:
    async with client.websocket({"after": after}) as socket:
        await socket.say(id="1", type="subscribe", payload={"query": SUBSCRIPTIONS["meetings"][0]})
        message = await socket.hear()
        assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["after"]}
        await socket.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})
        assert (await socket.hear())["id"] == "2"


async def test_a_subscription_that_takes_too_long_ends_and_lets_the_others_go_on(
    tmp_path: Path, sqlite_url: str, paper_name: str, paper: Paper, clock: Clock
) -> None:
    """Its provider does not answer. It is the one that comes first in the order."""
    providers = {"paper": f'upstream = "{paper_name}"'}
    settings = f"{WAITING}\n[limits]\nseconds = 1"
    builder = WorldBuilder(folder=tmp_path, providers=providers, store_url=sqlite_url, settings=settings)
    async with builder.served(clock=clock) as gateway, gateway.client() as client:
        account = await connected(client)
        conversation = await conversation_with(client, account, await met(client, account, BEN))
        async with client.subscribed("subscription { messageAdded { text } }", {}) as socket:
            await socket.subscribe("subscription { messageAdded { conversation { contact { id } } } }", "slow")
            clock.pass_by(timedelta(hours=1))
            paper.gates["list_contacts"] = asyncio.Event()
            for text in ("one", "two"):
                await client.do("sendMessage", conversationId=conversation, text=text)
            heard = [await socket.hear() for _ in range(3)]
            paper.gates["list_contacts"].set()

    (error,) = (each["payload"] for each in heard if each["type"] == "error")
    assert error[0]["extensions"]["code"] == "UNAVAILABLE"
    texts = [each["payload"]["data"]["messageAdded"]["text"] for each in heard if each["type"] == "next"]
    assert texts == ["one", "two"]


def test_positions_are_ordered_by_entry_then_by_place() -> None:
    assert FeedPosition(1, 9) < FeedPosition(2, 1) < FeedPosition(2, 2)
