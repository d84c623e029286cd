"""Conversations and messages: created, sent, listed, read page by page."""

from itertools import pairwise

from providers.api import (
    Conversation,
    ConversationCreator,
    ConversationDirectory,
    MediaSender,
    Message,
    MessageDirection,
    MessageDraft,
    MessagePage,
    MessageReader,
    MessageReceiver,
    MessageSender,
    MessageStatus,
    parsed,
)
from providers.testing.contract.contact import create, numbers_listed
from providers.testing.contract.harness import Harness
from providers.testing.contract.model import assert_sound
from providers.testing.core import ATTEMPT

MANY = 55


async def converse(harness: Harness) -> Conversation:
    """Create a conversation with a new contact."""
    [own, *_] = await numbers_listed(harness)
    creator = harness.able(ConversationCreator)
    created = await creator.create_conversation(harness.account, await create(harness), own.number, ATTEMPT)
    assert created.created
    return created.entity


async def send(harness: Harness, conversation: Conversation, text: str, *media_urls: str) -> Message:
    draft = MessageDraft(text=text, media_urls=media_urls)
    return await harness.able(MessageSender).send_message(harness.account, conversation, draft, ATTEMPT)


async def pages(harness: Harness, conversation: Conversation, skip: int = 0) -> list[MessagePage]:
    reader = harness.able(MessageReader)
    return [parsed(page) async for page in reader.list_messages(harness.account, conversation, skip)]


async def messages(harness: Harness, conversation: Conversation, skip: int = 0) -> list[Message]:
    return [message for page in await pages(harness, conversation, skip) for message in page.messages]


class MessageContract:
    async def test_a_new_conversation_is_listed_under_the_same_id(self, harness: Harness) -> None:
        conversation = await converse(harness)
        assert_sound(harness, conversation)
        directory = harness.able(ConversationDirectory)
        found = [other async for page in directory.list_conversations(harness.account) for other in parsed(page)]
        assert [other.contact_external_id for other in found if other.id == conversation.id] == [
            conversation.contact_external_id
        ]

    async def test_a_sent_message_is_the_newest_of_its_conversation(self, harness: Harness) -> None:
        conversation = await converse(harness)
        await send(harness, conversation, "Good morning.")
        sent = await send(harness, conversation, "Are you there?")
        assert_sound(harness, sent)
        assert (sent.direction, sent.text) == (MessageDirection.OUTBOUND, "Are you there?")
        assert sent.status not in {MessageStatus.RECEIVED, MessageStatus.FAILED}
        [newest, before] = await messages(harness, conversation)
        assert_sound(harness, newest)
        assert (newest.id, newest.text, before.text) == (sent.id, "Are you there?", "Good morning.")

    async def test_all_messages_are_read_once_newest_first(self, harness: Harness) -> None:
        conversation = await converse(harness)
        sent = [(await send(harness, conversation, f"Line {number}")).id for number in range(MANY)]
        found = await messages(harness, conversation)
        assert [message.id for message in found] == sent[::-1]
        assert all(newer.created_at >= older.created_at for newer, older in pairwise(found))

    async def test_skipping_messages_leaves_no_gap(self, harness: Harness) -> None:
        conversation = await converse(harness)
        for number in range(MANY):
            await send(harness, conversation, f"Line {number}")
        everything = [message.id for message in await messages(harness, conversation)]
        for skip in (1, 20, MANY - 1, MANY, MANY + 5):
            rest = [message.id for message in await messages(harness, conversation, skip)]
            assert len(rest) >= len(everything[skip:])
            assert everything[MANY - len(rest) :] == rest

    async def test_only_the_last_page_is_marked_as_the_last(self, harness: Harness) -> None:
        conversation = await converse(harness)
        await send(harness, conversation, "Hello")
        [*others, last] = await pages(harness, conversation)
        assert last.is_last
        assert not any(page.is_last for page in others)

    async def test_a_new_conversation_has_no_messages(self, harness: Harness) -> None:
        assert await messages(harness, await converse(harness)) == []

    async def test_a_message_carries_max_media_attachments(self, harness: Harness) -> None:
        most = harness.able(MediaSender).max_media
        urls = [f"https://files.example.com/{number}.png" for number in range(most)]
        sent = await send(harness, await converse(harness), "See these.", *urls)
        assert len(sent.media) == most > 0

    async def test_the_polling_interval_is_positive(self, harness: Harness) -> None:
        assert harness.able(MessageReceiver).poll_seconds > 0
