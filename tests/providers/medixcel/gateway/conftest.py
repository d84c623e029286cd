"""A gateway over Medixcel Connect, which sends its browsers back there."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.medixcel import Medixcel, connected
from tests.testkit.served import Served
from tests.testkit.token import REQUIRED
from tests.testkit.world import WAITING, WorldBuilder


@pytest.fixture
async def medixcel(sandbox: httpx.AsyncClient) -> Medixcel:
    """Medixcel Connect without accounts."""
    medixcel = Medixcel(sandbox)
    await medixcel.start_over()
    return medixcel


@pytest.fixture
def usable() -> str:
    """How long data that is not fresh may be shown: by default readers wait."""
    return WAITING


@pytest.fixture
def builder(sandbox_url: str, options: str, usable: str, tmp_path: Path, sqlite_url: str) -> WorldBuilder:
    pages = f'[server]\nreturn_urls = ["https://app.example.com/calls", "{sandbox_url}/app"]'
    return WorldBuilder(
        folder=tmp_path,
        providers={"connect": options},
        sandbox_url=sandbox_url,
        store_url=sqlite_url,
        settings=f"{REQUIRED}\n{pages}\n{usable}",
    )


@pytest.fixture
async def gateway(builder: WorldBuilder, medixcel: Medixcel, ahead: Ahead) -> AsyncIterator[Served]:
    """A gateway that is registered with Medixcel."""
    async with builder.served(now=ahead) as running:
        await medixcel.register(running.url)
        yield running


@pytest.fixture
async def account_id(ada: Client) -> str:
    """Ada's account, for Zoom: number 35 at the service."""
    return await connected(ada)
