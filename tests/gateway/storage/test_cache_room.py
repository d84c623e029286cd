"""Cached results take room by their size: texts of filters, ids and rows are as long as clients like."""

from collections.abc import Awaitable, Callable

import pytest

from gateway.storage import Store, Visibility
from providers.domain.criteria import ContactCriteria
from providers.domain.entities import Contact
from providers.domain.pages import Page, PageRequest
from tests.testkit.sample import contact, keep_accounts

EVERYONE = Visibility.unrestricted()
LENGTH = 500_000
"""Of a text of which the cache has room for no more than 40."""


async def page(store: Store, text: str | None = None) -> Page[Contact]:
    return await store.contacts.page(EVERYONE, ContactCriteria(text=text), PageRequest(limit=10))


async def filtered(store: Store, text: str) -> None:
    await page(store, text)


async def looked_up(store: Store, text: str) -> None:
    await store.contacts.get_many(EVERYONE, [("acc-1", text)])


async def put(store: Store, *seen: Contact) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        await store.contacts.put(transaction, seen)


@pytest.mark.parametrize("read", [filtered, looked_up])
@pytest.mark.parametrize(("length", "stays"), [(10, True), (LENGTH, False)], ids=["short", "long"])
async def test_a_long_text_takes_the_room_of_other_results(
    sqlite_store: Store, read: Callable[[Store, str], Awaitable[None]], length: int, stays: bool
) -> None:
    await put(sqlite_store, contact())
    first = await page(sqlite_store)
    for number in range(40):
        await read(sqlite_store, f"{number}".zfill(length))

    assert (await page(sqlite_store) is first) is stays


@pytest.mark.parametrize(("length", "is_cached"), [(10, True), (LENGTH, False)], ids=["short", "long"])
async def test_a_page_of_long_rows_is_not_cached(sqlite_store: Store, length: int, is_cached: bool) -> None:
    await put(sqlite_store, *(contact(f"c-{number}", first_name="n" * length) for number in range(5)))
    first = await page(sqlite_store)

    assert (await page(sqlite_store) is first) is is_cached
