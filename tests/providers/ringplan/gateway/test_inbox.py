"""Polling of R11: subscribers receive each inbound message once and in order."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from tests.faults.proxy import fault_proxy
from tests.testkit.client import Client, Socket
from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Person, RingPlan, connected, until
from tests.testkit.steps import begun, external_id, number_of
from tests.testkit.token import lasting_token
from tests.testkit.world import WorldBuilder

Json = dict[str, Any]

POLL_SECONDS = 0.5
ARRIVALS = """
    subscription ($after: String, $account: ID, $conversation: ID) {
        messageAdded(after: $after, accountId: $account, conversationId: $conversation) {
            text direction status from conversation { id } } }
"""


@pytest.fixture
def options() -> str:
    return f"poll_seconds = {POLL_SECONDS}"


async def texts(socket: Socket, how_many: int) -> list[str]:
    return [event["data"]["messageAdded"]["text"] for event in await events(socket, how_many)]


async def events(socket: Socket, how_many: int) -> list[Json]:
    async with asyncio.timeout(20):
        return [await socket.event() for _ in range(how_many)]


async def has_nothing_more(socket: Socket, seconds: float = 3 * POLL_SECONDS) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await socket.event()
    except TimeoutError:
        return True
    return False


async def watched(ringplan: RingPlan, conversations: Sequence[str]) -> None:
    """Returns when each of the conversations has been looked at."""

    async def has_been_looked_at() -> bool:
        asked = {call["path"] for call in await ringplan.api_calls()}
        return all(f"/texting/conversations/{external_id(each)}/messages" in asked for each in conversations)

    await until(has_been_looked_at)


async def listed(ringplan: RingPlan) -> None:
    """Returns when it has been looked which conversations there are."""

    async def has_been_listed() -> bool:
        return any(call["path"] == "/texting/conversations" for call in await ringplan.api_calls())

    await until(has_been_listed)


async def looks(ringplan: RingPlan, conversation: str) -> int:
    """Return the number of polls of a conversation."""
    calls = [call["path"] for call in await ringplan.api_calls()]
    return calls.count(f"/texting/conversations/{external_id(conversation)}/messages")


def numbered(text: str, first: int, last: int) -> list[str]:
    return [f"{text} {number}" for number in range(first, last + 1)]


async def test_a_message_reaches_subscribers_within_a_second_of_the_next_poll(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    conversation = await begun(ada, account_id)
    async with ada.subscribed(ARRIVALS) as socket:
        await watched(ringplan, [conversation])
        for text in ("Hello", "Are you there?"):
            sent = monotonic()
            await ringplan.arrive(external_id(conversation), text)
            [event] = await events(socket, 1)
            assert monotonic() - sent < POLL_SECONDS + 1
            assert event["data"]["messageAdded"] == {
                "text": text,
                "direction": "INBOUND",
                "status": "RECEIVED",
                "from": "2025550123",
                "conversation": {"id": conversation},
            }
        assert await has_nothing_more(socket)


async def test_more_than_a_page_of_new_messages_is_announced_completely_and_in_order(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    conversation = await begun(ada, await connected(ada, person))
    async with ada.subscribed(ARRIVALS) as socket:
        await watched(ringplan, [conversation])
        await ringplan.arrive(external_id(conversation), "one", times=45)
        assert await texts(socket, 45) == numbered("one", 1, 45)
        await ringplan.arrive(external_id(conversation), "two", times=61)
        assert await texts(socket, 61) == numbered("two", 1, 61)
        assert await has_nothing_more(socket)


async def test_a_sent_message_is_published_once(ada: Client, ringplan: RingPlan, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person))
    async with ada.subscribed(ARRIVALS) as socket:
        await watched(ringplan, [conversation])
        for text in ("one", "two"):
            await ada.do("sendMessage", "message { id }", conversationId=conversation, text=text)
            await ringplan.arrive(external_id(conversation), f"and {text}")
            assert await texts(socket, 2) == [text, f"and {text}"]
        assert await has_nothing_more(socket)


async def test_a_contact_that_others_renamed_is_found(ada: Client, ringplan: RingPlan, person: Person) -> None:
    """With its conversations. RingPlan announces nothing."""
    conversation = await begun(ada, await connected(ada, person))
    [contact] = await ringplan.call(person, "GET", "/texting/contacts")

    async def is_watched() -> bool:
        return any(
            (call["method"], call["path"]) == ("GET", "/texting/contacts")
            for call in (await ringplan.api_calls())[calls:]
        )

    calls = len(await ringplan.api_calls())
    async with (
        ada.subscribed("subscription { contactChanged { firstName } }") as contacts,
        ada.subscribed("subscription { conversationChanged { id contact { firstName } } }") as conversations,
    ):
        await until(is_watched)
        renamed = {**contact, "first_name": "Benjamin"}
        await ringplan.call(person, "PUT", f"/texting/contacts/{contact['id']}", **renamed)
        [of_contact], [of_conversation] = await events(contacts, 1), await events(conversations, 1)
    assert of_contact["data"] == {"contactChanged": {"firstName": "Benjamin"}}
    assert of_conversation["data"]["conversationChanged"] == {"id": conversation, "contact": {"firstName": "Benjamin"}}


async def test_a_conversation_that_others_started_is_found(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    number = await number_of(ada, account_id)
    async with ada.subscribed(ARRIVALS) as socket:
        await listed(ringplan)
        contact = {"first_name": "Grace", "last_name": "Moor", "number": "2025550177"}
        made = await ringplan.call(person, "POST", "/texting/contacts", **contact)
        begun_elsewhere = await ringplan.call(
            person, "POST", "/texting/conversations", contact_id=made["id"], from_number=number
        )
        await ringplan.arrive(begun_elsewhere["id"], "Hello", times=25)
        [first, *_] = heard = await events(socket, 25)
        assert [event["data"]["messageAdded"]["text"] for event in heard] == numbered("Hello", 1, 25)
        assert external_id(first["data"]["messageAdded"]["conversation"]["id"]) == begun_elsewhere["id"]


async def test_what_arrived_while_the_account_was_expired_is_announced_in_order_of_time(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    known, number = await begun(ada, account_id), await number_of(ada, account_id)
    async with ada.subscribed(ARRIVALS, account=account_id) as socket:
        await watched(ringplan, [known])
        await ringplan.arrive(external_id(known), "Hello")
        assert await texts(socket, 1) == ["Hello"]
        await ringplan.tokens(expire_id_tokens=True, expire_refresh_tokens=True)
        await until(lambda: has_expired(ada, account_id))
        again = await ringplan.logged_in(person.email)
        contact = {"first_name": "Grace", "last_name": "Moor", "number": "2025550177"}
        made = await ringplan.call(again, "POST", "/texting/contacts", **contact)
        stranger = await ringplan.call(
            again, "POST", "/texting/conversations", contact_id=made["id"], from_number=number
        )
        await ringplan.arrive(external_id(known), "K")
        await ringplan.arrive(stranger["id"], "S")
        assert await has_nothing_more(socket)
        assert await connected(ada, again) == account_id
        assert await texts(socket, 2) == ["K", "S"]
        await ringplan.arrive(stranger["id"], "T")
        assert await texts(socket, 1) == ["T"]
        assert await has_nothing_more(socket)
    messages = await ada.data(
        "query ($id: ID!) { messages(filter: { accountIds: [$id] }) { nodes { text } } }", id=account_id
    )
    assert [node["text"] for node in messages["messages"]["nodes"]] == ["T", "S", "K", "Hello"]


async def has_expired(client: Client, account_id: str) -> bool:
    await client.ask("{ conversations { totalCount } }", {"cache-control": "no-cache"})
    account = await client.data("query ($id: ID!) { account(id: $id) { status } }", id=account_id)
    return bool(account["account"]["status"] == "EXPIRED")


async def test_a_subscriber_receives_only_messages_that_match_its_arguments(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    other_id = await connected(ada, await ringplan.person())
    one, two = [await begun(ada, account_id, f"202555012{index}", f"P{index}") for index in (1, 2)]
    elsewhere = await begun(ada, other_id)
    async with (
        ada.subscribed(ARRIVALS, conversation=one) as of_one,
        ada.subscribed(ARRIVALS, account=account_id) as of_account,
    ):
        await watched(ringplan, [one, two])
        for conversation, text in ((elsewhere, "three"), (two, "two"), (one, "one")):
            await ringplan.arrive(external_id(conversation), text)
        assert await texts(of_one, 1) == ["one"]
        assert sorted(await texts(of_account, 2)) == ["one", "two"]
        assert f"/texting/conversations/{external_id(elsewhere)}/messages" not in {
            call["path"] for call in await ringplan.api_calls()
        }


async def test_subscribers_do_not_get_messages_of_others(
    ada: Client, ben: Client, ringplan: RingPlan, person: Person
) -> None:
    conversation = await begun(ada, await connected(ada, person))
    async with ada.subscribed(ARRIVALS) as of_ada, ben.subscribed(ARRIVALS) as of_ben:
        await watched(ringplan, [conversation])
        await ringplan.arrive(external_id(conversation), "Hello")
        assert await texts(of_ada, 1) == ["Hello"]
        assert await has_nothing_more(of_ben, POLL_SECONDS)


async def test_without_subscribers_there_is_no_poll(ada: Client, ringplan: RingPlan, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person))
    async with ringplan.counted() as before:
        await asyncio.sleep(2 * POLL_SECONDS)
    async with ada.subscribed(ARRIVALS):
        await watched(ringplan, [conversation])
    await asyncio.sleep(2 * POLL_SECONDS)
    async with ringplan.counted() as after:
        await asyncio.sleep(3 * POLL_SECONDS)
    assert (before.api, after.api) == ([], [])


async def test_quiet_conversations_are_polled_once_a_minute(
    ada: Client, ahead: Ahead, ringplan: RingPlan, person: Person
) -> None:
    await ringplan.tokens(opaque=True)
    account_id = await connected(ada, await ringplan.logged_in(person.email))
    conversation = await begun(ada, account_id)
    async with ada.subscribed(ARRIVALS):
        await watched(ringplan, [conversation])
        ahead.pass_by(minutes=10)
        await asyncio.sleep(2 * POLL_SECONDS)
        async with ringplan.counted() as counted:
            await asyncio.sleep(4 * POLL_SECONDS)
        assert (counted.of("/messages"), counted.of("/texting/conversations") > 1) == (0, True)
        ahead.pass_by(minutes=1)
        async with ringplan.counted() as counted:
            await asyncio.sleep(4 * POLL_SECONDS)
        assert counted.of("/messages") == 1


async def test_four_conversations_of_an_account_are_polled_at_the_same_time(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    conversations = [await begun(ada, account_id, f"20255501{index}", f"P{index}") for index in range(10, 22)]
    await ringplan.fail("*", delay=0.1, times=200)
    async with ringplan.counted() as counted, ada.subscribed(ARRIVALS):
        await watched(ringplan, conversations)
    assert counted.peak == 4


async def test_an_account_connected_during_a_subscription_is_polled(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    async with ada.subscribed(ARRIVALS) as socket:
        conversation = await begun(ada, await connected(ada, person))
        sent = monotonic()
        await ringplan.arrive(external_id(conversation), "Hello")
        assert await texts(socket, 1) == ["Hello"]
        assert monotonic() - sent < POLL_SECONDS + 1


async def test_no_message_is_lost_while_the_upstream_fails(ada: Client, ringplan: RingPlan, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person))
    async with ada.subscribed(ARRIVALS) as socket:
        await watched(ringplan, [conversation])
        await ringplan.fail("*", status=503, times=4)
        await ringplan.arrive(external_id(conversation), "Hello", times=25)
        assert await texts(socket, 25) == numbered("Hello", 1, 25)
        assert await has_nothing_more(socket)


async def test_no_message_is_lost_during_an_outage_of_the_upstream(
    sandbox_url: str, ringplan: RingPlan, person: Person, builder: WorldBuilder
) -> None:
    async with fault_proxy(sandbox_url) as proxy:
        behind_proxy = replace(builder, proxies={"ringplan": proxy})
        async with behind_proxy.served(now=Ahead()) as gateway, gateway.client(lasting_token("ada")) as ada:
            conversation = await begun(ada, await connected(ada, person))
            async with ada.subscribed(ARRIVALS) as socket:
                await watched(ringplan, [conversation])
                async with proxy.refusing():
                    await ringplan.arrive(external_id(conversation), "Hello", times=25)
                    await asyncio.sleep(POLL_SECONDS)
                assert await texts(socket, 25) == numbered("Hello", 1, 25)
                assert await has_nothing_more(socket)


async def test_a_subscription_resumes_at_its_cursor_after_a_restart(
    ringplan: RingPlan, person: Person, builder: WorldBuilder, ahead: Ahead
) -> None:
    async with builder.served(now=ahead) as gateway, gateway.client(lasting_token("ada")) as ada:
        conversation = await begun(ada, await connected(ada, person))
        async with ada.subscribed(ARRIVALS) as socket:
            await watched(ringplan, [conversation])
            await ringplan.arrive(external_id(conversation), "before", times=3)
            [_, second, _] = await events(socket, 3)
    await ringplan.arrive(external_id(conversation), "meanwhile", times=30)
    async with (
        builder.served(now=ahead) as gateway,
        gateway.client(lasting_token("ada")) as ada,
        ada.subscribed(ARRIVALS, after=second["extensions"]["cursor"]) as socket,
    ):
        assert await texts(socket, 1) == ["before 3"]
        assert await texts(socket, 30) == numbered("meanwhile", 1, 30)
        await ringplan.arrive(external_id(conversation), "after")
        assert await texts(socket, 1) == ["after"]
        assert await has_nothing_more(socket)


async def test_two_gateways_on_one_store_publish_every_message_once(
    ringplan: RingPlan, person: Person, builder: WorldBuilder, database_url: str
) -> None:
    async with AsyncExitStack() as running:
        sockets: list[Socket] = []
        for name in ("one", "two"):
            folder = builder.folder / name
            folder.mkdir()
            one = replace(builder, folder=folder, store_url=database_url)
            gateway = await running.enter_async_context(one.served(now=Ahead()))
            ada = await running.enter_async_context(gateway.client(lasting_token("ada")))
            if not sockets:
                conversation = await begun(ada, await connected(ada, person))
            sockets.append(await running.enter_async_context(ada.subscribed(ARRIVALS)))
        await watched(ringplan, [conversation])
        for text in ("one", "two"):
            await ringplan.arrive(external_id(conversation), text, times=25)
            for socket in sockets:
                assert await texts(socket, 25) == numbered(text, 1, 25)
        assert await has_nothing_more(sockets[0])
        assert await has_nothing_more(sockets[1])


async def test_poll_always_polls_without_subscribers(
    ringplan: RingPlan, person: Person, builder: WorldBuilder, options: str, ahead: Ahead
) -> None:
    always = replace(builder, providers={"ringplan": f"{options}\npoll_always = true"})
    async with always.served(now=ahead) as gateway, gateway.client(lasting_token("ada")) as ada:
        conversation = await begun(ada, await connected(ada, person))
        async with ada.subscribed(ARRIVALS) as socket:
            await watched(ringplan, [conversation])
            await ringplan.arrive(external_id(conversation), "heard")
            [heard] = await events(socket, 1)
        before = await looks(ringplan, conversation)
        await ringplan.arrive(external_id(conversation), "unheard", times=25)

        async def has_been_looked_at_again() -> bool:
            return await looks(ringplan, conversation) > before + 3

        await until(has_been_looked_at_again)
        await ringplan.fail("*", status=503, times=100)
        async with ada.subscribed(ARRIVALS, after=heard["extensions"]["cursor"]) as socket:
            assert await texts(socket, 25) == numbered("unheard", 1, 25)
