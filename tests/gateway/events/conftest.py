"""A gateway for several users."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.served import Served
from tests.testkit.steps import connected
from tests.testkit.token import REQUIRED
from tests.testkit.world import WorldBuilder


@pytest.fixture
def store_settings() -> str:
    return ""


@pytest.fixture
async def shared_gateway(
    tmp_path: Path, database_url: str, store_settings: str, clock: Clock, paper_name: str
) -> AsyncIterator[Served]:
    """A gateway over the upstream on paper, which requires tokens."""
    builder = WorldBuilder(
        folder=tmp_path,
        providers={"paper": f'upstream = "{paper_name}"'},
        store_url=database_url,
        store_settings=store_settings,
        settings=REQUIRED,
    )
    async with builder.served(clock=clock) as running:
        yield running


@pytest.fixture
async def account(client: Client) -> str:
    return await connected(client)
