import asyncio
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.storage import Cipher, Store, Visibility
from providers.domain.criteria import AccountCriteria
from providers.domain.errors import StoreUnavailable
from providers.domain.pages import PageRequest
from tests.gateway.storage.conftest import KEY
from tests.testkit.clock import Clock
from tests.testkit.sample import account, keep_accounts


async def keys(store: Store) -> list[str]:
    page = await store.accounts.page(Visibility.unrestricted(), AccountCriteria(), PageRequest(limit=100))
    return [each.key for each in page.nodes]


async def test_writers_take_turns(store: Store, other_store: Store) -> None:
    """Each reads, thinks and writes: without turns two of them would give the same number."""

    async def write(number: int) -> None:
        await keep_accounts((store, other_store)[number % 2], account(f"{number:02}"))

    await asyncio.gather(*(write(number) for number in range(20)))
    assert sorted(await keys(store)) == [f"{number:02}" for number in range(20)]


async def test_readers_do_not_wait_for_a_writer_and_do_not_see_uncommitted_data(store: Store) -> None:
    async with store.write() as transaction:
        await store.accounts.put(transaction, account())
        assert await keys(store) == []
    assert await keys(store) == ["acc-1"]


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(IntegrityError):
        await keep_accounts(store, account(external_id="x"), account("twice", external_id="x"))
    assert await keys(store) == []
    await keep_accounts(store)


async def test_a_cancelled_transaction_writes_nothing_and_releases_the_lock(store: Store) -> None:
    with anyio.CancelScope() as scope:
        async with store.write() as transaction:
            await store.accounts.put(transaction, account())
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert await keys(store) == []
    await keep_accounts(store)
    assert await keys(store) == ["acc-1"]


async def test_a_writer_that_is_cancelled_while_it_waits_is_not_missed(store: Store) -> None:
    async with store.write():
        waiting = asyncio.create_task(keep_accounts(store))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    await keep_accounts(store, account("next"))
    assert await keys(store) == ["next"]


async def test_sqlite_is_durable_and_checks_references(sqlite_store: Store) -> None:
    async with sqlite_store.write() as transaction:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [(await transaction.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in names]
    assert found == ["wal", 2, 1, 5000]


async def test_a_store_locked_by_another_process_is_busy(store: Store, other_store: Store) -> None:
    async with store.write():
        with pytest.raises(StoreUnavailable, match="busy"):
            await keep_accounts(other_store)
    await keep_accounts(other_store)


async def test_a_full_disk_is_reported_and_nothing_is_written(sqlite_store: Store) -> None:
    async with sqlite_store.write() as transaction:
        await transaction.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StoreUnavailable, match=r"^The store's disk is full\.$"):
        await keep_accounts(sqlite_store, *(account(f"{number}" * 100) for number in range(200)))
    assert await keys(sqlite_store) == []


async def test_a_file_that_is_not_a_database_is_reported(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "store.db"
    await anyio.Path(path).write_text("This is not a database. " * 100)
    for url, reason in ((f"sqlite:///{path}", "not an SQLite"), (f"sqlite:///{tmp_path}/none/store.db", "opened")):
        with pytest.raises(StoreUnavailable, match=reason):
            await Store.open(url, Cipher([KEY]), clock)


async def test_an_unreachable_server_is_reported(clock: Clock, free_port: int) -> None:
    with pytest.raises(StoreUnavailable, match="reached") as raised:
        await Store.open(f"postgresql://ada:hush@127.0.0.1:{free_port}/x", Cipher([KEY]), clock)
    assert "hush" not in repr(raised.value)


async def test_a_missing_database_is_reported(postgresql_url: str, clock: Clock) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        await Store.open(postgresql_url + "_none", Cipher([KEY]), clock)


async def test_only_the_statements_of_a_long_transaction_may_take_their_time(postgresql_store: Store) -> None:
    """Those of a migration do, in a store with many rows."""
    limits = []
    for is_long in (True, False):
        async with postgresql_store.database.write(is_long=is_long) as transaction:
            limits.append((await transaction.execute(text("SHOW statement_timeout"))).scalar_one())
    assert limits == ["0", "30s"]


async def test_a_lost_connection_is_reported_and_replaced(postgresql_store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await lose_connections_while_writing(postgresql_store)
    await keep_accounts(postgresql_store)
    assert await keys(postgresql_store) == ["acc-1"]


async def lose_connections_while_writing(store: Store) -> None:
    async with store.write() as transaction:
        async with store.database.read() as connection:
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        await store.accounts.put(transaction, account("lost"))
