"""An inbox: the last active conversations, what of them is unread, and the message that a search found in its place."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from providers.domain.entities import Contact, Conversation, MessageDirection, MessageStatus
from providers.domain.errors import Unavailable
from resolvers.cursor import write_cursor
from tests.testkit.client import Client, Json
from tests.testkit.clock import NOON, Clock
from tests.testkit.paper import NUMBER, Paper
from tests.testkit.statements import statements_of_all_stores
from tests.testkit.steps import begun, connected, external_id, key_of, known_conversation

INBOX = """query ($first: Int!, $after: String, $filter: ConversationFilter) {
    conversations(first: $first, after: $after, filter: $filter, orderBy: LAST_ACTIVITY_DESC) {
        nodes { externalId lastActivityAt unreadCount readUntil contact { number } lastMessage { text createdAt } }
        pageInfo { endCursor hasNextPage }
    }
}"""
ORDER = """query ($filter: ConversationFilter) {
    conversations(filter: $filter, orderBy: LAST_ACTIVITY_DESC) { nodes { externalId } } }"""
AROUND = """query ($id: ID!, $around: ID, $first: Int, $after: String, $before: String, $last: Int) {
    conversation(id: $id) {
        messages(first: $first, after: $after, last: $last, before: $before, around: $around) {
            nodes { text } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        }
    }
}"""
STATE = """query ($id: ID!) { conversation(id: $id) { unreadCount readUntil account { unreadConversations } } }"""


def texted(paper: Paper, account: str, name: str, *minutes: int) -> Conversation:
    """A conversation with messages of these minutes after noon."""
    conversation = known_conversation(paper, account, name)
    for each in minutes:
        paper.write(conversation, f"{name} {each}", NOON + timedelta(minutes=each))
    return conversation


async def order(client: Client, **filter: object) -> list[str]:
    found = await client.data(ORDER, filter=filter)
    return [each["externalId"] for each in found["conversations"]["nodes"]]


async def ids_of(client: Client) -> dict[str, str]:
    """The ids of conversations and messages, by their external ids and their texts."""
    found = await client.data(
        "{ conversations { nodes { id externalId messages(first: 100) { nodes { id text } } } } }"
    )
    nodes = found["conversations"]["nodes"]
    return {
        **{each["externalId"]: each["id"] for each in nodes},
        **{message["text"]: message["id"] for each in nodes for message in each["messages"]["nodes"]},
    }


async def test_conversations_are_in_the_order_of_messages_that_are_fetched_for_it(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    a, _ = texted(paper, account, "a", 1), texted(paper, account, "b", 5)
    texted(paper, account, "c", 3)
    texted(paper, account, "empty")
    assert await order(client) == ["b", "c", "a", "empty"]

    calls = paper.calls["list_messages"]
    assert await order(client) == ["b", "c", "a", "empty"]
    assert paper.calls["list_messages"] == calls

    paper.write(a, "new", NOON + timedelta(minutes=9))
    clock.pass_by(timedelta(minutes=10))
    assert await order(client) == ["a", "b", "c", "empty"]


async def test_activity_is_the_time_of_the_newest_message_or_null(client: Client, paper: Paper, account: str) -> None:
    texted(paper, account, "a", 1, 2)
    texted(paper, account, "empty")
    (a, empty) = (await client.data(INBOX, first=5))["conversations"]["nodes"]
    assert a["lastActivityAt"] == a["lastMessage"]["createdAt"]
    assert empty["lastActivityAt"] is None
    assert empty["unreadCount"] == 0


async def test_a_conversation_was_active_when_it_was_created(client: Client, clock: Clock, account: str) -> None:
    created = clock()
    conversation = await begun(client, account)
    clock.pass_by(timedelta(days=1))
    document = "query ($id: ID!) { conversation(id: $id) { lastActivityAt } }"
    found = (await client.data(document, id=conversation))["conversation"]["lastActivityAt"]
    assert datetime.fromisoformat(found) == created


async def test_paging_goes_on_while_messages_arrive(client: Client, paper: Paper, clock: Clock, account: str) -> None:
    conversations = [texted(paper, account, f"v{number}", number) for number in range(6)]
    first = (await client.data(INBOX, first=2))["conversations"]
    paper.write(conversations[0], "new", NOON + timedelta(minutes=30))
    clock.pass_by(timedelta(minutes=31))
    second = (await client.data(INBOX, first=9, after=first["pageInfo"]["endCursor"]))["conversations"]
    assert [each["externalId"] for each in first["nodes"]] == ["v5", "v4"]
    assert [each["externalId"] for each in second["nodes"]] == ["v3", "v2", "v1"]
    assert not second["pageInfo"]["hasNextPage"]


async def test_a_conversation_whose_messages_cannot_be_fetched_is_listed_and_stale(
    client: Client, paper: Paper, account: str
) -> None:
    texted(paper, account, "a", 1)
    paper.failures["list_messages"] = Unavailable("It is down.", provider="paper")
    answer = await client.ask(ORDER)
    assert answer["data"]["conversations"]["nodes"] == [{"externalId": "a"}]
    assert [each["code"] for each in answer["extensions"]["stale"]] == ["UNAVAILABLE"]


@pytest.mark.parametrize(
    ("listing", "orders"),
    [("conversations", ("CREATED_DESC", "LAST_ACTIVITY_DESC")), ("contacts", ("CREATED_DESC", "NAME_ASC"))],
)
@pytest.mark.parametrize("turn", [1, -1])
async def test_a_cursor_of_the_other_order_is_refused(
    client: Client, account: str, listing: str, orders: Sequence[str], turn: int
) -> None:
    await begun(client, account)
    type_name = "ConversationOrder" if listing == "conversations" else "ContactOrder"
    document = f"""query ($order: {type_name}, $after: String) {{
        {listing}(orderBy: $order, after: $after) {{ pageInfo {{ endCursor }} }} }}"""
    one, other = orders[::turn]
    cursor = (await client.data(document, order=one))[listing]["pageInfo"]["endCursor"]
    assert (await client.data(document, order=one, after=cursor))[listing] is not None
    (error,) = (await client.ask(document, order=other, after=cursor))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("after:")


async def test_a_cursor_from_before_there_were_orders_goes_on_by_name(client: Client, account: str) -> None:
    for name, number in (("Zoe", "+12025550111"), ("Ann", "+12025550112")):
        await begun(client, account, number, name)
    document = """query ($order: ContactOrder, $after: String) {
        contacts(orderBy: $order, after: $after) { nodes { firstName } } }"""
    cursor = write_cursor("contacts", ("moor", "ann", "\uffff", ""))
    found = await client.data(document, order="NAME_ASC", after=cursor)
    assert found["contacts"]["nodes"] == [{"firstName": "Zoe"}]
    (error,) = (await client.ask(document, after=cursor))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_contacts_are_listed_by_creation_or_by_name(client: Client, account: str) -> None:
    for name, number in (("Zoe", "+12025550111"), ("Ann", "+12025550112"), ("Mia", "+12025550113")):
        await begun(client, account, number, name)
    document = """query ($order: ContactOrder, $id: ID!) {
        contacts(orderBy: $order) { nodes { firstName } }
        account(id: $id) { contacts(orderBy: $order) { nodes { firstName } } } }"""
    for chosen, expected in ((None, ["Mia", "Ann", "Zoe"]), ("NAME_ASC", ["Ann", "Mia", "Zoe"])):
        found = await client.data(document, order=chosen, id=account)
        for listed in (found["contacts"], found["account"]["contacts"]):
            assert [each["firstName"] for each in listed["nodes"]] == expected


@pytest.mark.parametrize("text", ["ann", "ANN l", "(202) 555-0111", "555-01"])
async def test_a_conversation_is_found_by_its_contact_before_any_contact_was_listed(
    client: Client, paper: Paper, account: str, text: str
) -> None:
    key = key_of(account)
    paper.contacts[key] = [
        Contact(
            account_key=key,
            external_id="c1",
            number="+1 202 555 0111",
            e164="+12025550111",
            synced_at=NOON,
            first_name="Ann",
            last_name="Lee",
        )
    ]
    known_conversation(paper, account, "v1", contact="c1")
    known_conversation(paper, account, "v2")
    assert await order(client, text=text) == ["v1"]


@pytest.mark.parametrize("count", [5, 40])
async def test_an_inbox_takes_as_many_statements_for_many_as_for_few(
    client: Client, paper: Paper, account: str, count: int
) -> None:
    for number in range(count):
        texted(paper, account, f"v{number}", number)
    await client.data(INBOX, first=count)
    with statements_of_all_stores() as sent:
        nodes = (await client.data(INBOX, first=count))["conversations"]["nodes"]
    assert len(nodes) == count
    # Due accounts, due conversations, the page, activities, read states, last messages.
    assert len(sent) == 6, sent


@pytest.mark.parametrize("count", [1, 10])
async def test_unread_conversations_of_accounts_take_as_many_statements_for_many(
    client: Client, paper: Paper, account: str, count: int
) -> None:
    for number in range(count - 1):
        texted(paper, await connected(client), f"v{number}", 1)
    document = "{ accounts(first: 50) { nodes { unreadConversations } } }"
    await client.data(document)
    with statements_of_all_stores() as sent:
        nodes = (await client.data(document))["accounts"]["nodes"]
    assert sum(each["unreadConversations"] for each in nodes) == count - 1
    assert len(sent) == 3, sent


async def test_what_is_unread_is_counted_for_the_conversation_and_its_account(
    client: Client, paper: Paper, account: str
) -> None:
    texted(paper, account, "a", 1, 2, 3)
    texted(paper, account, "b", 1)
    sent = known_conversation(paper, account, "c")
    paper.write(sent, "c 1", NOON, direction=MessageDirection.OUTBOUND, status=MessageStatus.SENT)
    ids = await ids_of(client)
    assert await state(client, ids["a"]) == (3, None, 2)
    assert await order(client, unread=True) == ["a", "b"]
    assert await order(client, unread=False) == ["c"]

    await read(client, ids["a"], ids["a 2"])
    found = await state(client, ids["a"])
    assert (found[0], found[2]) == (1, 2)
    await read(client, ids["a"], ids["a 3"])
    await read(client, ids["a"], ids["a 1"])
    found = await state(client, ids["a"])
    assert (found[0], found[2]) == (0, 1)
    assert found[1] is not None
    assert datetime.fromisoformat(found[1]) == NOON + timedelta(minutes=3)
    assert await order(client, unread=True) == ["b"]


async def test_a_message_that_arrives_is_counted_when_the_count_is_due(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    conversation = texted(paper, account, "a", 1)
    ids = await ids_of(client)
    paper.write(conversation, "a 2", NOON + timedelta(minutes=2))
    clock.pass_by(timedelta(minutes=10))
    assert (await state(client, ids["a"]))[0] == 2


async def test_reading_calls_no_provider_and_needs_no_connection(client: Client, paper: Paper, account: str) -> None:
    texted(paper, account, "a", 1, 2)
    ids = await ids_of(client)
    await client.do("disconnectAccount", accountId=account)
    calls = paper.calls.total()
    payload = await read(client, ids["a"], ids["a 1"])
    assert payload["conversation"]["unreadCount"] == 1
    assert paper.calls.total() == calls


async def test_reading_twice_in_one_document_shows_each_count(client: Client, paper: Paper, account: str) -> None:
    texted(paper, account, "a", 1, 2, 3)
    ids = await ids_of(client)
    document = """mutation ($a: MarkConversationReadInput!, $b: MarkConversationReadInput!) {
        a: markConversationRead(input: $a) { conversation { unreadCount } }
        b: markConversationRead(input: $b) { conversation { unreadCount } } }"""
    found = await client.data(
        document,
        a={"conversationId": ids["a"], "upToMessageId": ids["a 1"]},
        b={"conversationId": ids["a"], "upToMessageId": ids["a 2"]},
    )
    assert [each["conversation"]["unreadCount"] for each in found.values()] == [2, 1]


async def test_only_a_message_of_the_conversation_can_be_read(client: Client, paper: Paper, account: str) -> None:
    texted(paper, account, "a", 1)
    texted(paper, account, "b", 1)
    ids = await ids_of(client)
    for conversation, message, code, field in (
        (ids["a"], ids["b 1"], "INVALID_INPUT", "upToMessageId"),
        (ids["a"], ids["b"], "NOT_FOUND", "upToMessageId"),
        (ids["a"], "unknown", "NOT_FOUND", "upToMessageId"),
        (ids["a 1"], ids["a 1"], "NOT_FOUND", "conversationId"),
    ):
        (error,) = await client.refusals("markConversationRead", conversationId=conversation, upToMessageId=message)
        assert (error["code"], error["path"]) == (code, ["input", field])
    assert (await state(client, ids["a"]))[0] == 1


async def state(client: Client, conversation: str) -> tuple[int, str | None, int]:
    found = (await client.data(STATE, id=conversation))["conversation"]
    return found["unreadCount"], found["readUntil"], found["account"]["unreadConversations"]


async def read(client: Client, conversation: str, message: str) -> Json:
    selection = "conversation { unreadCount readUntil }"
    return await client.do("markConversationRead", selection, conversationId=conversation, upToMessageId=message)


async def around(client: Client, ids: dict[str, str], text: str, **said: object) -> tuple[list[int], Json]:
    found = await client.data(AROUND, id=ids["a"], around=ids[text], **said)
    page = found["conversation"]["messages"]
    return [int(each["text"].split()[1]) for each in page["nodes"]], page["pageInfo"]


async def test_a_message_is_in_the_middle_of_the_page_around_it(client: Client, paper: Paper, account: str) -> None:
    texted(paper, account, "a", *range(60))
    ids = await ids_of(client)
    for first, expected in ((5, range(32, 27, -1)), (1, [30]), (None, range(40, 20, -1)), (0, [])):
        found, info = await around(client, ids, "a 30", **({} if first is None else {"first": first}))
        assert found == list(expected)
        assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, True)


async def test_the_ends_of_a_conversation_are_known_around_a_message(
    client: Client, paper: Paper, account: str
) -> None:
    texted(paper, account, "a", *range(9))
    ids = await ids_of(client)
    found, info = await around(client, ids, "a 8", first=5)
    assert (found, info["hasPreviousPage"], info["hasNextPage"]) == ([8, 7, 6], False, True)
    found, info = await around(client, ids, "a 0", first=5)
    assert (found, info["hasPreviousPage"], info["hasNextPage"]) == ([2, 1, 0], True, False)
    found, info = await around(client, ids, "a 4", first=20)
    assert (found, info["hasPreviousPage"], info["hasNextPage"]) == ([8, 7, 6, 5, 4, 3, 2, 1, 0], False, False)


async def test_pages_go_on_from_the_page_around_a_message(client: Client, paper: Paper, account: str) -> None:
    texted(paper, account, "a", *range(20))
    ids = await ids_of(client)
    _, info = await around(client, ids, "a 10", first=5)
    older = await client.data(AROUND, id=ids["a"], first=2, after=info["endCursor"])
    newer = await client.data(AROUND, id=ids["a"], last=2, before=info["startCursor"])
    texts = [[each["text"] for each in found["conversation"]["messages"]["nodes"]] for found in (older, newer)]
    assert texts == [["a 7", "a 6"], ["a 14", "a 13"]]


async def test_messages_around_one_that_was_sent_are_fetched_however_deep_they_lie(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    """The store has the message, and of the upstream's list only the newest page."""
    conversation = texted(paper, account, "a", *range(10))
    (found,) = (await client.data("{ conversations { nodes { id } } }"))["conversations"]["nodes"]
    clock.pass_by(timedelta(minutes=10))
    sent = await client.do("sendMessage", "message { id }", conversationId=found["id"], text="a 10")
    for minutes in range(11, 40):
        paper.write(conversation, f"a {minutes}", NOON + timedelta(minutes=minutes))
    clock.pass_by(timedelta(minutes=30))
    ids = {"a": found["id"], "a 10": sent["message"]["id"]}
    numbers, info = await around(client, ids, "a 10", first=5)
    assert numbers == [12, 11, 10, 9, 8]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, True)


