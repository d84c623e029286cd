"""Subscriptions: which events are sent, to whom, and from which position."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.storage import Cipher, Store
from gateway.storage.housekeeping import Housekeeping
from providers.domain.errors import Unavailable
from tests.testkit.client import Client, Json, Socket
from tests.testkit.clock import Clock
from tests.testkit.paper import Paper
from tests.testkit.served import Served, served
from tests.testkit.steps import connected, known_conversation
from tests.testkit.token import token_of

MESSAGES = """subscription ($account: ID, $conversation: ID, $after: String) {
    messageAdded(accountId: $account, conversationId: $conversation, after: $after) { text }
}"""
MEETINGS = "subscription ($after: String) { meetingChanged(after: $after) { title status } }"
ACCOUNTS = "subscription ($after: String) { accountChanged(after: $after) { id status } }"


async def begun(client: Client, paper: Paper, account: str, name: str) -> str:
    """The id of a conversation."""
    known_conversation(paper, account, name)
    document = "query ($id: ID!) { account(id: $id) { conversations(first: 1) { nodes { id } } } }"
    data = await client.data(document, {"cache-control": "no-cache"}, id=account)
    return str(data["account"]["conversations"]["nodes"][0]["id"])


async def send(client: Client, conversation: str, *texts: str) -> None:
    for text in texts:
        await client.do("sendMessage", conversationId=conversation, text=text)


async def texts(socket: Socket, count: int) -> list[str]:
    return [(await socket.event())["data"]["messageAdded"]["text"] for _ in range(count)]


async def schedule(client: Client, account: str, title: str) -> None:
    meeting = {"title": title, "startTime": "2030-05-06T14:00:00Z", "durationMinutes": 30}
    await client.do("scheduleMeeting", accountId=account, **meeting)


async def resumed(client: Client, document: str, after: str, count: int) -> list[Json]:
    """The events that come after a cursor."""
    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": document, "variables": {"after": after}})
        return [await socket.event() for _ in range(count)]


async def test_events_are_sent_in_the_order_in_which_they_happened(client: Client, paper: Paper, account: str) -> None:
    conversation = await begun(client, paper, account, "v")
    numbers = [str(number) for number in range(20)]

    async with client.subscribed(MESSAGES) as socket:
        await send(client, conversation, *numbers)
        assert await texts(socket, 20) == numbers


async def test_only_selected_events_are_sent(client: Client, paper: Paper, account: str) -> None:
    other = await connected(client)
    here, there = await begun(client, paper, account, "here"), await begun(client, paper, other, "there")
    beside = await begun(client, paper, account, "beside")

    async with (
        client.subscribed(MESSAGES, conversation=here) as of_conversation,
        client.subscribed(MESSAGES, account=account) as of_account,
        client.subscribed(MESSAGES) as of_all,
        client.subscribed(MESSAGES, account=other, conversation=here) as of_none,
    ):
        for conversation, text in ((there, "there"), (beside, "beside"), (here, "here")):
            await send(client, conversation, text)

        assert await texts(of_all, 3) == ["there", "beside", "here"]
        assert await texts(of_account, 2) == ["beside", "here"]
        assert await texts(of_conversation, 1) == ["here"]
        await of_none.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})
        assert (await of_none.hear())["id"] == "2"


async def test_kinds_are_apart(client: Client, paper: Paper, account: str) -> None:
    conversation = await begun(client, paper, account, "v")
    async with client.subscribed(MEETINGS) as meetings, client.subscribed(ACCOUNTS) as accounts:
        await send(client, conversation, "Hello")
        await schedule(client, account, "Review")
        await client.do("disconnectAccount", accountId=account)

        assert (await meetings.event())["data"] == {"meetingChanged": {"title": "Review", "status": "SCHEDULED"}}
        assert (await accounts.event())["data"] == {"accountChanged": {"id": account, "status": "DISCONNECTED"}}


async def test_a_long_subscription_sends_current_data(client: Client, clock: Clock, account: str) -> None:
    async with client.subscribed(MEETINGS) as socket:
        clock.pass_by(timedelta(hours=8))
        await client.do("startMeeting", accountId=account, title="Now")

        assert (await socket.event())["data"]["meetingChanged"]["status"] == "IN_PROGRESS"


async def test_stale_data_of_one_event_does_not_mark_the_next_event(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    document = "subscription { meetingChanged { account { contacts { totalCount } } } }"
    await client.data("{ contacts { totalCount } }")
    clock.pass_by(timedelta(hours=1))
    async with client.subscribed(document) as socket:
        paper.failures["list_contacts"] = Unavailable("It is down.", provider="paper")
        await schedule(client, account, "One")
        assert "stale" in (await socket.event())["extensions"]
        del paper.failures["list_contacts"]
        clock.pass_by(timedelta(hours=1))
        await schedule(client, account, "Two")

        assert "stale" not in (await socket.event())["extensions"]


async def test_a_subscription_resumes_after_any_event(client: Client, paper: Paper, account: str) -> None:
    conversation = await begun(client, paper, account, "v")
    numbers = [str(number) for number in range(10)]
    async with client.subscribed(MESSAGES) as socket:
        await send(client, conversation, *numbers)
        cursors = [(await socket.event())["extensions"]["cursor"] for _ in numbers]

    for place, cursor in enumerate(cursors[:-1]):
        missed = await resumed(client, MESSAGES, cursor, len(numbers) - place - 1)
        assert [event["data"]["messageAdded"]["text"] for event in missed] == numbers[place + 1 :]
        assert [event["extensions"]["cursor"] for event in missed] == cursors[place + 1 :]


async def test_at_the_seam_there_is_no_gap_and_no_repeat(client: Client, paper: Paper, account: str) -> None:
    """Subscriptions begin after the first event, while others are written."""
    conversation = await begun(client, paper, account, "v")
    numbers = [str(number) for number in range(15)]
    async with client.subscribed(MESSAGES) as socket:
        await send(client, conversation, "first")
        cursor = (await socket.event())["extensions"]["cursor"]

    writing = asyncio.create_task(send(client, conversation, *numbers))
    heard = await asyncio.gather(*(_from_now_on(client, cursor, turn, len(numbers)) for turn in range(8)))
    await writing

    assert heard == [numbers] * 8


async def _from_now_on(client: Client, cursor: str, turn: int, count: int) -> list[str]:
    for _ in range(turn):
        await client.data("{ viewer { userId } }")
    return [event["data"]["messageAdded"]["text"] for event in await resumed(client, MESSAGES, cursor, count)]


async def test_a_cursor_that_is_too_old_is_refused(
    gateway: Served, client: Client, account: str, sqlite_url: str, clock: Clock
) -> None:
    async with client.subscribed(ACCOUNTS) as socket:
        await connected(client)
        cursor = (await socket.event())["extensions"]["cursor"]
        for _ in range(2):
            await connected(client)
    clock.pass_by(timedelta(days=8))
    store = await Store.open(sqlite_url, Cipher([bytes(32)]), clock)
    await Housekeeping(store, clock).run_once()
    await store.aclose()

    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": ACCOUNTS, "variables": {"after": cursor}})
        message = await socket.hear()

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "inputPath": ["after"]}


async def test_an_event_stream_goes_on_after_the_id_of_its_last_event(client: Client, account: str) -> None:
    """As a browser's EventSource does by itself. An own cursor that is older has no effect."""
    first = (await client.data("{ feedCursor }"))["feedCursor"]
    titles = [f"Review {number}" for number in range(3)]
    for title in titles:
        await schedule(client, account, title)
    streamed, last = {"accept": "text/event-stream"}, ""
    for seen, variables in ((0, {"after": first}), (1, {}), (2, {"after": first})):
        headers = {**streamed, "last-event-id": last} if last else streamed
        payload = {"query": MEETINGS, "variables": variables}
        async with client.http.stream("POST", "/graphql", json=payload, headers=headers) as response:
            lines = response.aiter_lines()
            while not (line := await anext(lines)).startswith("id: "):
                pass
            last = line.removeprefix("id: ")
            assert titles[seen] in await anext(lines)


