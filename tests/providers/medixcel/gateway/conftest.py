"""The sandbox process, one for all tests, and a gateway for each, whose clock may run ahead."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.providers.medixcel.gateway.ahead import Ahead
from tests.providers.medixcel.gateway.people import SECRET, connected, token
from tests.providers.medixcel.gateway.stand_in import StandIn
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served, served
from tests.testkit.server import serving
from tests.testkit.waiting import WAITING


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as process:
        yield process.url


@pytest.fixture
async def stand_in(sandbox_url: str) -> AsyncIterator[StandIn]:
    """Return the sandbox without accounts."""
    async with plain_http(base_url=f"{sandbox_url}/connect") as http:
        stand_in = StandIn(http)
        await stand_in.start_over()
        yield stand_in


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
def options() -> str:
    """More keys of the provider's, for modules that want some."""
    return ""


@pytest.fixture
def usable() -> str:
    """How long what is not fresh may be shown: by default readers wait."""
    return WAITING


@pytest.fixture
async def gateway(
    sandbox_url: str, stand_in: StandIn, options: str, usable: str, tmp_path: Path, sqlite_url: str, ahead: Ahead
) -> AsyncIterator[Served]:
    """A gateway over the sandbox, which sends its browsers back there."""
    configuration = f"""
        [server]
        return_urls = ["https://app.example.com/calls", "{sandbox_url}/app"]
        [store]
        url = "{sqlite_url}"
        [auth]
        mode = "required"
        jwt = {{ secret = "{SECRET}" }}
        [providers.connect]
        plugin = "medixcel"
        base_url = "{stand_in.url}"
        client_key = "sandbox-client-key"
        {options}
        {usable}
    """
    async with served(tmp_path, configuration, now=ahead) as running:
        await stand_in.register(running.url)
        yield running


@pytest.fixture
async def ada(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client(token("ada")) as client:
        yield client


@pytest.fixture
async def ben(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client(token("ben")) as client:
        yield client


@pytest.fixture
async def admin(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client(token("root", "admin")) as client:
        yield client


@pytest.fixture
async def account_id(ada: Client) -> str:
    """Ada's account, for Zoom: number 35 at the service."""
    return await connected(ada)
