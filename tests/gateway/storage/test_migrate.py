import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.types import TypeEngine

from gateway.storage import Store, Transaction
from gateway.storage.database import Database
from gateway.storage.migrate import HEAD, migrate
from gateway.storage.migrations.metadata import metadata
from gateway.storage.migrations.upgrade import MIGRATIONS, migrating, upgrade
from providers.domain.errors import StoreUnavailable
from tests.testkit.statements import send, statements

OPEN = """
import asyncio, sys
from gateway.storage import Cipher, Store
from tests.testkit.clock import Clock
asyncio.run(Store.open(sys.argv[1], Cipher([bytes(32)]), Clock()))
"""


def differences(connection: Connection) -> list[object]:
    def written(column_type: TypeEngine[Any]) -> str:
        return column_type.compile(connection.dialect).replace("TEXT", "VARCHAR")  # one type under two names

    def differ(_context: Any, _there: Any, _here: Any, there: TypeEngine[Any], here: TypeEngine[Any]) -> bool:
        return written(there) != written(here)

    context = MigrationContext.configure(connection, opts={"compare_type": differ})
    found: list[object] = compare_metadata(context, metadata)
    return found


async def drop_tables(database: Database) -> None:
    async with migrating(database) as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.exec_driver_sql("DROP TABLE alembic_version")


async def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    async with migrating(store.database) as connection:
        assert await connection.run_sync(differences) == []


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_many_processes_that_start_at_once_all_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    started = [await asyncio.create_subprocess_exec(sys.executable, "-c", OPEN, url) for _ in range(4)]
    assert [await process.wait() for process in started] == [0] * 4


async def test_many_that_find_an_empty_database_migrate_it_once(postgresql_store: Store, postgresql_url: str) -> None:
    await drop_tables(postgresql_store.database)
    databases = [Database(postgresql_url) for _ in range(4)]
    try:
        await asyncio.gather(*(migrate(database) for database in databases))
    finally:
        for database in databases:
            await database.aclose()
    await postgresql_store.ping()


async def test_a_store_that_is_ready_answers_a_ping(store: Store) -> None:
    with statements(store) as sent:
        await store.ping()
    assert len(sent) <= 5


async def test_a_store_of_another_version_is_not_ready(store: Store) -> None:
    async with store.write() as transaction:
        await send(transaction, "UPDATE alembic_version SET version_num = 'other'")
    try:
        with pytest.raises(StoreUnavailable, match="version"):
            await store.ping()
    finally:
        async with store.write() as transaction:
            await send(transaction, "UPDATE alembic_version SET version_num = :head", head=HEAD)


