"""A PostgreSQL server that is lost without a word: its connections stay open, and nothing comes over them."""

import asyncio
from collections.abc import AsyncIterator

import anyio
import pytest
from sqlalchemy import text

from gateway.storage.database import Database, Patience
from providers.domain.errors import StoreUnavailable
from tests.gateway.storage.relay import Relay, relaying

ONE = text("SELECT 1")


@pytest.fixture
async def relay(postgresql_url: str) -> AsyncIterator[Relay]:
    async with relaying(postgresql_url) as open_relay:
        yield open_relay


@pytest.fixture
async def database(relay: Relay) -> AsyncIterator[Database]:
    opened = Database(relay.url, Patience(checkout=1, use=1))
    yield opened
    await opened.aclose()


async def write(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.execute(ONE)


async def read(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute(ONE)


async def fetch(database: Database) -> None:
    assert [tuple(row) for row in await database.fetch(database.dialect.statement("SELECT 1"), {})] == [(1,)]


async def test_a_writer_whose_idle_connection_died_is_replaced(database: Database, relay: Relay) -> None:
    await write(database)
    relay.lose_server()
    async with asyncio.timeout(10):
        with pytest.raises(StoreUnavailable):
            await write(database)
        await write(database)


async def test_a_transaction_whose_server_is_lost_fails_and_releases_the_turn(database: Database, relay: Relay) -> None:
    async def begin() -> None:
        async with database.write() as transaction:
            relay.lose_server()
            await transaction.execute(ONE)

    async with asyncio.timeout(10):
        with pytest.raises(StoreUnavailable):
            await begin()
        await write(database)


async def test_a_commit_whose_server_is_lost_fails_and_releases_the_turn(database: Database, relay: Relay) -> None:
    async def begin() -> None:
        async with database.write() as transaction:
            await transaction.execute(ONE)
            relay.lose_server()

    async with asyncio.timeout(10):
        with pytest.raises(StoreUnavailable):
            await begin()
        await write(database)


async def test_a_cancelled_transaction_whose_server_is_lost_releases_the_turn(database: Database, relay: Relay) -> None:
    begun = asyncio.Event()

    async def begin() -> None:
        async with database.write() as transaction:
            relay.lose_server()
            begun.set()
            await transaction.execute(ONE)

    async with asyncio.timeout(10):
        task = asyncio.create_task(begin())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        await write(database)


async def test_a_read_whose_server_is_lost_fails(database: Database, relay: Relay) -> None:
    async def begin() -> None:
        async with database.read() as connection:
            relay.lose_server()
            await connection.execute(ONE)

    async with asyncio.timeout(10):
        with pytest.raises(StoreUnavailable):
            await begin()
        await read(database)


async def test_a_prepared_read_whose_server_is_lost_fails_and_its_connection_is_replaced(
    database: Database, relay: Relay
) -> None:
    await fetch(database)
    relay.lose_server()
    async with asyncio.timeout(10):
        with pytest.raises(StoreUnavailable):
            await fetch(database)
        await fetch(database)


async def test_a_cancelled_read_costs_its_connection_alone(database: Database, relay: Relay) -> None:
    await fetch(database)
    relay.lose_server()
    with anyio.move_on_after(0.01):
        await fetch(database)
    async with asyncio.timeout(10):
        await fetch(database)


async def test_a_database_whose_server_is_lost_is_closed_in_time(database: Database, relay: Relay) -> None:
    await write(database)
    await read(database)
    await fetch(database)
    relay.lose_server()
    async with asyncio.timeout(5):
        await database.aclose()


async def test_everything_fails_at_once_after_the_database_is_given_up(postgresql_url: str) -> None:
    async with relaying(postgresql_url) as relay:
        database = Database(relay.url, Patience(checkout=60, use=60))
        await write(database)
        await fetch(database)
        relay.fall_silent()
        waiting = [asyncio.create_task(work(database)) for work in (write, read, fetch, fetch, write)]
        await asyncio.wait(waiting, timeout=0.1)
        async with asyncio.timeout(3):
            database.abandon()
            errors = await asyncio.gather(
                *waiting, read(database), fetch(database), write(database), return_exceptions=True
            )
            await database.aclose()
    assert [type(error) for error in errors] == [StoreUnavailable] * 8
