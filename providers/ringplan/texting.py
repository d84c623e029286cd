"""Texting: numbers, contacts, conversations, messages (R4 to R12)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from providers.api import (
    Account,
    Contact,
    ContactDraft,
    Conversation,
    Core,
    Created,
    InvalidInput,
    Message,
    MessageDraft,
    MessagePage,
    NotFound,
    PhoneNumber,
    Unparsed,
    phone,
)
from providers.ringplan import wire
from providers.ringplan.client import PAGE_SIZE, Body, Client, pages
from providers.ringplan.mapping import (
    REGION,
    ReadContext,
    contact_from_wire,
    contact_to_wire,
    conversation_from_wire,
    message_from_wire,
    number_from_wire,
    ten_digits,
)
from providers.ringplan.session import Session


@dataclass(frozen=True, slots=True)
class UnparsedNumbers(Unparsed[list[PhoneNumber]]):
    body: Body[list[wire.Number]]
    account: Account

    @property
    def digest(self) -> str:
        return self.body.digest

    def parse(self) -> list[PhoneNumber]:
        return [number_from_wire(number, self.account) for number in self.body.value]


@dataclass(frozen=True, slots=True)
class UnparsedContacts(Unparsed[list[Contact]]):
    body: Body[list[wire.Contact]]
    context: ReadContext

    @property
    def digest(self) -> str:
        return self.body.digest

    def parse(self) -> list[Contact]:
        return [contact_from_wire(contact, self.context) for contact in self.body.value]


@dataclass(frozen=True, slots=True)
class UnparsedConversations(Unparsed[list[Conversation]]):
    body: Body[list[wire.Conversation]]
    context: ReadContext

    @property
    def digest(self) -> str:
        return self.body.digest

    def parse(self) -> list[Conversation]:
        return [conversation_from_wire(conversation, self.context) for conversation in self.body.value]


@dataclass(frozen=True, slots=True)
class UnparsedMessages(Unparsed[MessagePage]):
    body: Body[list[wire.Message]]
    conversation: Conversation

    @property
    def digest(self) -> str:
        return self.body.digest

    def parse(self) -> MessagePage:
        return _message_page(self.body.value, self.conversation)


class Texting:
    """Read and write what an account's company has in RingPlan's texting."""

    def __init__(self, client: Client, session: Session, core: Core) -> None:
        self._client = client
        self._session = session
        self._core = core

    async def list_numbers(self, account: Account) -> Unparsed[list[PhoneNumber]]:
        return UnparsedNumbers(await self._session.call(account, self._client.numbers), account)

    async def list_contacts(self, account: Account) -> AsyncIterator[Unparsed[list[Contact]]]:
        """Yield one page: R5 has no others."""
        body = await self._session.call(account, self._client.contacts)
        yield UnparsedContacts(body, self._context(account))

    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        """Make one call for one contact (R7). For several, list all (R5) and make a call for each that is missing."""
        found: dict[str, Contact | None] = {}
        if len(set(external_ids)) > 1:
            async for page in self.list_contacts(account):
                found.update((contact.external_id, contact) for contact in page.parse())
        missing = [external_id for external_id in dict.fromkeys(external_ids) if external_id not in found]
        fetched = await asyncio.gather(*(self._contact(account, external_id) for external_id in missing))
        found.update(zip(missing, fetched, strict=True))
        return [found[external_id] for external_id in external_ids]

    async def create_contact(self, account: Account, draft: ContactDraft) -> Created[Contact]:
        """Return the company's contact with the number, unchanged and with `created` False, if there is one."""
        request = contact_to_wire(draft, self._ten_digits(draft.e164, "number"))
        contact, created = await self._session.call(account, self._client.create_contact, request)
        return Created(entity=contact_from_wire(contact, self._context(account)), created=created)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft) -> Contact:
        # R8 takes all three fields. An unchanged number is sent as RingPlan has it: it may not be a ten-digit one.
        number = contact.number if draft.number == contact.number else self._ten_digits(draft.e164, "number")
        updated = await self._session.call(
            account, self._client.update_contact, contact.external_id, contact_to_wire(draft, number)
        )
        return contact_from_wire(updated, self._context(account))

    async def list_conversations(self, account: Account) -> AsyncIterator[Unparsed[list[Conversation]]]:
        """Yield one page: R9 has no others."""
        body = await self._session.call(account, self._client.conversations)
        yield UnparsedConversations(body, self._context(account))

    async def create_conversation(self, account: Account, contact: Contact, from_number: str) -> Created[Conversation]:
        # RingPlan checks whether `from_number` belongs to the company: that saves a call, and its error is clearer.
        number = self._ten_digits(phone.e164(from_number, REGION), "fromNumber")
        request = {"contact_id": contact.external_id, "from_number": number}
        response, created = await self._session.call(account, self._client.create_conversation, request)
        conversation = conversation_from_wire(
            response, self._context(account), contact_id=contact.external_id, from_number=number
        )
        return Created(entity=conversation, created=created)

    async def list_messages(
        self, account: Account, conversation: Conversation, skip: int
    ) -> AsyncIterator[MessagePage | Unparsed[MessagePage]]:
        async def fetch(page: int) -> list[wire.Message]:
            return (await self._session.call(account, self._client.messages, conversation.external_id, page)).value

        first = skip // PAGE_SIZE + 1
        body = await self._session.call(account, self._client.messages, conversation.external_id, first)
        yield UnparsedMessages(body, conversation)
        if len(body.value) == PAGE_SIZE:
            async for page in pages(fetch, first=first + 1, previous=body.value):
                yield _message_page(page, conversation)

    async def send_message(self, account: Account, conversation: Conversation, draft: MessageDraft) -> Message:
        media = {"media_urls": list(draft.media_urls)} if draft.media_urls else {}
        request = {"text": draft.text, **media}
        message = await self._session.call(account, self._client.send_message, conversation.external_id, request)
        return message_from_wire(message, conversation)

    async def _contact(self, account: Account, external_id: str) -> Contact | None:
        try:
            contact = await self._session.call(account, self._client.contact, external_id)
        except NotFound:
            return None
        return contact_from_wire(contact, self._context(account))

    def _context(self, account: Account) -> ReadContext:
        return ReadContext(account, self._core.now())

    def _ten_digits(self, e164: str | None, field: str) -> str:
        number = ten_digits(e164) if e164 else None
        if number is None:
            raise InvalidInput(
                "RingPlan supports ten-digit numbers with country code 1 only.",
                provider=self._core.name,
                path=("input", field),
            )
        return number


def _message_page(messages: Sequence[wire.Message], conversation: Conversation) -> MessagePage:
    return MessagePage(
        messages=tuple(message_from_wire(message, conversation) for message in messages),
        is_last=len(messages) < PAGE_SIZE,
    )