@pytest.mark.parametrize(("cursor", "code"), [("garbage", "BAD_USER_INPUT"), ("", None)])
async def test_an_event_stream_that_goes_on_after_no_cursor_is_refused(
    client: Client, cursor: str, code: str | None
) -> None:
    headers = {"accept": "text/event-stream", "last-event-id": cursor}
    async with client.http.stream("POST", "/graphql", json={"query": MEETINGS}, headers=headers) as response:
        lines = response.aiter_lines()
        if code is None:
            assert await anext(lines) == ":"
        else:
            assert code in "".join([line async for line in lines])


async def test_a_query_is_answered_whatever_the_last_event_id_is(client: Client) -> None:
    data = await client.data("{ viewer { userId } }", {"last-event-id": "garbage"})
    assert data["viewer"]["userId"]


async def test_an_event_of_another_process_is_sent(
    gateway: Served, client: Client, account: str, tmp_path: Path
) -> None:
    configuration = (tmp_path / "switchboard.toml").read_text()
    async with (
        served(tmp_path, configuration, clock=gateway.clock) as other,
        other.client() as listener,
        listener.subscribed(MEETINGS) as socket,
    ):
        await schedule(client, account, "Review")

        assert (await socket.event())["data"]["meetingChanged"]["title"] == "Review"


class TestSeveralUsers:
    @pytest.fixture
    async def users(self, shared_gateway: Served) -> AsyncIterator[dict[str, Client]]:
        tokens: dict[str, Any] = {
            "ada": token_of("ada"),
            "bob": token_of("bob"),
            "root": token_of("root", "admin"),
            "writer": token_of("ada", "write"),
        }
        async with AsyncExitStack() as exit_stack:
            clients = {name: shared_gateway.client(token) for name, token in tokens.items()}
            yield {name: await exit_stack.enter_async_context(client) for name, client in clients.items()}

    async def test_events_of_other_users_are_not_sent(self, users: dict[str, Client], paper: Paper) -> None:
        ada, bob, root = users["ada"], users["bob"], users["root"]
        conversations = {}
        for name in ("ada", "bob"):
            account = await connected(users[name])
            conversations[name] = await begun(users[name], paper, account, f"of {name}")

        async with (
            ada.subscribed(MESSAGES) as for_ada,
            bob.subscribed(MESSAGES) as for_bob,
            root.subscribed(MESSAGES) as for_root,
        ):
            await send(ada, conversations["ada"], "from ada")
            await send(bob, conversations["bob"], "from bob")

            assert await texts(for_root, 2) == ["from ada", "from bob"]
            assert await texts(for_ada, 1) == ["from ada"]
            assert await texts(for_bob, 1) == ["from bob"]

    async def test_anothers_account_is_as_if_it_were_not_there(self, users: dict[str, Client]) -> None:
        account = await connected(users["ada"])

        async with users["bob"].websocket() as socket:
            await socket.say(id="1", type="subscribe", payload={"query": MESSAGES, "variables": {"account": account}})
            message = await socket.hear()

        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"

    async def test_a_viewer_without_the_scope_read_gets_no_events(self, users: dict[str, Client]) -> None:
        async with users["writer"].websocket() as socket:
            await socket.say(id="1", type="subscribe", payload={"query": MESSAGES})
            message = await socket.hear()

        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"
