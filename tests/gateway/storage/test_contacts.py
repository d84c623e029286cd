from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.storage import Change, Store, Visibility
from gateway.storage.contacts import Replacement
from gateway.storage.errors import StatementFailed
from gateway.storage.housekeeping import Housekeeping
from providers.domain.criteria import ContactCriteria
from providers.domain.entities import Contact
from providers.domain.pages import PageRequest
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, contact, keep_accounts
from tests.testkit.statements import send


async def put(store: Store, *seen: Contact) -> list[Change[Contact]]:
    async with store.write() as transaction:
        return await store.contacts.put(transaction, seen)


async def found(store: Store, **said: Any) -> list[str]:
    page = await store.contacts.page(Visibility.unrestricted(), ContactCriteria(**said), PageRequest(limit=100))
    return [each.external_id for each in page.nodes]


async def test_a_contact_is_read_as_it_was_written(store: Store) -> None:
    await keep_accounts(store)
    assert await put(store, contact()) == [Change(contact(), is_new=True)]
    assert await put(store, contact(synced_at=NOON + timedelta(hours=1))) == []
    (change,) = await put(store, contact(last_name=None))
    assert change == Change(contact(last_name=None), is_new=False)
    assert await store.contacts.get_many(Visibility.unrestricted(), [("acc-1", "c-1")]) == [contact(last_name=None)]


async def test_contacts_are_sorted_by_name_without_case_and_then_by_id(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    names = {"5": ("z", "Äbel"), "4": ("b", "adams"), "3": ("A", "ADAMS"), "2": ("a", "Adams"), "1": (None, None)}
    people = [contact(key, first_name=first, last_name=last) for key, (first, last) in names.items()]
    await put(store, *people, contact("2", account_key="acc-2", first_name="a", last_name="Adams"))
    assert await found(store, by_name=True) == ["1", "2", "2", "3", "4", "5"]


async def test_the_last_created_come_first_and_of_several_the_first_and_none_moves(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact("1"), contact("2"))
    await put(store, contact("2", last_name="Aalto"), contact("3"), contact("4"))
    assert await found(store) == ["3", "4", "1", "2"]


async def test_a_contact_that_an_earlier_version_wrote_gets_a_place(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact("1"), contact("2"), contact("3"))
    async with store.write() as transaction:
        await send(transaction, "UPDATE contacts SET ordinal = 0 WHERE external_id <> '3'")
    await Housekeeping(store, lambda: NOON).run_once()
    assert await store.database.select("SELECT external_id, ordinal FROM contacts ORDER BY 1") == [
        ("1", 2),
        ("2", 3),
        ("3", 1),
    ]


async def test_names_of_any_length_are_stored(store: Store) -> None:
    await keep_accounts(store)
    endless = contact(first_name="ö" * 5000, last_name="x" * 5000)
    await put(store, endless)
    assert await store.contacts.get_many(Visibility.unrestricted(), [("acc-1", "c-1")]) == [endless]


@pytest.mark.parametrize("number", ["+1 202 555 0101", "202-555-0101", "(202) 5550101", "12025550101", "2025550101"])
async def test_a_number_is_the_same_however_it_is_written(store: Store, number: str) -> None:
    await keep_accounts(store)
    await put(store, contact(), contact("other", number="+12025550102", e164="+12025550102"))
    assert await found(store, number=number) == ["c-1"]


async def test_an_invalid_number_is_found_by_its_digits(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact(number="55-5", e164=None))
    assert await found(store, number="5 5 5") == ["c-1"]
    assert await found(store, number="no digits") == []


@pytest.mark.parametrize("text", ["gRACE h", "HOPPER", "555-01", "+1202555"])
async def test_text_is_looked_for_in_names_and_number(store: Store, text: str) -> None:
    await keep_accounts(store)
    await put(store, contact(), contact("other", first_name="X", last_name="Y", number="1", e164=None))
    assert await found(store, text=text) == ["c-1"]


async def test_criteria_narrow_to_accounts(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    await put(store, contact(), contact("c-2", account_key="acc-2"))
    assert await found(store, account_keys=("acc-2",)) == ["c-2"]
    assert await found(store, account_keys=()) == []


async def test_replacing_all_deletes_contacts_that_are_gone_upstream(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    await put(store, contact("gone"), contact("kept"), contact("gone", account_key="acc-2"))
    async with store.write() as transaction:
        replaced = await store.contacts.replace_all(transaction, "acc-1", [contact("kept"), contact("new")])
    assert replaced == Replacement([Change(contact("new"), is_new=True)], removed=[contact("gone")])
    assert await found(store, account_keys=("acc-1",)) == ["new", "kept"]
    assert await found(store, account_keys=("acc-2",)) == ["gone"]


async def test_replacing_all_preserves_contacts_written_since_the_fetch(store: Store, clock: Clock) -> None:
    await keep_accounts(store)
    await put(store, contact("gone"))
    clock.pass_by(timedelta(minutes=1))
    await put(store, contact("created"))
    async with store.write() as transaction:
        await store.contacts.replace_all(transaction, "acc-1", [], seen_before=clock())
    assert await found(store) == ["created"]


async def test_content_is_cleaned_of_characters_that_databases_cannot_store(store: Store) -> None:
    await keep_accounts(store)
    await put(store, contact(last_name="Nul\x00l\ud800"))
    cleaned = replace(contact(), last_name="Null\ufffd")
    assert await store.contacts.get_many(Visibility.unrestricted(), [("acc-1", "c-1")]) == [cleaned]
    assert await put(store, contact(last_name="Nul\x00l\ud800")) == []


@pytest.mark.parametrize("text", ["Null\ufffd", "NULL", "nul\x00l", "null\ud83d", "\u00e9", "e\u0301", "e\x00\u0301"])
async def test_content_is_found_as_it_was_stored(store: Store, text: str) -> None:
    await keep_accounts(store)
    await put(store, contact(first_name="e\x00\u0301", last_name="Nul\x00l\ud800"))
    assert await found(store, text=text) == ["c-1"]


@pytest.mark.parametrize("unfit", ["c-1\x00", "c-1\ud800"])
async def test_a_key_is_never_cleaned(store: Store, unfit: str) -> None:
    await keep_accounts(store)
    await put(store, contact())
    assert await store.contacts.get_many(Visibility.unrestricted(), [("acc-1", unfit)]) == [None]
    with pytest.raises(StatementFailed, match="holds a NUL or a lone surrogate"):
        await put(store, contact(unfit))
    assert await found(store) == ["c-1"]
