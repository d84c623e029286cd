"""One gateway for all bad input: it changes nothing."""

from collections.abc import AsyncIterator

import pytest

from tests.bad_input.target import Target, furnished
from tests.testkit.world import WorldBuilder


@pytest.fixture(scope="package")
async def target(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    builder = WorldBuilder(folder=tmp_path_factory.mktemp("target"), providers={"local": ""})
    async with builder.world() as world:
        yield await furnished(world, builder.folder)
