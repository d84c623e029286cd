from collections.abc import AsyncIterator

import pytest

from providers.http import Timeouts
from providers.testing.core import IMPATIENT
from tests.providers.ringplan.bench import Bench, Host, a_bench, a_host


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """As long-lived as the host, which runs on it."""
    return "asyncio"


@pytest.fixture(scope="module")
async def host() -> AsyncIterator[Host]:
    async with a_host() as host:
        yield host


@pytest.fixture
async def bench(host: Host) -> AsyncIterator[Bench]:
    async with a_bench(host, Timeouts()) as bench:
        yield bench


@pytest.fixture
async def impatient_bench(host: Host) -> AsyncIterator[Bench]:
    """For tests in which an answer stays out."""
    async with a_bench(host, IMPATIENT) as bench:
        yield bench
