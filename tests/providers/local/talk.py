"""Helpers for tests of conversations and messages."""

from providers.domain.drafts import ContactDraft
from providers.domain.entities import Account, Contact, Conversation, Message
from providers.local import LocalProvider
from providers.testing.core import ATTEMPT


async def number_of(provider: LocalProvider, account: Account) -> str:
    [number] = await provider.list_numbers(account)
    return number.number


async def contact_with(provider: LocalProvider, account: Account, number: str) -> Contact:
    draft = ContactDraft(first_name="Ben", last_name="Moor", number=number, e164=number)
    return (await provider.create_contact(account, draft, ATTEMPT)).entity


async def conversation_with(provider: LocalProvider, account: Account, number: str) -> Conversation:
    contact = await contact_with(provider, account, number)
    return (await provider.create_conversation(account, contact, await number_of(provider, account), ATTEMPT)).entity


async def conversations(provider: LocalProvider, account: Account) -> list[Conversation]:
    return [conversation async for page in provider.list_conversations(account) for conversation in page]


async def messages(provider: LocalProvider, account: Account, conversation: Conversation) -> list[Message]:
    return [message async for page in provider.list_messages(account, conversation) for message in page.messages]
