"""Event loop of the asynchronous tests, and fresh databases and ports."""

import asyncio
import gc
import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from shutil import copyfile
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from gateway.storage.database import Database
from gateway.storage.migrate import migrate
from gateway.storage.tables import TABLES
from tests.testkit.server import serving

_POSTGRESQL = "SWITCHBOARD_TEST_POSTGRES"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exempt what collection creates from garbage collection.

    Modules and test items live as long as the process: traversing them in every full collection frees nothing.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def free_port() -> int:
    """A port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database() -> Iterator[str]:
    """The URL of a PostgreSQL database of this run's own, with all tables."""
    server = os.environ.get(_POSTGRESQL)
    if server is None:
        pytest.skip(f"{_POSTGRESQL} names no PostgreSQL server.")
    name = f"switchboard_{os.getpid()}_{uuid4().hex}"
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}"'))
    try:
        asyncio.run(_migrate(url))
        yield url
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a sandbox process, for tests that have users of their own and don't reset its state."""
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as process:
        yield process.url


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A fresh store in a file."""
    path = tmp_path / "store.db"
    copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(migrated_database: str) -> str:
    """A fresh store on PostgreSQL, or a skip where there is no server."""
    emptied = [f"DELETE FROM {table.name}" for table in reversed(TABLES)]
    asyncio.run(_execute(migrated_database, "; ".join([*emptied, "ALTER SEQUENCE feed_seq_seq RESTART"])))
    return migrated_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh store on each of the databases, one after the other."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.aclose()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
