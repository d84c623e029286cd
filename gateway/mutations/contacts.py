"""Contacts: create, update."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.events.recorder import Record
from gateway.mutations.operation import Done, Write
from gateway.mutations.preconditions import Preconditions
from gateway.mutations.validation.faults import Faults
from gateway.mutations.validation.text import MAX_NAME, required_text, telephone_number
from gateway.storage import Store
from providers.api.capabilities import ContactCreator, ContactFinder, ContactReader, ContactUpdater, LostWrite
from providers.domain.drafts import ContactDraft
from providers.domain.entities import Account, Contact
from providers.domain.errors import NotFound
from providers.domain.results import Created
from resolvers.inputs import CreateContactInput, UpdateContactInput


@dataclass(frozen=True, slots=True)
class ContactWrites:
    desk: Preconditions
    store: Store

    async def create(self, input: CreateContactInput, _: datetime) -> Write:
        account = await self.desk.account(input.account_id)
        upstream = self.desk.behind(account)
        creator, finder = upstream.require(ContactCreator), upstream.can(ContactFinder)
        faults = Faults()
        draft = _draft(faults, input.first_name, input.last_name, input.number)
        faults.raise_if_any()
        self.desk.check_connected(account)
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=partial(creator.create_contact, account, draft),
            keep=self._keep_created,
            find=None if finder is None else partial(finder.find_contact, account, draft),
        )

    async def update(self, input: UpdateContactInput, _: datetime) -> Write:
        contact = await self.desk.contact(input.contact_id)
        account = await self.desk.owner(contact.account_key)
        upstream = self.desk.behind(account)
        updater, reader = upstream.require(ContactUpdater), upstream.can(ContactReader)
        faults = Faults()
        _changed(faults, contact, input)
        faults.raise_if_any()
        self.desk.check_connected(account)
        change = _Change(account, contact, input)
        act = partial(change.make, updater, reader)
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=act,
            keep=self._keep,
            find=None if reader is None else partial(change.find, reader),
            again=act,
        )

    async def _keep_created(self, record: Record, created: Created[Contact]) -> Done:
        done = await self._keep(record, created.entity)
        return Done(entity=done.entity, created=created.created)

    async def _keep(self, record: Record, contact: Contact) -> Done:
        changes = await self.store.contacts.put(record.transaction, [contact])
        return Done(entity=changes[0].entity if changes else contact)


@dataclass(frozen=True, slots=True)
class _Change:
    """A contact as a client wants it. What it does not speak of stays as the provider has it by now."""

    account: Account
    contact: Contact
    input: UpdateContactInput

    async def make(self, updater: ContactUpdater, reader: ContactReader | None, attempt: str) -> Contact:
        is_whole = None not in (self.input.first_name, self.input.last_name, self.input.number)
        current = self.contact if is_whole or reader is None else await self._read(reader)
        if current is None:
            raise NotFound("The provider knows this contact no longer.", provider=self.account.provider)
        return await updater.update_contact(self.account, current, _changed(Faults(), current, self.input), attempt)

    async def find(self, reader: ContactReader, _: LostWrite) -> Contact | None:
        """The contact, where it is as it shall be already."""
        seen = await self._read(reader)
        if seen is None:
            return None
        draft = _changed(Faults(), seen, self.input)
        if (seen.first_name or "", seen.last_name or "") != (draft.first_name, draft.last_name):
            return None
        return seen if draft.e164 in {seen.e164, seen.number} else None

    async def _read(self, reader: ContactReader) -> Contact | None:
        (seen,) = await reader.get_contacts(self.account, [self.contact.external_id])
        return seen


def _draft(faults: Faults, first_name: str, last_name: str, number: str) -> ContactDraft:
    return ContactDraft(
        first_name=required_text(faults, first_name, MAX_NAME, "firstName"),
        last_name=required_text(faults, last_name, MAX_NAME, "lastName"),
        number=number.strip(),
        e164=telephone_number(faults, number, "number"),
    )


def _changed(faults: Faults, contact: Contact, input: UpdateContactInput) -> ContactDraft:
    """The whole contact as it shall be. What stays is not judged: it is the provider's already."""
    first, last, number = input.first_name, input.last_name, input.number
    return ContactDraft(
        first_name=contact.first_name or "" if first is None else required_text(faults, first, MAX_NAME, "firstName"),
        last_name=contact.last_name or "" if last is None else required_text(faults, last, MAX_NAME, "lastName"),
        number=contact.number if number is None else number.strip(),
        e164=contact.e164 or contact.number if number is None else telephone_number(faults, number, "number"),
    )