@pytest.mark.parametrize("named", ["b 1", "b", "unknown"])
async def test_a_message_of_another_conversation_is_refused(
    client: Client, paper: Paper, account: str, named: str
) -> None:
    texted(paper, account, "a", 1)
    texted(paper, account, "b", 1)
    ids = {**await ids_of(client), "unknown": "unknown"}
    answer = await client.ask(AROUND, id=ids["a"], around=ids[named])
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("around:")
    assert answer["data"]["conversation"] == {"messages": None}


async def test_of_many_conversations_that_of_the_message_has_a_page(client: Client, paper: Paper, account: str) -> None:
    for name in ("a", "b", "c"):
        texted(paper, account, name, 1, 2, 3)
    ids = await ids_of(client)
    document = """query ($around: ID) {
        conversations { nodes { externalId messages(around: $around, first: 3) { nodes { text } } } } }"""
    answer = await client.ask(document, around=ids["b 2"])
    pages = {each["externalId"]: each["messages"] for each in answer["data"]["conversations"]["nodes"]}
    assert pages["a"] is pages["c"] is None
    assert [each["text"] for each in pages["b"]["nodes"]] == ["b 3", "b 2", "b 1"]
    assert len(answer["errors"]) == 2


@pytest.mark.parametrize("said", [{"after": "x"}, {"before": "x"}, {"last": 3}])
async def test_around_stands_alone(client: Client, paper: Paper, account: str, said: Json) -> None:
    texted(paper, account, "a", 1)
    ids = await ids_of(client)
    (error,) = (await client.ask(AROUND, id=ids["a"], around=ids["a 1"], **said))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == f"around: can't be combined with {next(iter(said))}."


