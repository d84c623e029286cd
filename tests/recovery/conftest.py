"""One sandbox process, one proxy and one gateway for all tests of this folder: each test has accounts of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.recovery.world import Stage, World, stage
from tests.testkit.server import serving


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("sandbox"), command="sandbox") as process:
        yield process.url


@pytest.fixture(scope="session")
async def shared_stage(
    sandbox_url: str, tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("recovery")
    copyfile(migrated_file, folder / "store.db")
    async with stage(sandbox_url, folder, f"sqlite:///{folder}/store.db") as running:
        yield running


@pytest.fixture
async def world(shared_stage: Stage) -> AsyncIterator[World]:
    async with shared_stage.entered() as entered:
        yield entered
