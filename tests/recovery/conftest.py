"""One proxy and one gateway for all tests of this folder: each test has objects of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest

from gateway.runtime.clock import utc_now
from tests.faults.proxy import fault_proxy
from tests.testkit.world import World, WorldBuilder, impatient


@pytest.fixture(scope="session")
async def shared_world(
    sandbox_url: str, tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("recovery")
    copyfile(migrated_file, folder / "switchboard.db")
    async with fault_proxy(sandbox_url) as proxy:
        builder = WorldBuilder.behind(proxy, impatient(), folder=folder, sandbox_url=sandbox_url)
        async with builder.world(now=utc_now) as world:
            yield world


@pytest.fixture
def world(shared_world: World) -> World:
    """The world without faults that are still to come."""
    shared_world.proxy.clear()
    return shared_world
