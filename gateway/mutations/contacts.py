"""Contacts: create, update."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from gateway.events.recorder import Record
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.validation.fields import MAX_NAME, Faults, required_text, telephone_number
from gateway.mutations.write import Done, Write
from providers.api.capabilities import ContactCreator, ContactFinder, ContactReader, ContactUpdater, LostWrite
from providers.domain.commands import CreateContact, UpdateContact
from providers.domain.drafts import ContactDraft
from providers.domain.entities import Account, Contact, ContactField
from providers.domain.errors import NotFound
from providers.domain.results import Created

_PATHS = {ContactField.FIRST_NAME: "firstName", ContactField.LAST_NAME: "lastName"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateContactWrite(Write[Created[Contact]]):
    services: MutationServices
    account: Account
    draft: ContactDraft
    creator: ContactCreator
    finder: ContactFinder | None

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: CreateContact, _: datetime) -> Self:
        account = await preconditions.account(command.account_id)
        upstream = preconditions.upstream_of(account)
        creator = upstream.require(ContactCreator)
        faults = Faults()
        draft = ContactDraft(
            first_name=required_text(faults, command.first_name, MAX_NAME, "firstName"),
            last_name=required_text(faults, command.last_name, MAX_NAME, "lastName"),
            number=command.number.strip(),
            e164=telephone_number(faults, command.number, "number"),
        )
        faults.raise_if_any()
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            draft=draft,
            creator=creator,
            finder=upstream.can(ContactFinder),
        )

    @staticmethod
    def result(done: Done) -> Created[Contact]:
        return Created(entity=done.entity_of(Contact), created=done.created)

    @property
    def can_find(self) -> bool:
        return self.finder is not None

    async def call(self, attempt: str) -> Created[Contact]:
        return await self.creator.create_contact(self.account, self.draft, attempt)

    async def find(self, lost: LostWrite) -> Created[Contact] | None:
        return None if self.finder is None else await self.finder.find_contact(self.account, self.draft, lost)

    async def store(self, record: Record, result: Created[Contact]) -> Done:
        stored = await _stored(self.services, record, self.account, result.entity)
        return Done(entity=stored, created=result.created)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContactWrite(Write[Contact]):
    """A change of some fields. The others stay as the provider has them at the time of the call."""

    repeatable: ClassVar[bool] = True
    services: MutationServices
    account: Account
    contact: Contact
    command: UpdateContact
    updater: ContactUpdater
    reader: ContactReader | None

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: UpdateContact, _: datetime) -> Self:
        contact = await preconditions.contact(command.contact_id)
        account = await preconditions.owner(contact.account_key)
        upstream = preconditions.upstream_of(account)
        updater = upstream.require(ContactUpdater)
        faults = Faults()
        _changed(faults, contact, command)
        faults.raise_if_any()
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            contact=contact,
            command=command,
            updater=updater,
            reader=upstream.can(ContactReader),
        )

    @staticmethod
    def result(done: Done) -> Contact:
        return done.entity_of(Contact)

    @property
    def can_find(self) -> bool:
        return self.reader is not None

    async def call(self, attempt: str) -> Contact:
        current = await self._current()
        if current is None:
            raise NotFound("The provider no longer knows this contact.", provider=self.provider)
        draft = _changed(Faults(), current, self.command)
        return await self.updater.update_contact(self.account, current, draft, attempt)

    async def find(self, _: LostWrite) -> Contact | None:
        """Return the contact if it has the requested values already."""
        if self.reader is None:
            return None
        seen = await self._fetched(self.reader)
        if seen is None:
            return None
        draft = _changed(Faults(), seen, self.command)
        if (seen.first_name or "", seen.last_name or "") != (draft.first_name, draft.last_name):
            return None
        return seen if draft.e164 in {seen.e164, seen.number} else None

    async def store(self, record: Record, result: Contact) -> Done:
        return Done(entity=await _stored(self.services, record, self.account, result))

    async def _current(self) -> Contact | None:
        """Return the contact that the unchanged fields are taken from. Without such fields the stored one will do."""
        is_whole = self.command.number is not None and not _unchanged_names(self.command)
        return self.contact if is_whole or self.reader is None else await self._fetched(self.reader)

    async def _fetched(self, reader: ContactReader) -> Contact | None:
        (contact,) = await reader.get_contacts(self.account, [self.contact.external_id])
        return contact


def _changed(faults: Faults, contact: Contact, command: UpdateContact) -> ContactDraft:
    """Return the whole contact with its changes. Unchanged fields are not validated: the provider accepted them."""
    number = command.number
    return ContactDraft(
        first_name=_name(faults, ContactField.FIRST_NAME, contact.first_name, command.first_name, command),
        last_name=_name(faults, ContactField.LAST_NAME, contact.last_name, command.last_name, command),
        number=contact.number if number is None else number.strip(),
        e164=contact.e164 or contact.number if number is None else telephone_number(faults, number, "number"),
    )


def _unchanged_names(command: UpdateContact) -> tuple[ContactField, ...]:
    given = {ContactField.FIRST_NAME: command.first_name, ContactField.LAST_NAME: command.last_name}
    cleared = command.clear or ()
    return tuple(field for field, name in given.items() if name is None and field not in cleared)


def _name(faults: Faults, field: ContactField, current: str | None, given: str | None, command: UpdateContact) -> str:
    """Return a name with its change; "" if it is cleared, or if the contact has no such name."""
    path, is_cleared = _PATHS[field], field in (command.clear or ())
    if given is None:
        return "" if is_cleared else current or ""
    if is_cleared:
        faults.add(f"Set {path} or clear it, not both.", path)
    return required_text(faults, given, MAX_NAME, path)


async def _stored(services: MutationServices, record: Record, account: Account, contact: Contact) -> Contact:
    changes = await services.store.contacts.put(record.transaction, [contact])
    record.announce_contacts(account, changes)
    return changes[0].entity if changes else contact
