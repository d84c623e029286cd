import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from providers.local.schema import VERSION, NewerVersion, prepare

MANY = 8


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "local.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as connection:
        yield connection


def tables(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in found}


def test_a_new_file_gets_its_tables_once(connection: sqlite3.Connection) -> None:
    prepare(connection, patience=0)
    prepare(connection, patience=0)
    assert tables(connection) == {"account", "meeting", "contact", "conversation", "message"}
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_newer_file_is_left_alone(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA user_version={VERSION + 1}")
    with pytest.raises(NewerVersion):
        prepare(connection, patience=0)
    assert tables(connection) == set()


def test_a_file_that_stays_locked_is_given_up(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    with (
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        prepare(other, patience=0)


@pytest.mark.parametrize("attempt", range(10))
def test_many_may_begin_one_file_at_once(path: Path, attempt: int) -> None:
    together = Barrier(MANY)

    def begin() -> None:
        with closing(connect(path)) as connection:
            together.wait()
            prepare(connection, patience=5)

    with ThreadPoolExecutor(MANY) as pool:
        for done in [pool.submit(begin) for _ in range(MANY)]:
            done.result()
