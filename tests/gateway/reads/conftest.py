"""Accounts at the upstream on paper, and processes over one store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.steps import connected
from tests.testkit.world import WAITING, WorldBuilder

Begin = Callable[[], Awaitable[Client]]


@pytest.fixture
async def account(client: Client) -> str:
    return await connected(client)


@pytest.fixture
async def other_account(client: Client, account: str) -> str:
    return await connected(client)


@pytest.fixture
def plugin() -> str:
    """The plug-in of the provider `paper`."""
    return "paper"


@pytest.fixture
async def begin(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, clock: Clock, paper_name: str, plugin: str
) -> AsyncIterator[Begin]:
    """Serve a gateway over the one store; each further one is another process."""
    running: list[AsyncIterator[Client]] = []

    async def one(folder: Path) -> AsyncIterator[Client]:
        builder = WorldBuilder(
            folder=folder,
            providers={"paper": f'plugin = "{plugin}"\nupstream = "{paper_name}"'},
            store_url=database_url,
            settings=WAITING,
        )
        async with builder.served(clock=clock) as gateway, gateway.client() as client:
            yield client

    async def another() -> Client:
        running.append(one(tmp_path_factory.mktemp("process")))
        return await anext(running[-1])

    yield another
    for each in running:
        async for _ in each:
            pass