async def test_a_sent_message_has_its_key(client: Client, paper: Paper, account: str) -> None:
    conversation = await begun(client, account)
    text = {"conversationId": conversation, "text": "Hello", "idempotencyKey": "one"}
    document = "subscription { messageAdded { text idempotencyKey } }"
    async with client.subscribed(document) as socket:
        sent = await client.do("sendMessage", "message { id idempotencyKey }", **text)
        assert (await socket.event())["data"]["messageAdded"] == {"text": "Hello", "idempotencyKey": "one"}
    assert sent["message"]["idempotencyKey"] == "one"
    headers = {"cache-control": "no-cache"}
    found = await client.data("{ messages { nodes { idempotencyKey } } }", headers)
    assert found["messages"]["nodes"] == [{"idempotencyKey": "one"}]


@pytest.mark.parametrize("other", ["Hello", "Else"])
async def test_a_message_that_is_listed_before_its_mutation_is_answered_has_its_key(
    client: Client, paper: Paper, clock: Clock, account: str, other: str
) -> None:
    """By its text: another one that was sent elsewhere has none, and the oldest of two that are alike has it."""
    conversation = await begun(client, account)
    paper.unanswered.add("send_message")
    text = {"conversationId": conversation, "text": "Hello", "idempotencyKey": "one"}
    (error,) = await client.refusals("sendMessage", **text)
    assert error["code"] == "OUTCOME_UNKNOWN"
    clock.pass_by(timedelta(seconds=7))
    known = paper.conversations[key_of(account)][0]
    said = {"direction": MessageDirection.OUTBOUND, "status": MessageStatus.SENT, "from_number": NUMBER}
    paper.write(known, other, clock(), **said)

    found = await client.data("{ messages { nodes { text idempotencyKey } } }")

    keys = [(each["text"], each["idempotencyKey"]) for each in found["messages"]["nodes"]]
    assert keys == [(other, None), ("Hello", "one")]
    assert external_id(conversation) == known.external_id


async def test_a_message_that_looks_like_a_sent_one_loses_the_key_to_it(
    client: Client, paper: Paper, clock: Clock, account: str
) -> None:
    conversation = await begun(client, account)
    known = paper.conversations[key_of(account)][0]
    paper.gates["send_message"] = asyncio.Event()
    text = {"conversationId": conversation, "text": "Hello", "idempotencyKey": "one"}
    sending = asyncio.create_task(client.do("sendMessage", "message { id }", **text))
    await paper.until_asked("send_message", 1)
    paper.write(known, "Hello", clock(), direction=MessageDirection.OUTBOUND, status=MessageStatus.SENT)
    document = "{ messages { nodes { id idempotencyKey } } }"
    ((alike,),) = [(await client.data(document))["messages"]["nodes"]]
    assert alike["idempotencyKey"] == "one"

    paper.gates.pop("send_message").set()
    sent = (await sending)["message"]["id"]

    found = {each["id"]: each["idempotencyKey"] for each in (await client.data(document))["messages"]["nodes"]}
    assert found == {sent: "one", alike["id"]: None}
