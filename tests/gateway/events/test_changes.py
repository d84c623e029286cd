"""Changes of contacts, conversations and everything else: what is announced, as what, and to whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.runtime.clock import utc_now
from providers.domain.entities import Contact
from tests.testkit.client import Client, Json, Socket
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import Paper
from tests.testkit.served import Served
from tests.testkit.statements import commit_to, statements_of_all_stores
from tests.testkit.steps import BEN, connected, conversation_with, key_of, known_conversation, met, number_of
from tests.testkit.token import token_of
from tests.testkit.world import WorldBuilder

CHANGES = """subscription ($accounts: [ID!], $kinds: [ChangedType!], $after: String) {
    changes(accountIds: $accounts, kinds: $kinds, after: $after) {
        cursor kind node { __typename id ... on Contact { firstName } ... on Message { text } } } }"""
CONTACTS = "subscription ($a: ID, $all: [ID!]) { contactChanged(accountId: $a, accountIds: $all) { firstName } }"
CONVERSATIONS = """subscription ($a: ID, $all: [ID!]) {
    conversationChanged(accountId: $a, accountIds: $all) { externalId contact { firstName } lastMessage { text } } }"""
FRESH = {"cache-control": "no-cache"}


def known_contact(paper: Paper, account: str, name: str, first_name: str = "Grace") -> Contact:
    """A contact that the upstream has."""
    contact = Contact(
        account_key=key_of(account), external_id=name, number=BEN, e164=BEN, first_name=first_name, synced_at=NOON
    )
    paper.contacts.setdefault(contact.account_key, []).append(contact)
    return contact


async def read_lists(client: Client) -> None:
    await client.data("{ contacts { totalCount } conversations { totalCount } }", FRESH)


async def changes(socket: Socket, count: int) -> list[tuple[str, str]]:
    found = [(await socket.event())["data"]["changes"] for _ in range(count)]
    return [(each["kind"], each["node"]["__typename"]) for each in found]


async def heard(socket: Socket) -> Json:
    ((_, node),) = (await socket.event())["data"].items()
    found: Json = node
    return found


async def test_what_the_first_read_of_a_list_finds_has_not_just_happened(
    client: Client, paper: Paper, account: str
) -> None:
    for number in range(200):
        known_contact(paper, account, f"c-{number}")
        known_conversation(paper, account, f"v-{number}", f"c-{number}")
    async with client.subscribed(CHANGES, accounts=[account]) as socket:
        await read_lists(client)
        await client.do("disconnectAccount", accountId=account)
        assert await changes(socket, 1) == [("CHANGED", "Account")]


async def test_a_contact_that_is_new_or_renamed_or_gone_elsewhere_is_found_by_the_next_read(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    grace = known_contact(paper, account, "c-1")
    await read_lists(client)
    async with client.subscribed(CHANGES) as socket, client.subscribed(CONTACTS) as contacts:
        known_contact(paper, account, "c-2", "Ada")
        await read_lists(client)
        assert await heard(contacts) == {"firstName": "Ada"}
        own = paper.contacts[key_of(account)]
        own[0] = replace(grace, first_name="Rear Admiral Grace")
        await read_lists(client)
        assert await heard(contacts) == {"firstName": "Rear Admiral Grace"}
        del own[0]
        clock.pass_by(timedelta(seconds=1))
        await read_lists(client)
        events = [(await socket.event())["data"]["changes"] for _ in range(3)]

    assert [(each["kind"], each["node"]["firstName"]) for each in events] == [
        ("ADDED", "Ada"),
        ("CHANGED", "Rear Admiral Grace"),
        ("REMOVED", "Rear Admiral Grace"),
    ]
    assert events[2]["node"]["id"] == events[1]["node"]["id"]


async def test_a_list_that_has_not_changed_is_no_event(client: Client, paper: Paper, account: str) -> None:
    known_contact(paper, account, "c-1")
    known_conversation(paper, account, "v-1", "c-1")
    await read_lists(client)
    async with client.subscribed(CHANGES) as socket:
        await read_lists(client)
        await client.do("disconnectAccount", accountId=account)
        assert await changes(socket, 1) == [("CHANGED", "Account")]


async def test_a_conversation_is_sent_when_it_begins_and_with_its_contact_and_with_its_messages(
    client: Client, account: str
) -> None:
    async with client.subscribed(CONVERSATIONS) as socket, client.subscribed(CHANGES) as everything:
        contact = await met(client, account, BEN)
        conversation = await conversation_with(client, account, contact)
        begun = await heard(socket)
        await client.do("updateContact", contactId=contact, firstName="Benjamin")
        renamed = await heard(socket)
        await client.do("sendMessage", conversationId=conversation, text="Hello")
        assert begun == {"externalId": "conversation-1", "contact": {"firstName": "Ben"}, "lastMessage": None}
        assert renamed == {**begun, "contact": {"firstName": "Benjamin"}}
        assert await heard(socket) == {**renamed, "lastMessage": {"text": "Hello"}}

        assert await changes(everything, 5) == [
            ("ADDED", "Contact"),
            ("ADDED", "Conversation"),
            ("CHANGED", "Contact"),
            ("CHANGED", "Conversation"),
            ("ADDED", "Message"),
        ]


async def test_a_conversation_that_begins_elsewhere_is_found_by_the_next_read(
    client: Client, paper: Paper, account: str
) -> None:
    await read_lists(client)
    async with client.subscribed(CONVERSATIONS) as socket:
        known_conversation(paper, account, "v-1")
        await read_lists(client)
        assert (await heard(socket))["externalId"] == "v-1"


async def test_a_contact_that_is_known_after_its_conversation_changes_this(
    client: Client, paper: Paper, account: str
) -> None:
    known_conversation(paper, account, "v-1", "c-1")
    await read_lists(client)
    async with client.subscribed(CONVERSATIONS) as socket:
        known_contact(paper, account, "c-1")
        await read_lists(client)
        assert (await heard(socket))["contact"] == {"firstName": "Grace"}


async def test_a_text_of_a_stranger_is_a_contact_a_conversation_and_a_message(client: Client) -> None:
    ann, bob = [await connected(client, "local") for _ in range(2)]
    contact = await met(client, ann, await number_of(client, bob))
    conversation = await conversation_with(client, ann, contact)
    async with client.subscribed(CHANGES, accounts=[bob]) as socket, client.subscribed(CONVERSATIONS, a=bob) as begun:
        await client.do("sendMessage", conversationId=conversation, text="Hello")
        assert await changes(socket, 3) == [("ADDED", "Contact"), ("ADDED", "Conversation"), ("ADDED", "Message")]
        assert [(await heard(begun))["lastMessage"] for _ in range(2)] == [{"text": "Hello"}] * 2


async def test_an_account_is_added_once(client: Client) -> None:
    async with client.subscribed(CHANGES, kinds=["ACCOUNT"]) as socket:
        account = await connected(client)
        await client.do("disconnectAccount", accountId=account)
        assert await changes(socket, 2) == [("ADDED", "Account"), ("CHANGED", "Account")]


async def test_a_meeting_that_is_no_longer_listed_is_cancelled_and_not_removed(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    await client.do("scheduleMeeting", accountId=account, title="Review", **meeting_at(14))
    document = 'query { meetings(filter: { from: "2030-05-06T00:00:00Z" }) { totalCount } }'
    await client.data(document, FRESH)
    async with client.subscribed(CHANGES, kinds=["MEETING"]) as socket:
        clock.pass_by(timedelta(minutes=5))
        paper.meetings[key_of(account)].clear()
        await client.data(document, FRESH)
        assert await changes(socket, 1) == [("CHANGED", "Meeting")]


def meeting_at(hour: int) -> Json:
    return {"startTime": f"2030-05-06T{hour}:00:00Z", "durationMinutes": 30}


async def test_the_cursor_in_the_data_is_that_of_the_extensions_and_resumes(client: Client, account: str) -> None:
    async with client.subscribed(CHANGES) as socket:
        await met(client, account, BEN)
        event = await socket.event()
        await client.do("disconnectAccount", accountId=account)
        later = await socket.event()
    cursor = event["data"]["changes"]["cursor"]
    assert event["extensions"]["cursor"] == cursor
    async with client.websocket() as socket:
        await socket.say(id="1", type="subscribe", payload={"query": CHANGES, "variables": {"after": cursor}})
        assert await socket.event() == later


async def test_only_wanted_kinds_are_sent_and_a_message_as_its_conversation_without_its_own(
    client: Client, account: str
) -> None:
    """Both subscriptions have one document, and are sent the same entry."""
    conversation = await conversation_with(client, account, await met(client, account, BEN))
    async with (
        client.subscribed(CHANGES, kinds=["CONVERSATION"]) as conversations,
        client.subscribed(CHANGES, kinds=["CONVERSATION", "MESSAGE"]) as both,
        client.subscribed(CHANGES, kinds=[]) as nothing,
    ):
        await client.do("sendMessage", conversationId=conversation, text="Hello")
        assert await changes(conversations, 1) == [("CHANGED", "Conversation")]
        assert await changes(both, 1) == [("ADDED", "Message")]
        await nothing.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})
        assert (await nothing.hear())["id"] == "2"


@pytest.mark.parametrize(
    "field",
    [
        "messageAdded(accountId: $one, accountIds: $some) { id }",
        "meetingChanged(accountId: $one, accountIds: $some) { id }",
        "conversationChanged(accountId: $one, accountIds: $some) { id }",
        "contactChanged(accountId: $one, accountIds: $some) { id }",
        "changes(accountIds: $some) { node { id } }",
    ],
)
async def test_both_arguments_of_accounts_hold(client: Client, field: str) -> None:
    used = "$one: ID, " if "$one" in field else ""
    document = f"subscription ({used}$some: [ID!]) {{ {field} }}"
    first, second = [await connected(client) for _ in range(2)]
    contacts = [await met(client, account, BEN) for account in (first, second)]
    conversations = [
        await conversation_with(client, account, contact)
        for account, contact in zip((first, second), contacts, strict=True)
    ]
    async with (
        client.subscribed(document, some=[second]) as of_second,
        client.subscribed(document, some=[first, second]) as of_both,
        client.subscribed(document, one=first, some=[second] if used else []) as of_none,
    ):
        for account, contact, conversation in zip((first, second), contacts, conversations, strict=True):
            await client.do("updateContact", contactId=contact, firstName="Benjamin")
            await client.do("sendMessage", conversationId=conversation, text="Hello")
            await client.do("scheduleMeeting", accountId=account, title="Review", **meeting_at(14))
        wanted = (await of_second.event())["data"]
        of_first = [(await of_both.event())["data"]]
        while of_first[-1] != wanted:
            of_first.append((await of_both.event())["data"])
        assert len(of_first) > 1
        await of_none.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})
        assert (await of_none.hear())["id"] == "2"


@pytest.mark.parametrize(
    "field", ["messageAdded", "meetingChanged", "conversationChanged", "contactChanged", "changes"]
)
async def test_an_unknown_account_among_several_is_not_found(client: Client, account: str, field: str) -> None:
    selected = "cursor" if field == "changes" else "id"
    document = f"subscription ($some: [ID!]) {{ {field}(accountIds: $some) {{ {selected} }} }}"
    for ids in ([account, "garbage"], [account] * 101):
        async with client.websocket() as socket:
            await socket.say(id="1", type="subscribe", payload={"query": document, "variables": {"some": ids}})
            error = (await socket.hear())["payload"][0]
        assert error["extensions"]["code"] == ("NOT_FOUND" if "garbage" in ids else "BAD_USER_INPUT")


async def test_many_accounts_are_looked_up_by_as_many_statements_as_one(client: Client, sqlite_url: str) -> None:
    """A last one that is unknown ends the look-up with an answer."""
    accounts = [await connected(client) for _ in range(5)]
    document = "subscription ($some: [ID!]) { meetingChanged(accountIds: $some) { id } }"
    sent = []
    async with client.websocket() as socket:
        for name, some in (("1", accounts[:1]), ("2", accounts)):
            payload = {"query": document, "variables": {"some": [*some, "garbage"]}}
            await commit_to(sqlite_url)
            with statements_of_all_stores() as of_start:
                await socket.say(id=name, type="subscribe", payload=payload)
                assert (await socket.hear())["payload"][0]["extensions"]["code"] == "NOT_FOUND"
            sent.append(len(of_start))
    assert sent[0] == sent[1] > 0


class TestSeveralUsers:
    @pytest.fixture
    async def users(self, shared_gateway: Served) -> AsyncIterator[dict[str, Client]]:
        async with AsyncExitStack() as exit_stack:
            clients = {name: shared_gateway.client(token_of(name)) for name in ("ada", "bob")}
            yield {name: await exit_stack.enter_async_context(client) for name, client in clients.items()}

    @pytest.mark.parametrize("document", [CHANGES, CONTACTS, CONVERSATIONS])
    async def test_changes_of_other_users_are_not_sent(self, users: dict[str, Client], document: str) -> None:
        ada, bob = users["ada"], users["bob"]
        accounts = {name: await connected(client) for name, client in users.items()}
        async with ada.subscribed(document) as for_ada, bob.subscribed(document) as for_bob:
            for name, client in users.items():
                contact = await met(client, accounts[name], BEN, name)
                await conversation_with(client, accounts[name], contact)
            for socket, own, other in ((for_ada, "ada", "bob"), (for_bob, "bob", "ada")):
                sent = str(await socket.event())
                assert own in sent or document is CONVERSATIONS
                assert other not in sent
                await socket.say(id="2", type="subscribe", payload={"query": "{ viewer { userId } }"})

    async def test_an_account_of_another_user_is_not_found(self, users: dict[str, Client]) -> None:
        account = await connected(users["ada"])
        for variables in ({"a": account}, {"all": [account]}):
            async with users["bob"].websocket() as socket:
                await socket.say(id="1", type="subscribe", payload={"query": CONTACTS, "variables": variables})
                assert (await socket.hear())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


class TestPolling:
    """While someone listens, what no provider announces is looked for."""

    @pytest.fixture
    async def polled(
        self, tmp_path: Path, sqlite_url: str, paper_name: str, paper: Paper
    ) -> AsyncIterator[tuple[Client, str]]:
        providers = {"paper": f'upstream = "{paper_name}"\npoll_seconds = 0.05'}
        builder = WorldBuilder(folder=tmp_path, providers=providers, store_url=sqlite_url)
        async with builder.world(now=utc_now) as world:
            account = await world.connected("paper")
            known_contact(paper, account, "c-1")
            known_conversation(paper, account, "v-1", "c-1")
            await read_lists(world.client)
            yield world.client, account

    @pytest.mark.parametrize(
        "field", ["contactChanged { firstName }", "conversationChanged { contact { firstName } }", "changes { cursor }"]
    )
    async def test_a_contact_that_is_renamed_elsewhere_shows_without_a_query(
        self, polled: tuple[Client, str], paper: Paper, field: str
    ) -> None:
        client, account = polled
        async with client.subscribed(f"subscription {{ {field} }}") as socket, asyncio.timeout(20):
            own = paper.contacts[key_of(account)]
            own[0] = replace(own[0], first_name="Rear Admiral Grace")
            await socket.event()

    async def test_a_conversation_that_begins_elsewhere_shows_without_a_query(
        self, polled: tuple[Client, str], paper: Paper
    ) -> None:
        client, account = polled
        async with client.subscribed(CONVERSATIONS) as socket, asyncio.timeout(20):
            known_conversation(paper, account, "v-2")
            assert (await heard(socket))["externalId"] == "v-2"

    async def test_contacts_are_not_looked_for_without_someone_who_wants_them(
        self, polled: tuple[Client, str], paper: Paper
    ) -> None:
        client, _ = polled
        before = paper.calls["list_contacts"]
        async with client.subscribed("subscription { messageAdded { id } }"):
            await paper.until_asked("list_conversations", paper.calls["list_conversations"] + 3)
        assert paper.calls["list_contacts"] == before
