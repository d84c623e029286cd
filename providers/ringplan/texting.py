"""Texting: numbers, contacts, conversations, messages (R4 to R12)."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from providers.api import (
    Account,
    Contact,
    ContactDraft,
    Conversation,
    Created,
    InvalidInput,
    Message,
    MessageDraft,
    MessagePage,
    NotFound,
    PhoneNumber,
    phone,
)
from providers.ringplan import wire
from providers.ringplan.connection import Connection
from providers.ringplan.mapping import (
    REGION,
    contact_from_wire,
    conversation_from_wire,
    message_from_wire,
    number_from_wire,
    ten_digits,
)
from providers.ringplan.paging import PER_PAGE, pages

_CALLS_AT_ONCE = 8


class Texting(Connection):
    max_media = 10
    """What carriers let through; RingPlan's document is silent."""

    @property
    def poll_seconds(self) -> float:
        return self._settings.poll_seconds

    @property
    def poll_always(self) -> bool:
        return self._settings.poll_always

    async def list_numbers(self, account: Account) -> list[PhoneNumber]:
        numbers = await self._session.call(account, self._client.numbers)
        return [number_from_wire(number, account) for number in numbers]

    async def list_contacts(self, account: Account) -> AsyncIterator[list[Contact]]:
        """One page: R5 knows no others."""
        contacts = await self._session.call(account, self._client.contacts)
        reading = self._reading(account)
        yield [contact_from_wire(contact, reading) for contact in contacts]

    async def get_contacts(self, account: Account, external_ids: Sequence[str]) -> list[Contact | None]:
        """One call for one contact (R7); for several the list (R5), and a call for each that it lacks."""
        found: dict[str, Contact | None] = {}
        if len(set(external_ids)) > 1:
            async for page in self.list_contacts(account):
                found.update((contact.external_id, contact) for contact in page)
        lane = asyncio.Semaphore(_CALLS_AT_ONCE)
        missing = [external_id for external_id in dict.fromkeys(external_ids) if external_id not in found]
        fetched = await asyncio.gather(*(self._contact(account, external_id, lane) for external_id in missing))
        found.update(zip(missing, fetched, strict=True))
        return [found[external_id] for external_id in external_ids]

    async def create_contact(self, account: Account, draft: ContactDraft, attempt: str) -> Created[Contact]:
        """`created` is False for a number that the company has a contact of: the contact is as it was."""
        request = _to_wire(draft, self._number(draft.e164, "number"))
        contact, created = await self._session.call(account, self._client.create_contact, request)
        return Created(entity=contact_from_wire(contact, self._reading(account)), created=created)

    async def update_contact(self, account: Account, contact: Contact, draft: ContactDraft, attempt: str) -> Contact:
        """R8 takes all three fields. A number that stays is sent as RingPlan has it."""
        number = contact.number if draft.number == contact.number else self._number(draft.e164, "number")
        updated = await self._session.call(
            account, self._client.update_contact, contact.external_id, _to_wire(draft, number)
        )
        return contact_from_wire(updated, self._reading(account))

    async def list_conversations(self, account: Account) -> AsyncIterator[list[Conversation]]:
        """One page: R9 knows no others."""
        conversations = await self._session.call(account, self._client.conversations)
        reading = self._reading(account)
        yield [conversation_from_wire(conversation, reading) for conversation in conversations]

    async def create_conversation(
        self, account: Account, contact: Contact, from_number: str, attempt: str
    ) -> Created[Conversation]:
        """Whether `from_number` is the account's is for RingPlan to say: a refusal is the clearer answer, and a call
        less than looking first."""
        number = self._number(phone.e164(from_number, REGION), "fromNumber")
        request = {"contact_id": contact.external_id, "from_number": number}
        answer, created = await self._session.call(account, self._client.create_conversation, request)
        conversation = conversation_from_wire(
            answer, self._reading(account), contact_id=contact.external_id, from_number=number
        )
        return Created(entity=conversation, created=created)

    async def list_messages(
        self, account: Account, conversation: Conversation, skip: int = 0
    ) -> AsyncIterator[MessagePage]:
        async def fetch(page: int) -> list[wire.Message]:
            return await self._session.call(account, self._client.messages, conversation.external_id, page)

        async for page in pages(fetch, first=skip // PER_PAGE + 1):
            messages = tuple(message_from_wire(message, conversation) for message in page)
            yield MessagePage(messages=messages, is_last=len(page) < PER_PAGE)

    async def send_message(
        self, account: Account, conversation: Conversation, draft: MessageDraft, attempt: str
    ) -> Message:
        media = {"media_urls": list(draft.media_urls)} if draft.media_urls else {}
        request = {"text": draft.text, **media}
        message = await self._session.call(account, self._client.send_message, conversation.external_id, request)
        return message_from_wire(message, conversation)

    async def _contact(self, account: Account, external_id: str, lane: asyncio.Semaphore) -> Contact | None:
        async with lane:
            try:
                contact = await self._session.call(account, self._client.contact, external_id)
            except NotFound:
                return None
        return contact_from_wire(contact, self._reading(account))

    def _number(self, e164: str | None, field: str) -> str:
        number = ten_digits(e164) if e164 else None
        if number is None:
            raise InvalidInput(
                "RingPlan reaches ten-digit numbers with country code 1 only.",
                provider=self._core.name,
                path=("input", field),
            )
        return number


def _to_wire(draft: ContactDraft, number: str) -> dict[str, str]:
    return {"first_name": draft.first_name, "last_name": draft.last_name, "number": number}