async def test_a_superseded_time_survives_the_migration_to_several(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    columns = {
        "scope": "acc-1",
        "external_id": "m-1",
        "provider": "local",
        "user_id": "ada",
        "service": "ZOOM",
        "kind": "SCHEDULED",
        "start_time": 3,
        "duration": 4,
        "superseded_start": 1,
        "superseded_duration": None,
        "join_url": "https://meet.example.com/m-1",
        "cancelled": False,
        "is_private": False,
        "detailed": True,
        "search": "",
        "synced_at": 5,
        "written_at": 5,
    }
    names = ", ".join(columns)
    await upgrade(database, "0001")
    async with database.write() as transaction:
        values = ", ".join(f":{name}" for name in columns)
        await send(transaction, f"INSERT INTO meetings ({names}) VALUES ({values})", **columns)
    await migrate(database)
    assert await database.select(
        "SELECT superseded_starts, superseded_durations, called_off, revision, details_read_at FROM meetings"
    ) == [("[1]", None, False, 0, 5)]
    await database.aclose()


async def test_an_entry_of_the_journal_has_an_attempt_after_the_step_to_attempts(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    columns = {
        "user_id": "ada",
        "mutation": "sendMessage",
        "request": b"sealed",
        "holder": "one",
        "lease_until": 7,
        "started_at": 3,
        "updated_at": 5,
    }
    names = ", ".join(columns)
    await upgrade(database, "0003")
    async with database.write() as transaction:
        values = ", ".join(f":{name}" for name in columns)
        for state in ("PENDING", "UNKNOWN"):
            row = f"INSERT INTO journal (id, state, {names}) VALUES ('{state}-id', '{state}', {values})"
            await send(transaction, row, **columns)
    await migrate(database)
    found = await database.select("SELECT attempt, provable_at FROM journal ORDER BY id")
    assert found == [("PENDING-id", None), ("UNKNOWN-id", 7)]
    await database.aclose()


async def test_messages_that_were_known_stay_known_and_accounts_know_their_first_connection(tmp_path: Path) -> None:
    """Between the tail and the head of its conversation a message had been listed; above the head it had been sent."""
    database = Database(f"sqlite:///{tmp_path}/old.db")
    account = {"key": "acc-1", "provider": "local", "user_id": "ada", "status": "CONNECTED", "connected_at": 7}
    conversation = {"account_key": "acc-1", "external_id": "v-1", "from_number": "", "from_digits": ""}
    coverage = {"tail_created_at": 2, "tail_external_id": "b", "head_created_at": 3, "head_external_id": "a"}
    await upgrade(database, "0003")
    async with database.write() as transaction:
        await insert(transaction, "accounts", **account, ordinal=1)
        await insert(transaction, "conversations", **conversation, ordinal=1, synced_at=5)
        for external_id, created_at in (("z", 1), ("b", 2), ("a", 3), ("c", 4)):
            await insert(transaction, "messages", **MESSAGE, external_id=external_id, created_at=created_at)
        await insert(
            transaction,
            "message_coverage",
            account_key="acc-1",
            conversation_external_id="v-1",
            complete=False,
            **coverage,
        )
    await migrate(database)
    found = await database.select("SELECT external_id, sorted_at, listed FROM messages ORDER BY sorted_at")
    assert found == [("z", 1, False), ("b", 2, True), ("a", 3, True), ("c", 4, False)]
    assert await database.select("SELECT tail_sorted_at, tail_external_id FROM message_coverage") == [(2, "b")]
    assert await database.select("SELECT first_connected_at FROM accounts") == [(7,)]
    assert await database.select("SELECT has_history FROM conversations") == [(True,)]
    await database.aclose()


async def test_rows_get_the_user_of_their_account_in_the_step_to_owners(database_url: str) -> None:
    database = Database(database_url)
    await drop_tables(database)
    await upgrade(database, "0006")
    async with database.write() as transaction:
        for number, (user, status) in enumerate((("ada", "CONNECTED"), ("bob", "DISCONNECTED"))):
            account = {"key": user, "provider": "local", "user_id": user, "status": status, "ordinal": number}
            await insert(transaction, "accounts", **account)
            await insert_texting(transaction, user, number)
    await migrate(database)
    for table in ("phone_numbers", "contacts", "conversations", "messages", "message_coverage"):
        found = await database.select(f"SELECT user_id, account_key FROM {table} ORDER BY 1")
        assert [tuple(row) for row in found] == [("ada", "ada"), ("bob", "bob")]
    due = await database.select("SELECT phone_numbers_read_at, contacts_read_at, conversations_read_at FROM accounts")
    assert [tuple(row) for row in due] == [(0, 0, 0)] * 2
    found = await database.select("SELECT read_at, digest, revision FROM read_log")
    assert [tuple(row) for row in found] == [(7, None, None)] * 2
    await database.aclose()


async def test_conversations_are_as_active_as_their_messages_and_contacts_stay_in_order(database_url: str) -> None:
    database = Database(database_url)
    await drop_tables(database)
    await upgrade(database, "0009")
    owner = {"account_key": "acc-1", "user_id": "ada"}
    async with database.write() as transaction:
        account = {"key": "acc-1", "provider": "local", "user_id": "ada", "status": "CONNECTED"}
        await insert(transaction, "accounts", **account, ordinal=1)
        for number, name in enumerate(("v-1", "v-2")):
            conversation = {"from_number": "", "from_digits": "", "has_history": True, "ordinal": number}
            await insert(transaction, "conversations", **owner, external_id=name, **conversation, synced_at=5)
        for number, direction in enumerate(("INBOUND", "INBOUND", "OUTBOUND")):
            written = {**MESSAGE, "external_id": f"t-{number}", "user_id": "ada", "direction": direction}
            await insert(transaction, "messages", **written, created_at=number + 1, sorted_at=number + 1, listed=True)
        for name in ("b", "a", "c"):
            names = {"number": "", "digits": "", "sort_last": name, "sort_first": "", "search": ""}
            await insert(transaction, "contacts", **owner, external_id=name, **names, synced_at=5, written_at=5)
    await migrate(database)
    columns = "last_activity_at, has_messages, inbound_sorted_at, inbound_external_id"
    found = await database.select(f"SELECT {columns} FROM conversations ORDER BY external_id")
    assert [tuple(row) for row in found] == [(3, True, 2, "t-1"), (0, False, None, None)]
    listed = await database.select("SELECT external_id FROM contacts ORDER BY ordinal DESC")
    assert [row[0] for row in listed] == ["a", "b", "c"]
    await database.aclose()


async def test_a_store_of_a_later_version_is_refused(database_url: str) -> None:
    database = Database(database_url)
    await _set_version(database, "9999")
    try:
        with pytest.raises(StoreUnavailable, match="later version") as raised:
            await migrate(database)
    finally:  # Other tests use the same server's database.
        await _set_version(database, HEAD)
        await database.aclose()

    assert not raised.value.is_temporary


async def _set_version(database: Database, version: str) -> None:
    async with database.write() as transaction:
        await send(transaction, "UPDATE alembic_version SET version_num = :version", version=version)


async def insert_texting(transaction: Transaction, account: str, number: int) -> None:
    """Insert a row of each table that has an owner, as step 0006 has them."""
    of_account = {"account_key": account}
    identified = {**of_account, "external_id": "1"}
    names = {"number": "", "digits": "", "sort_last": "", "sort_first": "", "search": ""}
    conversation = {"from_number": "", "from_digits": "", "has_history": True, "ordinal": number, "synced_at": 5}
    message = {**MESSAGE, **identified, "created_at": 1, "sorted_at": 1, "listed": True}
    read = {"provider": "local", "kind": "contacts", "source": account, "start_time": 0, "end_time": 0, "read_at": 7}
    await insert(transaction, "phone_numbers", **identified, number="", owners="[]", ordinal=0)
    await insert(transaction, "contacts", **identified, **names, synced_at=5, written_at=5)
    await insert(transaction, "conversations", **identified, **conversation)
    await insert(transaction, "messages", **message)
    await insert(transaction, "message_coverage", **of_account, conversation_external_id="1", complete=True)
    await insert(transaction, "read_log", **read)


MESSAGE = {
    "account_key": "acc-1",
    "conversation_external_id": "v-1",
    "direction": "INBOUND",
    "status": "RECEIVED",
    "text": "Hello",
    "search": "hello",
    "from_number": "",
    "to_number": "",
}


async def insert(transaction: Transaction, table: str, **values: object) -> None:
    names = ", ".join(values)
    parameters = ", ".join(f":{name}" for name in values)
    await send(transaction, f"INSERT INTO {table} ({names}) VALUES ({parameters})", **values)
