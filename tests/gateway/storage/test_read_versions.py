"""Digests are of what the store has: every other write deletes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from gateway.storage import Store, Visibility
from gateway.storage.fetch_kind import FetchKind
from gateway.storage.read_versions import ReadVersion, StoredRead, UnchangedRead
from providers.domain.entities import Account, Entity
from tests.testkit.clock import NOON
from tests.testkit.sample import contact, conversation, keep_accounts, message

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Read:
    """The key of a fetch from the account acc-1."""

    kind: FetchKind = FetchKind.CONTACTS
    source: str = "acc-1"
    provider: str = "p"
    start: datetime | None = None
    end: datetime | None = None


CONTACTS = Read()
CONVERSATIONS = Read(FetchKind.CONVERSATIONS)
MESSAGES = Read(FetchKind.MESSAGES, "acc-1/v-1")
OF_ANOTHER = Read(source="acc-10")
ALL = [CONTACTS, CONVERSATIONS, MESSAGES, OF_ANOTHER]


async def record(store: Store, span: Read, digest: str | None, before: ReadVersion | None, at: datetime = NOON) -> None:
    async with store.write() as transaction:
        read = StoredRead(span=span, read_at=at, digest=digest, before=before)
        await store.read_versions.record(transaction, [read])


async def version(store: Store, span: Read = CONTACTS) -> ReadVersion:
    return (await store.read_versions.get_many([span]))[span]


async def invalidate(store: Store, written: Entity) -> None:
    async with store.write() as transaction:
        await store.read_versions.invalidate(transaction, "p", [written])


async def known(store: Store, spans: Sequence[Read] = (CONTACTS,)) -> None:
    for span in spans:
        await record(store, span, "a", await version(store, span))


async def test_the_first_read_has_a_digest(store: Store) -> None:
    before = await version(store)
    assert (before.read_at, before.digest) == (None, None)
    await record(store, CONTACTS, "a", before)
    assert (await version(store)).digest == "a"


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (CONTACTS, contact()),
        (CONVERSATIONS, conversation()),
        (MESSAGES, message()),
        (MESSAGES, Account(key="acc-1", provider="p", user_id="ada")),
    ],
    ids=["contact", "conversation", "message", "account"],
)
async def test_a_write_during_the_first_fetch_prevents_its_digest(store: Store, span: Read, written: Entity) -> None:
    before = await version(store, span)
    await invalidate(store, written)
    await record(store, span, "a", before)
    assert (await version(store, span)).digest is None


async def test_a_write_before_the_first_fetch_does_not_prevent_its_digest(store: Store) -> None:
    await invalidate(store, contact())
    await record(store, CONTACTS, "a", await version(store))
    assert (await version(store)).digest == "a"


async def test_a_first_read_of_another_process_prevents_the_digest_of_a_first_read(
    store: Store, other_store: Store
) -> None:
    before = await version(store)
    await record(other_store, CONTACTS, "b", await version(other_store))
    await record(store, CONTACTS, "a", before)
    assert (await version(store)).digest is None


async def test_a_digest_is_not_recorded_over_an_entry_without_a_revision(store: Store) -> None:
    await known(store)
    before = replace(await version(store), revision=None)
    await record(store, CONTACTS, "b", before)
    assert (await version(store)).digest is None


async def test_a_digest_is_recorded_if_nothing_was_written_since(store: Store) -> None:
    await known(store)
    assert ((await version(store)).digest, (await version(store)).read_at) == ("a", NOON)


async def test_a_digest_is_not_recorded_over_a_write_of_another_process(store: Store, other_store: Store) -> None:
    await known(store)
    before = await version(store)
    await record(other_store, CONTACTS, "a", await version(other_store))
    await record(store, CONTACTS, "b", before)
    assert (await version(store)).digest is None


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (contact(), [CONVERSATIONS, MESSAGES, OF_ANOTHER]),
        (conversation(), [CONTACTS, MESSAGES, OF_ANOTHER]),
        (message(), [CONTACTS, CONVERSATIONS, OF_ANOTHER]),
        (Account(key="acc-1", provider="p", user_id="ada"), [OF_ANOTHER]),
    ],
    ids=["contact", "conversation", "message", "account"],
)
async def test_a_write_deletes_the_digests_of_the_lists_it_is_in(
    store: Store, written: Entity, left: list[Read]
) -> None:
    await known(store, ALL)
    await invalidate(store, written)
    assert [span for span in ALL if (await version(store, span)).digest is not None] == left


async def test_a_write_during_a_fetch_prevents_its_digest(store: Store) -> None:
    await known(store)
    before = await version(store)
    await invalidate(store, contact())
    await record(store, CONTACTS, "b", before)
    assert (await version(store)).digest is None


async def test_an_unchanged_read_moves_the_times_of_reading(store: Store) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        seen, gone = contact("c-1", synced_at=NOON), contact("c-2", synced_at=NOON - SECOND)
        await store.contacts.put(transaction, [seen, gone])
    await known(store)
    read = UnchangedRead(span=CONTACTS, read_at=NOON + SECOND, version=await version(store))
    async with store.write() as transaction:
        assert await store.read_versions.confirm(transaction, [read]) == []
    assert await version(store) == replace(read.version, read_at=NOON + SECOND)
    found = await store.contacts.get_many(Visibility.unrestricted(), [("acc-1", "c-1"), ("acc-1", "c-2")])
    assert [each and each.synced_at for each in found] == [NOON + SECOND, NOON - SECOND]


async def test_an_unchanged_read_is_not_confirmed_after_a_write(store: Store) -> None:
    await known(store)
    read = UnchangedRead(span=CONTACTS, read_at=NOON + SECOND, version=await version(store))
    async with store.write() as transaction:
        await store.read_versions.invalidate(transaction, "p", [contact()])
        assert await store.read_versions.confirm(transaction, [read]) == [read]
    assert (await version(store)).read_at == NOON
