"""The product in a process of its own, and stores of its own for it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from tests.bench.process import Target
from tests.bench.world import FRESH, World, build, postgresql_server
from tests.testkit.server import serving
from tests.testkit.token import REQUIRED

_ENCRYPTION_KEY = "bWFkZS11cCBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE="

QUIET = '[log]\nlevel = "warning"\n'

CROWDED = """
[connections]
total = 20000
per_address = 20000
"""

UNLIMITED = """
[limits]
cost_bucket = 2_000_000_000
cost_restore_rate = 1_000_000_000
"""
"""Points for a viewer who never pauses: in an open gateway, operations are free."""

AUTHENTICATED = f"{REQUIRED}\n{UNLIMITED}"


@contextmanager
def product(
    folder: Path, configuration: str = "", store: str | None = None, *, cached: bool = True
) -> Iterator[Target]:
    """A gateway that logs warnings only, as long as the context lasts; unless `cached` it has no read cache."""
    with serving(_made(folder), configured(configuration, store, cached=cached)) as server:
        yield Target.of(server)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def configured(configuration: str, store: str | None, *, cached: bool = True) -> str:
    """Return the configuration of a gateway over a store, by its URL; without one the store is a file in its folder."""
    at = "" if store is None else f'[store]\nurl = "{store}"\nencryption_keys = ["{_ENCRYPTION_KEY}"]\n'
    uncached = "" if cached else "cache_bytes = 0\n"
    return "\n".join([QUIET, at + uncached, configuration])


@asynccontextmanager
async def furnished(
    folder: Path, world: World, configuration: str = "", *, cached: bool = True
) -> AsyncIterator[tuple[Target, Path]]:
    """A gateway over an SQLite file with a world, all of which is fresh; and the path of the file."""
    path = _made(folder) / "world.db"
    await build(world, f"sqlite:///{path}")
    with product(folder, FRESH + configuration, f"sqlite:///{path}", cached=cached) as target:
        yield target, path


@asynccontextmanager
async def furnished_on_postgresql(
    folder: Path, world: World, configuration: str = "", *, cached: bool = True
) -> AsyncIterator[Target]:
    """The same over a database of its own on the PostgreSQL server of the tests, which must be set."""
    async with _database() as url:
        await build(world, url)
        with product(folder, FRESH + configuration, url, cached=cached) as target:
            yield target


@asynccontextmanager
async def _database() -> AsyncIterator[str]:
    server = postgresql_server()
    if server is None:
        raise RuntimeError("SWITCHBOARD_TEST_POSTGRES names no PostgreSQL server.")
    name = f"switchboard_bench_{uuid4().hex}"
    await _execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
