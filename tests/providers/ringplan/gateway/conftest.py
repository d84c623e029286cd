"""The sandbox process, one for all tests, and a gateway for each, whose clock may run ahead."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.providers.medixcel.gateway.ahead import Ahead
from tests.providers.ringplan.gateway.configuration import configuration, token
from tests.providers.ringplan.gateway.stand_in import Person, StandIn
from tests.testkit.client import Client
from tests.testkit.served import Served, served
from tests.testkit.server import serving


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as process:
        yield process.url


@pytest.fixture
async def ringplan(sandbox_url: str) -> AsyncIterator[StandIn]:
    stand_in = StandIn(sandbox_url)
    await stand_in.be_well()
    yield stand_in
    await stand_in.aclose()


@pytest.fixture
async def person(ringplan: StandIn) -> Person:
    """Whose RingPlan account ada connects."""
    return await ringplan.person()


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
def options() -> str:
    """More keys of the provider's, for modules that want some."""
    return ""


@pytest.fixture
async def gateway(
    ringplan: StandIn, options: str, tmp_path: Path, sqlite_url: str, ahead: Ahead
) -> AsyncIterator[Served]:
    async with served(tmp_path, configuration(ringplan, sqlite_url, options), now=ahead) as running:
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
