"""Served gateways, and the upstream on paper."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.storage import Cipher, Store
from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.paper import PAPERS, Paper
from tests.testkit.served import Served
from tests.testkit.world import WAITING, WorldBuilder

PLUGINS = Path(__file__).parent / "plugin"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(sqlite_url: str, clock: Clock) -> AsyncIterator[Store]:
    """A store of its own, without a gateway."""
    opened = await Store.open(sqlite_url, Cipher([bytes(32)]), clock)
    yield opened
    await opened.aclose()


@pytest.fixture(scope="session", autouse=True)
def installed_plugin() -> Iterator[None]:
    """The package that brings the plug-in `paper`, found as any installed one is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PLUGINS))
        yield


@pytest.fixture
def paper_name() -> Iterator[str]:
    name = uuid4().hex
    PAPERS[name] = Paper()
    yield name
    del PAPERS[name]


@pytest.fixture
def paper(paper_name: str) -> Paper:
    """The upstream of the gateway that is served."""
    return PAPERS[paper_name]


@pytest.fixture
async def gateway(tmp_path: Path, sqlite_url: str, clock: Clock, paper_name: str) -> AsyncIterator[Served]:
    """A gateway over the embedded provider and the one on paper, whose readers wait for what is not fresh."""
    builder = WorldBuilder(
        folder=tmp_path,
        providers={"local": "", "paper": f'upstream = "{paper_name}"'},
        store_url=sqlite_url,
        settings=WAITING,
    )
    async with builder.served(clock=clock) as running:
        yield running


@pytest.fixture
async def client(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client() as connected:
        yield connected
