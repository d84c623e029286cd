import asyncio
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from providers.domain.errors import Unavailable
from providers.local.accounts import NUMBERS
from providers.local.database import Database

INSERT = "INSERT INTO account (id, account_key, user_id, number, connected) VALUES (?1, ?1, 'ada', ?1, 1)"
WORKERS = 4
ENOUGH = 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "local.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database(str(path), "embedded", busy_seconds=0.05)
    await database.open()
    yield database
    await database.aclose()


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """A write of another process that does not end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


async def keys(database: Database) -> list[str]:
    return [row["account_key"] for row in await database.rows("SELECT account_key FROM account ORDER BY position")]


async def insert(database: Database, *keys: str) -> None:
    async with database.writing() as transaction:
        for key in keys:
            await transaction.rows(INSERT, (key,))


async def start_worker(path: Path, *arguments: str) -> Process:
    module = "tests.providers.local.worker"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(path), *arguments, stdout=PIPE, env={**os.environ, "PYTHONPATH": "."}
    )


async def test_commits_are_durable(database: Database) -> None:
    """SQLite guarantees it with these settings: 2 is FULL."""
    async with database.writing() as transaction:
        [[journal_mode]] = await transaction.rows("PRAGMA journal_mode")
        [[synchronous]] = await transaction.rows("PRAGMA synchronous")
    assert (journal_mode, synchronous) == ("wal", 2)


async def test_a_transaction_is_committed_as_a_whole_or_not_at_all(database: Database) -> None:
    await insert(database, "committed")
    with pytest.raises(sqlite3.IntegrityError):
        await insert(database, "lost", "lost")
    await insert(database, "later")
    assert await keys(database) == ["committed", "later"]


async def test_a_cancelled_writer_is_rolled_back(database: Database) -> None:
    written = asyncio.Event()

    async def write() -> None:
        async with database.writing() as transaction:
            await transaction.rows(INSERT, ("lost",))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await insert(database, "later")
    assert await keys(database) == ["later"]


async def test_a_file_locked_by_another_writer_is_unavailable_for_writes_only(database: Database, path: Path) -> None:
    await insert(database, "committed")
    with another_writer(path):
        with pytest.raises(Unavailable, match="can't be used now: database is locked") as raised:
            await insert(database, "lost")
        assert await keys(database) == ["committed"]
    assert raised.value.provider == "embedded"
    assert str(path) not in raised.value.message
    await insert(database, "later")
    assert await keys(database) == ["committed", "later"]


async def test_a_full_disk_is_unavailable_and_loses_nothing(database: Database) -> None:
    await insert(database, "committed")
    async with database.writing() as transaction:
        [[pages]] = await transaction.rows("PRAGMA page_count")
        await transaction.rows(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="database or disk is full"):
        await insert(database, "lost" * 100_000)
    assert await keys(database) == ["committed"]


async def test_a_reopened_file_has_its_rows(database: Database, path: Path) -> None:
    await insert(database, "committed")
    await database.aclose()
    await database.open()
    assert await keys(database) == ["committed"]


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "nowhere" / "local.db"), "embedded")
    with pytest.raises(Unavailable, match=f"The folder {tmp_path}/nowhere of the file local.db does not exist"):
        await database.open()


@pytest.fixture
def minutes(path: Path) -> Iterator[Path]:
    """A text file that must not change."""
    path.write_text("The minutes of a meeting. " * 100)
    yield path
    assert path.read_text() == "The minutes of a meeting. " * 100


async def test_a_file_of_another_kind_is_named_and_not_changed(minutes: Path) -> None:
    with pytest.raises(Unavailable, match=f"{minutes} can't be opened: file is not a database"):
        await Database(str(minutes), "embedded").open()


async def test_a_folder_can_not_be_opened(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be opened: unable to open database file"):
        await Database(str(tmp_path), "embedded").open()


async def test_a_file_of_a_newer_version_is_refused(database: Database, path: Path) -> None:
    await database.aclose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(Unavailable, match="newer version"):
        await database.open()


async def test_a_closed_file_is_unavailable(path: Path) -> None:
    database = Database(str(path), "embedded")
    with pytest.raises(Unavailable):
        await keys(database)
    with pytest.raises(Unavailable):
        await insert(database, "lost")


async def test_processes_that_create_a_file_at_once_share_it(path: Path) -> None:
    workers = [await start_worker(path, *(f"{worker}-{n}" for n in range(5))) for worker in range(WORKERS)]
    outputs = await asyncio.gather(*(worker.communicate() for worker in workers))
    assert [worker.returncode for worker in workers] == [0] * WORKERS
    numbers = [line for output, _ in outputs for line in output.decode().split()]
    assert sorted(numbers) == list(NUMBERS[: WORKERS * 5])


async def test_acknowledged_messages_survive_a_killed_process(path: Path) -> None:
    worker = await start_worker(path, "ada", "ben", "--talk")
    assert worker.stdout is not None
    lines = [(await worker.stdout.readline()).decode().strip() for _ in range(2 + ENOUGH)]
    worker.kill()
    rest, _ = await worker.communicate()
    acknowledged = {*lines[2:], *rest.decode().split("\n")[:-1]}
    database = Database(str(path), "embedded")
    await database.open()
    sent = {row["id"] for row in await database.rows("SELECT id FROM message WHERE direction = 'OUTBOUND'")}
    [[arrived]] = await database.rows("SELECT count(*) FROM message WHERE direction = 'INBOUND'")
    await database.aclose()
    assert acknowledged <= sent
    assert arrived == len(sent)
