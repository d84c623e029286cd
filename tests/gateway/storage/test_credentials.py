import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.storage import CipherError, Spending, Store
from tests.gateway.storage.conftest import KEY, opened
from tests.testkit.clock import NOON, Clock
from tests.testkit.sample import account, everything_written, keep_accounts
from tests.testkit.statements import send

LEASE = NOON + timedelta(minutes=1)
OTHER_KEY = b"\xff" * 32


async def keep_credentials(store: Store, **secret: str) -> None:
    await keep_accounts(store)
    async with store.write() as transaction:
        await store.credentials.put(transaction, "acc-1", secret)


async def begin(store: Store, fingerprint: str, holder: str) -> bool:
    async with store.write() as transaction:
        return await store.credentials.begin_spending(transaction, "acc-1", fingerprint, holder, LEASE)


async def test_credentials_are_stored_replaced_and_deleted(store: Store) -> None:
    assert await store.credentials.get("acc-1") is None
    await keep_credentials(store, token="öne")
    assert await store.credentials.get("acc-1") == {"token": "öne"}
    async with store.write() as transaction:
        await store.credentials.delete(transaction, "acc-1")
    assert await store.credentials.get("acc-1") is None


async def test_one_of_many_begins_to_spend(store: Store) -> None:
    await keep_credentials(store, token="one")
    begun = await asyncio.gather(*(begin(store, "f", f"holder {number}") for number in range(10)))
    assert begun.count(True) == 1


async def test_nothing_is_spent_of_an_account_without_credentials(store: Store) -> None:
    assert not await begin(store, "f", "holder")


async def test_a_mark_stays_after_its_lease_and_for_every_process(
    store: Store, other_store: Store, clock: Clock
) -> None:
    await keep_credentials(store, token="one")
    await begin(store, "f", "dead")
    clock.pass_by(timedelta(days=400))
    assert await other_store.credentials.spending("acc-1") == Spending("f", "dead", LEASE)
    assert not await begin(other_store, "f", "alive")


async def test_renewed_credentials_are_stored_and_end_the_renewal(store: Store) -> None:
    await keep_credentials(store, token="one")
    await begin(store, "f", "holder")
    async with store.write() as transaction:
        assert await store.credentials.finish_spending(transaction, "acc-1", "f", {"token": "two"})
    assert await store.credentials.get("acc-1") == {"token": "two"}
    assert await store.credentials.spending("acc-1") is None


async def test_credentials_that_were_not_sent_can_be_used_again(store: Store) -> None:
    await keep_credentials(store, token="one")
    await begin(store, "f", "holder")
    async with store.write() as transaction:
        assert await store.credentials.release_spending(transaction, "acc-1", "f")
    assert await begin(store, "f", "other")
    assert await store.credentials.get("acc-1") == {"token": "one"}


async def test_credentials_renewed_too_late_do_not_replace_a_new_connection(store: Store) -> None:
    await keep_credentials(store, token="one")
    await begin(store, "f", "holder")
    await keep_credentials(store, token="connected again")
    async with store.write() as transaction:
        assert not await store.credentials.finish_spending(transaction, "acc-1", "f", {"token": "late"})
    assert await store.credentials.get("acc-1") == {"token": "connected again"}


async def test_old_credentials_are_read_after_a_new_key_came_in_front(store: Store, database_url: str) -> None:
    await keep_credentials(store, token="one")
    async with opened(database_url, keys=(OTHER_KEY, KEY)) as rotated:
        assert await rotated.credentials.get("acc-1") == {"token": "one"}
        async with rotated.write() as transaction:
            await rotated.credentials.put(transaction, "acc-1", {"token": "two"})
    with pytest.raises(CipherError):
        await store.credentials.get("acc-1")


async def test_credentials_are_bound_to_their_account(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    async with store.write() as transaction:
        await store.credentials.put(transaction, "acc-1", {"token": "one"})
        await store.credentials.put(transaction, "acc-2", {"token": "two"})
        await send(
            transaction,
            "UPDATE credentials SET secret = (SELECT secret FROM credentials WHERE account_key = 'acc-2')",
        )
    with pytest.raises(CipherError):
        await store.credentials.get("acc-1")


async def test_the_file_holds_no_secret_in_clear(sqlite_store: Store, tmp_path: Path) -> None:
    await keep_credentials(sqlite_store, token="a-token-to-grep")
    written = everything_written(tmp_path)
    assert b"acc-1" in written
    assert b"a-token-to-grep" not in written
