from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.storage import Change, Store, Visibility
from gateway.storage.entity_table import BATCH_ROWS
from providers.domain.criteria import ConversationCriteria
from providers.domain.entities import Conversation
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON
from tests.testkit.sample import account, conversation, keep_accounts
from tests.testkit.statements import statements


async def put(store: Store, *seen: Conversation) -> list[Change[Conversation]]:
    async with store.write() as transaction:
        return await store.conversations.put(transaction, seen)


async def found(store: Store, **said: Any) -> list[str]:
    page = await store.conversations.page(
        Visibility.unrestricted(), ConversationCriteria(**said), PageRequest(limit=100)
    )
    return [each.external_id for _, each in page.nodes]


async def test_a_conversation_is_read_as_it_was_written(store: Store) -> None:
    await keep_accounts(store)
    assert await put(store, conversation()) == [Change(conversation(), is_new=True)]
    assert await put(store, conversation(synced_at=NOON + timedelta(hours=1))) == []
    (known,) = await store.conversations.get_many(Visibility.unrestricted(), [("acc-1", "v-1")])
    assert known == conversation(synced_at=NOON + timedelta(hours=1))


async def test_new_conversations_come_first_and_positions_are_stable(store: Store) -> None:
    await keep_accounts(store)
    await put(store, conversation("b"), conversation("a"))
    await put(store, conversation("a", from_number="+12025550155"), conversation("c"), conversation("b"))
    assert await found(store) == ["c", "b", "a"]


async def test_a_contact_stays_known(store: Store) -> None:
    await keep_accounts(store)
    await put(store, conversation())
    assert await put(store, conversation(contact_external_id=None)) == []
    (change,) = await put(store, conversation(contact_external_id="c-2"))
    assert change == Change(replace(conversation(), contact_external_id="c-2"), is_new=False)


async def test_criteria_narrow(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    other = conversation("v-2", account_key="acc-2", contact_external_id="c-2", from_number="(202) 555-0155")
    await put(store, conversation(), other)
    assert await found(store, account_keys=("acc-2",)) == ["v-2"]
    assert await found(store, contacts=(("acc-1", "c-1"), ("acc-1", "c-2"))) == ["v-1"]
    assert await found(store, from_number="+1 202 555 0155") == ["v-2"]
    assert await found(store, contacts=()) == []


async def test_the_conversations_of_many_contacts_are_one_statement(store: Store) -> None:
    await keep_accounts(store)
    await put(store, *(conversation(f"v-{number}", contact_external_id=f"c-{number % 2}") for number in range(6)))
    with statements(store) as sent:
        contacts = [("acc-1", "c-1"), ("acc-1", "none"), ("acc-1", "c-0")]
        pages = await store.conversations.pages_by_contact(Visibility.unrestricted(), contacts, PageRequest(limit=2))
    assert len(sent) == 1
    assert [[each.external_id for each in page.nodes] for page in pages] == [["v-1", "v-3"], [], ["v-0", "v-2"]]
    assert [page.has_next for page in pages] == [True, False, True]


async def test_whether_a_conversation_has_history_is_decided_when_it_is_stored_first(store: Store) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        await store.conversations.put(transaction, [conversation("new")], has_history=False)
    await put(store, conversation("new", from_number="+12025550155"), conversation("old"))
    keys = [("acc-1", name) for name in ("new", "old", "none")]
    assert await store.conversations.without_history(keys) == {("acc-1", "new")}


async def test_all_returns_more_conversations_than_one_statement_reads(store: Store) -> None:
    await keep_accounts(store)
    names = [f"v-{number:05}" for number in range(10 * BATCH_ROWS + 1)]
    await put(store, *map(conversation, names))

    found = await store.conversations.all(Visibility.unrestricted(), ConversationCriteria(account_keys=("acc-1",)))

    assert [each.external_id for each in found] == names


async def test_all_ends_with_a_batch_that_is_full(store: Store) -> None:
    await keep_accounts(store)
    await put(store, *(conversation(str(number)) for number in range(BATCH_ROWS)))

    found = await store.conversations.all(Visibility.unrestricted(), ConversationCriteria())

    assert len(found) == BATCH_ROWS


async def test_the_conversations_of_contacts_are_found_with_them(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    first, second = conversation("v-1"), conversation("v-2", contact_external_id="c-2")
    await put(store, first, second, conversation("v-1", account_key="acc-2"), conversation("v-3"))
    async with store.write() as transaction:
        found = await store.conversations.of_contacts(transaction, [("acc-1", "c-1"), ("acc-1", "c-9")])
    assert sorted(found) == [(("acc-1", "v-1"), ("acc-1", "c-1")), (("acc-1", "v-3"), ("acc-1", "c-1"))]
