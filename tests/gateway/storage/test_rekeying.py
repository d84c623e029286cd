import pytest

from gateway.storage import CipherError, JournalEntry, JournalState, Store, Visibility
from gateway.storage.rekeying import SEALED, Rekeyed
from gateway.storage.schema import Kind
from gateway.storage.tables import TABLES
from tests.gateway.storage.conftest import KEY, opened
from tests.testkit.clock import NOON
from tests.testkit.sample import account, keep_accounts, meeting

NEW = b"n" * 32
MANY = 450
"""More than are encrypted at once."""

ENTRY = JournalEntry(
    id="j-1",
    user_id="ada",
    mutation="sendMessage",
    attempt="0123456789abcdef" * 2,
    request=b"what was asked",
    holder="process",
    lease_until=NOON,
    started_at=NOON,
    updated_at=NOON,
    idempotency_key="key-1",
)
KEPT = [Rekeyed("credentials.secret", 1, 0), Rekeyed("meetings.secret", MANY, 0)]
KEPT += [Rekeyed("journal.request", 1, 0), Rekeyed("journal.outcome", 1, 0)]


@pytest.fixture
async def filled(store: Store) -> Store:
    await keep_accounts(store, account())
    async with store.write() as transaction:
        await store.credentials.put(transaction, "acc-1", {"token": "t"})
        secret = [meeting(f"m-{number}", host_url=f"https://host.example.com/{number}") for number in range(MANY)]
        await store.meetings.put(transaction, [*secret, meeting("without secrets")])
        await store.journal.begin(transaction, ENTRY)
        await store.journal.settle(transaction, ENTRY.id, JournalState.DONE, {"id": "1"})
    return store


async def assert_opens(store: Store) -> None:
    assert await store.credentials.get("acc-1") == {"token": "t"}
    found = await store.meetings.get_many(
        Visibility.unrestricted(), [("acc-1", f"m-{number}") for number in range(MANY)]
    )
    assert [each and each.host_url for each in found] == [f"https://host.example.com/{each}" for each in range(MANY)]
    entry = await store.journal.find("ada", "sendMessage", "key-1")
    assert entry is not None
    assert (entry.request, entry.outcome) == (b"what was asked", {"id": "1"})


def test_every_column_of_bytes_is_one_that_is_rekeyed() -> None:
    binary = {column for table in TABLES for column in table.c if column.kind is Kind.BYTES}
    assert {sealed.column for sealed in SEALED} == binary


async def test_the_first_key_decrypts_everything_after_a_rekey(filled: Store, database_url: str) -> None:
    async with opened(database_url, keys=(NEW, KEY)) as both:
        assert await both.rekeying.run() == KEPT
        assert [each.count for each in await both.rekeying.run()] == [0, 0, 0, 0]
    async with opened(database_url, keys=(NEW,)) as new:
        await assert_opens(new)
    with pytest.raises(CipherError):
        await filled.credentials.get("acc-1")


async def test_a_gateway_that_has_both_keys_reads_and_writes_meanwhile(filled: Store, database_url: str) -> None:
    async with opened(database_url, keys=(KEY, NEW)) as running, opened(database_url, keys=(NEW, KEY)) as both:
        await both.rekeying.run()
        await assert_opens(running)
        async with running.write() as transaction:
            await running.credentials.put(transaction, "acc-1", {"token": "newer"})
        assert (await both.rekeying.run())[0].count == 1
        assert await both.credentials.get("acc-1") == {"token": "newer"}


async def test_values_that_no_key_decrypts_are_counted_and_unchanged(filled: Store, database_url: str) -> None:
    async with opened(database_url, keys=(NEW,)) as lost:
        found = await lost.rekeying.run()
    assert [(each.count, each.unreadable) for each in found] == [(0, 1), (0, MANY), (0, 1), (0, 1)]
    await assert_opens(filled)


async def test_keys_that_do_not_decrypt_the_store_are_reported(filled: Store, database_url: str) -> None:
    await filled.rekeying.check()
    async with opened(database_url, keys=(NEW, KEY)) as both:
        await both.rekeying.check()
    async with opened(database_url, keys=(NEW,)) as lost:
        with pytest.raises(CipherError, match=r"another key"):
            await lost.rekeying.check()


async def test_any_key_opens_a_store_without_encrypted_values(store: Store, database_url: str) -> None:
    async with opened(database_url, keys=(NEW,)) as other:
        await other.rekeying.check()
