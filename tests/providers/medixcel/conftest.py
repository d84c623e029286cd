from collections.abc import AsyncIterator

import pytest

from providers.testing.core import IMPATIENT
from tests.providers.medixcel.bench import Bench, Host, a_bench, a_host


@pytest.fixture(scope="module")
async def host() -> AsyncIterator[Host]:
    async with a_host() as host:
        yield host


@pytest.fixture
async def bench(host: Host) -> AsyncIterator[Bench]:
    async with a_bench(host) as bench:
        yield bench


@pytest.fixture
async def hasty_bench(host: Host) -> AsyncIterator[Bench]:
    """One whose provider does not wait for long."""
    async with a_bench(host, IMPATIENT) as bench:
        yield bench
