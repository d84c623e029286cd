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
    prepare(connection, timeout=0)
    prepare(connection, timeout=0)
    assert tables(connection) == {"account", "meeting", "contact", "conversation", "message"}
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_newer_file_is_not_changed(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA user_version={VERSION + 1}")
    with pytest.raises(NewerVersion):
        prepare(connection, timeout=0)
    assert tables(connection) == set()


def test_a_locked_file_raises_after_the_timeout(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    with (
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        prepare(other, timeout=0)


@pytest.mark.parametrize("attempt", range(10))
def test_concurrent_connections_can_create_one_file(path: Path, attempt: int) -> None:
    together = Barrier(MANY)

    def create() -> None:
        with closing(connect(path)) as connection:
            together.wait()
            prepare(connection, timeout=5)

    with ThreadPoolExecutor(MANY) as pool:
        for done in [pool.submit(create) for _ in range(MANY)]:
            done.result()
