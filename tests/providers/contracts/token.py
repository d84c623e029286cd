"""Access tokens that run out are renewed once, however many need them."""

import asyncio

import pytest

from tests.providers.contracts.failure import read_of
from tests.providers.harness import Harness

CALLERS = 20


class TokenContract:
    async def test_twenty_callers_with_an_expired_token_cost_one_refresh(self, harness: Harness) -> None:
        if harness.expire_token is None or harness.refreshes is None:
            pytest.skip("the upstream's access tokens don't run out")
        read = read_of(harness)
        await read()
        await harness.expire_token()
        before = harness.refreshes()
        await asyncio.gather(*(read() for _ in range(CALLERS)))
        assert harness.refreshes() - before == 1
