"""Writers of the provider's file that wait for their turn share a transaction."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from providers.api import Unavailable
from providers.local.database import Database

_WAL_HEADER, _FRAME_HEADER = 32, 24
_INSERT = "INSERT INTO account (id, account_key, user_id, number, connected) VALUES (?1, ?1, ?1, ?1, 1)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "local.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = Database(str(path), "embedded")
    await opened.open()
    yield opened
    await opened.aclose()


def commits(path: Path) -> int:
    """The number of commits in the write-ahead log (https://www.sqlite.org/fileformat2.html#walformat)."""
    log = Path(f"{path}-wal").read_bytes()
    step = _FRAME_HEADER + int.from_bytes(log[8:12])
    return sum(log[start + 4 : start + 8] != bytes(4) for start in range(_WAL_HEADER, len(log), step))


async def insert(database: Database, *keys: str) -> None:
    async with database.writing() as transaction:
        for key in keys:
            await transaction.rows(_INSERT, (key,))


async def stored(database: Database) -> set[str]:
    return {row["id"] for row in await database.rows("SELECT id FROM account")}


async def test_writers_that_wait_share_a_commit(database: Database, path: Path) -> None:
    await insert(database, "first")
    before = commits(path)
    await asyncio.gather(*(insert(database, str(number)) for number in range(20)))
    assert commits(path) - before == 1
    assert await stored(database) == {"first", *map(str, range(20))}


async def test_a_writer_alone_has_a_commit_of_its_own(database: Database, path: Path) -> None:
    await insert(database, "first")
    before = commits(path)
    for number in range(3):
        await insert(database, str(number))
    assert commits(path) - before == 3


async def test_a_writer_that_fails_does_so_alone(database: Database) -> None:
    outcomes = await asyncio.gather(
        insert(database, "a"), insert(database, "b", "a"), insert(database, "c"), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [type(None), sqlite3.IntegrityError, type(None)]
    assert await stored(database) == {"a", "c"}


async def test_a_cancelled_writer_does_not_cancel_the_others(database: Database) -> None:
    entered = asyncio.Event()

    async def write_for_ever() -> None:
        async with database.writing() as transaction:
            await transaction.rows(_INSERT, ("cancelled",))
            entered.set()
            await asyncio.Event().wait()

    endless = asyncio.create_task(write_for_ever())
    await entered.wait()
    waiting = [asyncio.create_task(insert(database, str(number))) for number in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    endless.cancel()
    outcomes = await asyncio.gather(endless, *waiting, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in outcomes] == [True, False, True, False]
    assert await stored(database) == {"0", "2"}


async def test_after_a_full_disk_exactly_the_acknowledged_writes_are_stored(database: Database) -> None:
    async with database.writing() as transaction:
        [[pages]] = await transaction.rows("PRAGMA page_count")
        await transaction.rows(f"PRAGMA max_page_count={pages}")
    keys = ["a", "lost" * 100_000, "b"]
    outcomes = await asyncio.gather(*(insert(database, key) for key in keys), return_exceptions=True)
    assert isinstance(outcomes[1], Unavailable)
    assert await stored(database) == {key for key, outcome in zip(keys, outcomes, strict=True) if outcome is None}
