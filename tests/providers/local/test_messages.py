import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from providers.api.provider import Core
from providers.domain.drafts import MessageDraft
from providers.domain.entities import (
    Account,
    Contact,
    Conversation,
    Entity,
    Media,
    Message,
    MessageDirection,
    MessageStatus,
)
from providers.domain.errors import NotAuthorized, NotFound, Rejected
from providers.local import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT, Published
from tests.providers.local.talk import conversation_with, conversations, messages, number_of

HELLO = MessageDraft(text="Hello", media_urls=("https://files.example.com/1.png",))


async def test_a_message_arrives_at_the_account_with_its_number(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    sent = await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    [with_ada] = await conversations(provider, ben)
    [arrived] = await messages(provider, ben, with_ada)
    assert (sent.direction, sent.status) == (MessageDirection.OUTBOUND, MessageStatus.DELIVERED)
    assert (arrived.direction, arrived.status) == (MessageDirection.INBOUND, MessageStatus.RECEIVED)
    assert (arrived.account_key, arrived.text) == (ben.key, "Hello")
    assert (arrived.from_number, arrived.to_number) == (sent.from_number, sent.to_number)
    assert sent.from_number == await number_of(provider, ada)
    assert arrived.media == sent.media == (Media(url="https://files.example.com/1.png"),)
    assert arrived.external_id != sent.external_id


async def test_an_unknown_sender_becomes_a_contact_named_by_the_number(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    [contact] = [contact async for page in provider.list_contacts(ben) for contact in page]
    number = await number_of(provider, ada)
    assert (contact.first_name, contact.last_name, contact.number, contact.e164) == (number, None, number, number)


async def test_a_known_sender_uses_the_existing_contact_and_conversation(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    to_ada = await conversation_with(provider, ben, await number_of(provider, ada))
    await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    assert [found.external_id for found in await conversations(provider, ben)] == [to_ada.external_id]
    [contact] = [contact async for page in provider.list_contacts(ben) for contact in page]
    assert contact.last_name == "Moor"


async def test_a_received_message_is_published_for_the_recipients_account(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation, published: Published
) -> None:
    await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    contact, conversation, message = published.entities
    assert isinstance(contact, Contact)
    assert isinstance(conversation, Conversation)
    assert isinstance(message, Message)
    assert {contact.account_key, conversation.account_key, message.account_key} == {ben.key}
    assert conversation.contact_external_id == contact.external_id
    assert message.conversation_external_id == conversation.external_id
    assert [message] == await messages(provider, ben, conversation)


async def test_a_message_that_can_not_be_published_is_stored(
    provider: LocalProvider, settings: LocalSettings, core: Core, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    async def fail(entities: Sequence[Entity]) -> None:
        raise OSError("no connection")

    unpublishing = LocalProvider(settings, replace(core, publish=fail))
    await unpublishing.open()
    await unpublishing.send_message(ada, to_ben, HELLO, ATTEMPT)
    await unpublishing.aclose()
    [with_ada] = await conversations(provider, ben)
    assert len(await messages(provider, ben, with_ada)) == 1


async def test_a_message_to_an_unassigned_number_is_refused_and_not_stored(
    provider: LocalProvider, ada: Account, published: Published
) -> None:
    conversation = await conversation_with(provider, ada, "+12025550111")
    with pytest.raises(Rejected, match=r"^\+12025550111 can't receive messages"):
        await provider.send_message(ada, conversation, HELLO, ATTEMPT)
    assert await messages(provider, ada, conversation) == []
    assert published.entities == []


async def test_a_message_to_a_disconnected_account_is_refused_and_not_stored(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    await provider.disconnect_account(ben, ATTEMPT)
    with pytest.raises(Rejected, match="can't receive messages"):
        await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    assert await messages(provider, ada, to_ben) == []


async def test_an_account_can_text_itself(provider: LocalProvider, ada: Account) -> None:
    own = await conversation_with(provider, ada, await number_of(provider, ada))
    await provider.send_message(ada, own, HELLO, ATTEMPT)
    arrived, sent = await messages(provider, ada, own)
    assert (arrived.direction, sent.direction) == (MessageDirection.INBOUND, MessageDirection.OUTBOUND)


async def test_the_order_of_messages_is_total_even_while_the_clock_stands_still(
    provider: LocalProvider, settings: LocalSettings, core: Core, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    frozen = LocalProvider(settings, replace(core, now=lambda: moment))
    await frozen.open()
    sent = [await frozen.send_message(ada, to_ben, MessageDraft(text=str(number)), ATTEMPT) for number in range(3)]
    await frozen.aclose()
    sent.append(await provider.send_message(ada, to_ben, MessageDraft(text="by a clock that is behind"), ATTEMPT))
    found = await messages(provider, ada, to_ben)
    assert found == sent[::-1]
    assert all(newer.created_at > older.created_at for newer, older in pairwise(found))


async def test_concurrent_messages_all_arrive(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    await asyncio.gather(*(provider.send_message(ada, to_ben, MessageDraft(text=str(n)), ATTEMPT) for n in range(30)))
    [with_ada] = await conversations(provider, ben)
    assert {message.text for message in await messages(provider, ben, with_ada)} == {str(n) for n in range(30)}


async def test_a_new_message_does_not_disturb_the_paging_of_a_conversation(
    provider: LocalProvider, ada: Account, to_ben: Conversation
) -> None:
    sent = [
        (await provider.send_message(ada, to_ben, MessageDraft(text=str(n)), ATTEMPT)).external_id for n in range(201)
    ]
    pages = provider.list_messages(ada, to_ben)
    found = [message.external_id for message in (await anext(pages)).messages]
    await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    found += [message.external_id async for page in pages for message in page.messages]
    assert found == sent[::-1]


async def test_an_account_can_not_read_or_write_in_conversations_of_another(
    provider: LocalProvider, ada: Account, ben: Account, to_ben: Conversation
) -> None:
    await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    assert await messages(provider, ben, to_ben) == []
    with pytest.raises(NotFound):
        await provider.send_message(ben, to_ben, HELLO, ATTEMPT)


async def test_a_disconnected_account_can_not_read_or_send_messages(
    provider: LocalProvider, ada: Account, to_ben: Conversation
) -> None:
    await provider.disconnect_account(ada, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await provider.send_message(ada, to_ben, HELLO, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await conversations(provider, ada)
    with pytest.raises(NotAuthorized):
        await messages(provider, ada, to_ben)
