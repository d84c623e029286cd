"""Numbers and contacts: listed, read, created, updated."""

from dataclasses import replace

from providers.api import (
    Contact,
    ContactCreator,
    ContactDirectory,
    ContactReader,
    ContactUpdater,
    NotSupported,
    NumberDirectory,
    PhoneNumber,
    parsed,
)
from providers.testing.contract.harness import Harness
from providers.testing.contract.model import assert_sound
from providers.testing.core import ATTEMPT


async def create(harness: Harness) -> Contact:
    creator = harness.able(ContactCreator)
    return (await creator.create_contact(harness.account, await harness.contact_draft(), ATTEMPT)).entity


async def numbers_listed(harness: Harness) -> list[PhoneNumber]:
    return parsed(await harness.able(NumberDirectory).list_numbers(harness.account))


async def contacts_listed(harness: Harness) -> list[Contact]:
    directory = harness.able(ContactDirectory)
    return [contact async for page in directory.list_contacts(harness.account) for contact in parsed(page)]


class ContactContract:
    async def test_the_account_has_numbers_of_its_own(self, harness: Harness) -> None:
        numbers = await numbers_listed(harness)
        assert numbers
        for number in numbers:
            assert_sound(harness, number)

    async def test_a_new_contact_equals_its_draft(self, harness: Harness) -> None:
        draft = await harness.contact_draft()
        created = await harness.able(ContactCreator).create_contact(harness.account, draft, ATTEMPT)
        assert created.created
        assert_sound(harness, created.entity)
        assert (created.entity.first_name, created.entity.last_name) == (draft.first_name, draft.last_name)
        assert created.entity.e164 == draft.e164

    async def test_a_contact_with_a_known_number_is_not_created_again(self, harness: Harness) -> None:
        creator = harness.able(ContactCreator)
        draft = await harness.contact_draft()
        first = await creator.create_contact(harness.account, draft, ATTEMPT)
        again = await creator.create_contact(harness.account, replace(draft, first_name="Other"), ATTEMPT)
        assert not again.created
        assert (again.entity.id, again.entity.first_name) == (first.entity.id, draft.first_name)
        assert [contact.e164 for contact in await contacts_listed(harness)].count(draft.e164) == 1

    async def test_each_contact_is_listed_once_under_its_id(self, harness: Harness) -> None:
        made = [await create(harness) for _ in range(3)]
        ids = [contact.id for contact in await contacts_listed(harness)]
        assert len(ids) == len(set(ids))
        assert {contact.id for contact in made} <= set(ids)

    async def test_contacts_come_in_order_with_none_for_an_unknown_id(self, harness: Harness) -> None:
        first, second = (await create(harness)).external_id, (await create(harness)).external_id
        reader = harness.able(ContactReader)
        found = await reader.get_contacts(harness.account, [second, harness.unknown_id, first, second])
        assert [contact and contact.external_id for contact in found] == [second, None, first, second]
        for contact in filter(None, found):
            assert_sound(harness, contact)

    async def test_no_ids_read_no_contacts(self, harness: Harness) -> None:
        assert await harness.able(ContactReader).get_contacts(harness.account, []) == []

    async def test_an_updated_contact_has_the_same_id(self, harness: Harness) -> None:
        contact, draft = await create(harness), await harness.contact_draft()
        changed = await harness.able(ContactUpdater).update_contact(harness.account, contact, draft, ATTEMPT)
        assert_sound(harness, changed)
        assert (changed.id, changed.last_name, changed.e164) == (contact.id, draft.last_name, draft.e164)
        [found] = [other for other in await contacts_listed(harness) if other.id == contact.id]
        assert (found.last_name, found.e164) == (draft.last_name, draft.e164)

    async def test_a_name_that_is_empty_is_removed_or_not_supported(self, harness: Harness) -> None:
        contact, draft = await create(harness), replace(await harness.contact_draft(), last_name="")
        try:
            changed = await harness.able(ContactUpdater).update_contact(harness.account, contact, draft, ATTEMPT)
        except NotSupported:
            return
        assert (changed.first_name, changed.last_name) == (draft.first_name, None)
