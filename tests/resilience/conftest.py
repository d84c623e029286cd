"""One sandbox process, one proxy and one gateway for all faults: each test has accounts of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.resilience.world import World, world
from tests.testkit.server import serving


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as process:
        yield process.url


@pytest.fixture(scope="session")
async def shared_world(
    sandbox_url: str, tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("resilience")
    copyfile(migrated_file, folder / "store.db")
    async with world(sandbox_url, folder, f"sqlite:///{folder}/store.db") as running:
        yield running


@pytest.fixture
def spoiled(shared_world: World) -> World:
    """The world, with nothing in it that is still to go wrong."""
    shared_world.proxy.clear()
    return shared_world
