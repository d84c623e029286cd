"""One gateway for all bad input: it changes nothing."""

from collections.abc import AsyncIterator

import pytest

from tests.bad_input.world import World
from tests.bad_input.world import world as make_world


@pytest.fixture(scope="package")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with make_world(tmp_path_factory.mktemp("world")) as made:
        yield made
