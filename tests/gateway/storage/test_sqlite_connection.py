import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.storage.sqlite_connection import OneStepConnection, open_connection

T = TypeVar("T")


class Counted(OneStepConnection):
    """A connection that counts the steps of its thread."""

    steps = 0

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        self.steps += 1
        return await super().run(function)


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Counted]:
    connection = Counted(str(tmp_path / "file.db"), isolation_level=None)
    await connection
    yield connection
    await connection.close()


async def test_a_statement_takes_one_step_with_any_result(connection: Counted) -> None:
    statements = ("CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1), (2)", "SELECT n FROM t ORDER BY n")
    for number, statement in enumerate(statements, 1):
        async with connection.cursor() as cursor:
            await cursor.execute(statement)
            rows = list(await cursor.fetchall())
        assert connection.steps == number

    assert rows == [(1,), (2,)]
    assert [column[0] for column in cursor.description] == ["n"]


async def test_many_rows_are_inserted_in_one_step_and_counted(connection: Counted) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute("CREATE TABLE t (n INTEGER)")
        await cursor.executemany("INSERT INTO t VALUES (?)", [(1,), (2,), (3,)])
        assert cursor.rowcount == 3
    assert connection.steps == 2


async def test_a_statement_that_fails_raises_and_leaves_the_connection_usable(connection: Counted) -> None:
    async with connection.cursor() as cursor:
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await cursor.execute("SELECT * FROM t")
        await cursor.execute("SELECT ?", (7,))
        assert list(await cursor.fetchall()) == [(7,)]


async def test_a_closed_connection_runs_nothing(tmp_path: Path) -> None:
    connection = OneStepConnection(str(tmp_path / "file.db"))
    await connection
    await connection.close()
    async with connection.cursor() as cursor:
        with pytest.raises(ValueError, match="closed"):
            await cursor.execute("SELECT 1")


async def test_a_file_that_cannot_be_opened_is_an_error_of_sqlite(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await open_connection(str(tmp_path / "none" / "file.db"))
