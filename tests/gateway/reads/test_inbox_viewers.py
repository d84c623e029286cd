"""Read marks and keys belong to one viewer: also to an administrator, who sees the conversations of all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.storage import FeedEntry, Store, Visibility
from providers.domain.changes import ChangeKind
from tests.testkit.client import Client, Json
from tests.testkit.served import served
from tests.testkit.steps import external_id, key_of
from tests.testkit.token import REQUIRED, token_of

_ACCOUNT = "account { id phoneNumbers { number } }"
INBOX = """{ conversations { nodes {
    unreadCount readUntil account { unreadConversations } messages { nodes { text idempotencyKey } } } } }"""


@dataclass(frozen=True, slots=True)
class Talk:
    """Ada and Ben have texted each other. `answer` is Ben's last message in Ada's conversation."""

    ada: Client
    ben: Client
    admin: Client
    conversation: str
    answer: str


@pytest.fixture
async def talk(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Talk]:
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(served(tmp_path, f'{REQUIRED}\n[store]\nurl = "{sqlite_url}"'))
        ada, ben, admin = [
            await stack.enter_async_context(gateway.client(token_of(user, scope)))
            for user, scope in (("ada", "read write"), ("ben", "read write"), ("root", "admin"))
        ]
        account, other = [
            (await each.do("connectAccount", _ACCOUNT, provider="local"))["account"] for each in (ada, ben)
        ]
        number = other["phoneNumbers"][0]["number"]
        person = {"accountId": account["id"], "firstName": "Ben", "lastName": "Moor", "number": number}
        contact = (await ada.do("createContact", "contact { id }", **person))["contact"]["id"]
        numbers = {"contactId": contact, "fromNumber": account["phoneNumbers"][0]["number"]}
        conversation = (await ada.do("createConversation", "conversation { id }", **numbers))["conversation"]["id"]
        await ada.do("sendMessage", conversationId=conversation, text="Tea?", idempotencyKey="adas")
        ((bens,),) = [
            (await ben.data("{ conversations { nodes { id } } }"))["conversations"]["nodes"],
        ]
        for text in ("Yes.", "When?"):
            await ben.do("sendMessage", conversationId=bens["id"], text=text, idempotencyKey=f"bens {text}")
        (answer, *_) = await messages(ada, conversation)
        yield Talk(ada, ben, admin, conversation, answer["id"])


async def messages(client: Client, conversation: str) -> list[Json]:
    document = "query ($id: ID!) { conversation(id: $id) { messages { nodes { id text idempotencyKey } } } }"
    found: list[Json] = (await client.data(document, id=conversation))["conversation"]["messages"]["nodes"]
    return found


async def unread(client: Client, conversation: str) -> tuple[int, bool, int]:
    document = "query ($id: ID!) { conversation(id: $id) { unreadCount readUntil account { unreadConversations } } }"
    found = (await client.data(document, id=conversation))["conversation"]
    return found["unreadCount"], found["readUntil"] is not None, found["account"]["unreadConversations"]


async def read(client: Client, talk: Talk) -> Json:
    fields = {"conversationId": talk.conversation, "upToMessageId": talk.answer}
    return await client.do("markConversationRead", "conversation { unreadCount }", **fields)


async def test_a_mark_of_the_administrator_is_not_the_user_s(talk: Talk) -> None:
    assert (await read(talk.admin, talk))["conversation"] == {"unreadCount": 0}
    assert await unread(talk.admin, talk.conversation) == (0, True, 0)
    assert await unread(talk.ada, talk.conversation) == (2, False, 1)


async def test_a_mark_of_the_user_is_not_the_administrator_s(talk: Talk) -> None:
    await read(talk.ada, talk)
    assert await unread(talk.ada, talk.conversation) == (0, True, 0)
    assert await unread(talk.admin, talk.conversation) == (2, False, 1)


@pytest.mark.parametrize(("reader", "others"), [("ada", ["root", "ben"]), ("root", ["ada", "ben"])])
async def test_a_mark_is_announced_once_and_to_its_reader_alone(
    talk: Talk, store: Store, reader: str, others: list[str]
) -> None:
    for _ in range(2):
        await read({"ada": talk.ada, "root": talk.admin}[reader], talk)
    (entry,) = await changes_of_conversations(store, reader)
    assert (entry.scope, entry.external_id) == (key_of(talk.conversation), external_id(talk.conversation))
    assert [await changes_of_conversations(store, each) for each in others] == [[], []]


async def changes_of_conversations(store: Store, user: str) -> list[FeedEntry]:
    entries = await store.feed.after(Visibility.of(user), 0, 100)
    return [each for each in entries if (each.kind, each.change) == ("conversation", ChangeKind.CHANGED)]


async def test_an_administrator_is_sent_its_mark(talk: Talk) -> None:
    async with talk.admin.subscribed("subscription { conversationChanged { unreadCount } }") as socket:
        await read(talk.admin, talk)
        assert (await socket.event())["data"]["conversationChanged"] == {"unreadCount": 0}


async def test_nobody_marks_a_conversation_of_another(talk: Talk) -> None:
    (error,) = await talk.ben.refusals(
        "markConversationRead", conversationId=talk.conversation, upToMessageId=talk.answer
    )
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "conversationId"])


async def test_a_message_of_another_is_refused_as_one_that_does_not_exist(talk: Talk) -> None:
    ((bens,),) = [(await talk.ben.data("{ conversations { nodes { id } } }"))["conversations"]["nodes"]]
    (foreign,) = await talk.ben.refusals("markConversationRead", conversationId=bens["id"], upToMessageId=talk.answer)
    (unknown,) = await talk.ben.refusals("markConversationRead", conversationId=bens["id"], upToMessageId="unknown")
    assert foreign == unknown
    document = "query ($id: ID!, $around: ID) { conversation(id: $id) { messages(around: $around) { nodes { id } } } }"
    answers = [await talk.ben.ask(document, id=bens["id"], around=each) for each in (talk.answer, "unknown")]
    assert answers[0]["data"] == answers[1]["data"]
    assert answers[0]["errors"] == answers[1]["errors"]


async def test_the_key_of_a_message_is_shown_to_its_sender_alone(talk: Talk) -> None:
    keys = [each["idempotencyKey"] for each in await messages(talk.ada, talk.conversation)]
    assert keys == [None, None, "adas"]
    assert [each["idempotencyKey"] for each in await messages(talk.admin, talk.conversation)] == [None] * 3


async def test_a_sender_s_event_has_the_key_and_an_administrator_s_has_not(talk: Talk) -> None:
    document = "subscription ($id: ID) { messageAdded(conversationId: $id) { idempotencyKey } }"
    async with (
        talk.ada.subscribed(document, id=talk.conversation) as own,
        talk.admin.subscribed(document, id=talk.conversation) as of_all,
    ):
        await talk.ada.do("sendMessage", conversationId=talk.conversation, text="Now.", idempotencyKey="now")
        assert (await own.event())["data"]["messageAdded"] == {"idempotencyKey": "now"}
        assert (await of_all.event())["data"]["messageAdded"] == {"idempotencyKey": None}


async def test_a_key_that_two_users_have_is_shown_to_each_for_its_own(talk: Talk) -> None:
    await talk.admin.do("sendMessage", conversationId=talk.conversation, text="Hello", idempotencyKey="adas")
    for client, expected in ((talk.ada, [None, None, None, "adas"]), (talk.admin, ["adas", None, None, None])):
        keys = [each["idempotencyKey"] for each in await messages(client, talk.conversation)]
        assert keys == expected
