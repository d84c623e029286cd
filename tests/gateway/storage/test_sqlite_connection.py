import sqlite3
from pathlib import Path

import pytest

from gateway.storage.sqlite_connection import OneStepConnection, open_connection


def counted(connection: sqlite3.Connection) -> int:
    count: int
    (count,) = connection.execute("SELECT count(*) FROM t").fetchone()
    return count


def created(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE t (n INTEGER)")


async def test_a_step_that_fails_raises_and_leaves_the_connection_usable(tmp_path: Path) -> None:
    connection = await open_connection(str(tmp_path / "file.db"), isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.run(counted)
    await connection.run(created)
    assert await connection.run(counted) == 0
    await connection.close()


async def test_a_closed_connection_runs_nothing(tmp_path: Path) -> None:
    connection = OneStepConnection(str(tmp_path / "file.db"))
    await connection
    await connection.close()
    with pytest.raises(ValueError, match="closed"):
        await connection.run(counted)


async def test_a_file_that_cannot_be_opened_is_an_error_of_sqlite(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await open_connection(str(tmp_path / "none" / "file.db"))
