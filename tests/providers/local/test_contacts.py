from dataclasses import replace

import pytest

from providers.domain.drafts import ContactDraft
from providers.domain.entities import Account, Contact
from providers.domain.errors import Conflict, NotAuthorized, NotFound
from providers.local import LocalProvider
from providers.testing.core import ATTEMPT
from tests.providers.local.conftest import Connect

BEN = ContactDraft(first_name="Ben", last_name="Moor", number="(202) 555-0111", e164="+12025550111")
CEM = ContactDraft(first_name="Cem", last_name="Acar", number="+12025550122", e164="+12025550122")


@pytest.fixture
async def account(connect: Connect) -> Account:
    return await connect()


@pytest.fixture
async def ben(provider: LocalProvider, account: Account) -> Contact:
    return (await provider.create_contact(account, BEN, ATTEMPT)).entity


async def contacts_of(provider: LocalProvider, account: Account) -> list[Contact]:
    return [contact async for page in provider.list_contacts(account) for contact in page]


async def test_a_contact_has_its_number_as_it_was_written(ben: Contact) -> None:
    assert (ben.number, ben.e164) == ("(202) 555-0111", "+12025550111")


async def test_an_existing_number_returns_the_existing_contact_unchanged(
    provider: LocalProvider, account: Account, ben: Contact
) -> None:
    created = await provider.create_contact(account, replace(CEM, e164=BEN.e164), ATTEMPT)
    assert not created.created
    assert replace(created.entity, synced_at=ben.synced_at) == ben
    assert len(await contacts_of(provider, account)) == 1


async def test_two_accounts_may_have_contacts_with_one_number(
    provider: LocalProvider, connect: Connect, ben: Contact
) -> None:
    other = await connect()
    created = await provider.create_contact(other, BEN, ATTEMPT)
    assert created.created
    assert created.entity.external_id != ben.external_id


async def test_a_long_list_is_paged_without_gaps(provider: LocalProvider, account: Account) -> None:
    made = []
    for number in range(501):
        draft = ContactDraft(first_name="Ben", last_name="", number=str(number), e164=f"+1202556{number:04}")
        made.append((await provider.create_contact(account, draft, ATTEMPT)).entity.external_id)
    pages = [page async for page in provider.list_contacts(account)]
    assert [len(page) for page in pages] == [500, 1]
    assert [contact.external_id for page in pages for contact in page] == made


async def test_an_update_changes_the_whole_contact(provider: LocalProvider, account: Account, ben: Contact) -> None:
    await provider.update_contact(account, ben, CEM, ATTEMPT)
    [found] = await provider.get_contacts(account, [ben.external_id])
    assert found is not None
    assert (found.first_name, found.last_name, found.number, found.e164) == ("Cem", "Acar", CEM.number, CEM.e164)


async def test_a_contact_can_be_renamed_with_the_same_number(
    provider: LocalProvider, account: Account, ben: Contact
) -> None:
    assert (
        await provider.update_contact(account, ben, replace(BEN, first_name="Benno"), ATTEMPT)
    ).first_name == "Benno"


async def test_the_number_of_another_contact_is_a_conflict_and_changes_nothing(
    provider: LocalProvider, account: Account, ben: Contact
) -> None:
    cem = (await provider.create_contact(account, CEM, ATTEMPT)).entity
    with pytest.raises(Conflict, match=r"\+12025550111"):
        await provider.update_contact(account, cem, replace(BEN, first_name="Dee"), ATTEMPT)
    found = await provider.get_contacts(account, [ben.external_id, cem.external_id])
    assert [contact and contact.first_name for contact in found] == ["Ben", "Cem"]


async def test_an_account_can_not_read_or_change_contacts_of_another(
    provider: LocalProvider, connect: Connect, ben: Contact
) -> None:
    other = await connect()
    assert await contacts_of(provider, other) == []
    assert await provider.get_contacts(other, [ben.external_id]) == [None]
    with pytest.raises(NotFound):
        await provider.update_contact(other, ben, CEM, ATTEMPT)


async def test_a_disconnected_account_can_not_read_or_write_contacts(
    provider: LocalProvider, account: Account, ben: Contact
) -> None:
    await provider.disconnect_account(account, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await contacts_of(provider, account)
    with pytest.raises(NotAuthorized):
        await provider.get_contacts(account, [ben.external_id])
    with pytest.raises(NotAuthorized):
        await provider.create_contact(account, CEM, ATTEMPT)
    with pytest.raises(NotAuthorized):
        await provider.update_contact(account, ben, CEM, ATTEMPT)
