"""A store for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.storage import Cipher, Store
from tests.testkit.clock import Clock

KEY = bytes(range(32))


@asynccontextmanager
async def opened(
    url: str, clock: Clock | None = None, keys: tuple[bytes, ...] = (KEY,), cache_bytes: int = 0
) -> AsyncIterator[Store]:
    """A store as another process would open it. It is always closed: uvloop waits for open connections."""
    store = await Store.open(url, Cipher(keys), clock or Clock(), cache_bytes)
    try:
        yield store
    finally:
        await store.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    async with opened(database_url, clock) as fresh:
        yield fresh


@pytest.fixture
async def sqlite_store(sqlite_url: str, clock: Clock) -> AsyncIterator[Store]:
    """A store for tests of SQLite only."""
    async with opened(sqlite_url, clock) as fresh:
        yield fresh


@pytest.fixture
async def postgresql_store(postgresql_url: str, clock: Clock) -> AsyncIterator[Store]:
    """A store for tests of PostgreSQL only."""
    async with opened(postgresql_url, clock) as fresh:
        yield fresh


@pytest.fixture
async def other_store(store: Store, database_url: str, clock: Clock) -> AsyncIterator[Store]:
    """The same store, as another process sees it."""
    async with opened(database_url, clock) as other:
        yield other
