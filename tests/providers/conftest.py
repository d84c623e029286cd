"""The sandbox process, one for all tests of plug-ins in a gateway, and a gateway for each, whose clock may run ahead.

Each plug-in's folder has a fixture `builder`, which says how the gateway is configured.
"""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served
from tests.testkit.server import serving
from tests.testkit.token import lasting_token
from tests.testkit.world import WorldBuilder


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a sandbox process of their own: these tests reset its state."""
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as process:
        yield process.url


@pytest.fixture
async def sandbox(sandbox_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the sandbox, as another program is one."""
    async with plain_http(base_url=sandbox_url, timeout=60) as http:
        yield http


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
def options() -> str:
    """More keys of the provider, for modules that want some."""
    return ""


@pytest.fixture
async def gateway(builder: WorldBuilder, ahead: Ahead) -> AsyncIterator[Served]:
    async with builder.served(now=ahead) as running:
        yield running


@pytest.fixture
async def ada(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client(lasting_token("ada")) as client:
        yield client


@pytest.fixture
async def ben(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client(lasting_token("ben")) as client:
        yield client


@pytest.fixture
async def admin(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client(lasting_token("root", "admin")) as client:
        yield client
