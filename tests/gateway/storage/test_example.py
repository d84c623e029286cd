"""The first recipe of docs/testing.md: a test of the store."""

from gateway.storage import Store, Visibility
from providers.domain.criteria import ContactCriteria
from providers.domain.pages import PageRequest
from tests.testkit.sample import contact, keep_accounts


async def test_a_stored_contact_is_found_by_its_number(store: Store) -> None:
    await keep_accounts(store)

    async with store.write() as transaction:
        await store.contacts.put(transaction, [contact(number="+1 202-555-0187", e164="+12025550187")])

    criteria = ContactCriteria(number="(202) 555-0187")
    page = await store.contacts.page(Visibility.of("ada"), criteria, PageRequest(limit=10))
    assert [each.e164 for each in page.nodes] == ["+12025550187"]
