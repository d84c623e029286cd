"""The app in a browser, and a gateway with two users."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from starlette.staticfiles import StaticFiles

from gateway.runtime.clock import utc_now
from providers.testing.server import serve
from tests.clients.app import built
from tests.clients.page import Page, page
from tests.clients.party import Party, party
from tests.testkit.chromium import Chromium, chromium
from tests.testkit.served import Served
from tests.testkit.token import REQUIRED
from tests.testkit.world import WorldBuilder


@pytest.fixture(scope="session")
def app() -> Path:
    """The folder of the built app."""
    return built()


@pytest.fixture(scope="module")
async def site(app: Path) -> AsyncIterator[str]:
    """The URL of the app's pages, another origin than the gateway's."""
    async with serve(StaticFiles(directory=app, html=True)) as url:
        yield url


@pytest.fixture(scope="module")
def settings(site: str) -> str:
    """Settings of a gateway that the app's pages may call."""
    return f'[server]\ncors_origins = ["{site}"]\n'


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, settings: str) -> AsyncIterator[Served]:
    """The gateway of a module's tests, each of which has users of its own."""
    folder = tmp_path_factory.mktemp("gateway")
    builder = WorldBuilder(folder=folder, providers={"local": ""}, settings=settings + REQUIRED)
    async with builder.served(now=utc_now) as running:
        yield running


@pytest.fixture
async def ann(gateway: Served) -> AsyncIterator[Party]:
    async with party(gateway) as connected:
        yield connected


@pytest.fixture
async def bob(gateway: Served) -> AsyncIterator[Party]:
    async with party(gateway) as connected:
        yield connected


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Chromium]:
    async with chromium() as running:
        yield running


@pytest.fixture
def anns_page(browser: Chromium, site: str, gateway: Served, ann: Party) -> AbstractAsyncContextManager[Page]:
    """The app, as Ann opens it when she enters this context."""
    return page(browser, site, gateway.url, ann.token)
