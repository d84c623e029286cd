"""Expired access tokens: refreshed once for all concurrent callers."""

import asyncio

import pytest

from providers.testing.contract.failure import read_of
from providers.testing.contract.harness import Harness

CALLERS = 20


class TokenContract:
    async def test_twenty_callers_with_an_expired_token_cause_one_refresh(self, harness: Harness) -> None:
        if harness.expire_token is None or harness.refreshes is None:
            pytest.skip("the upstream's access tokens do not expire")
        read = read_of(harness)
        await read()
        await harness.expire_token()
        before = harness.refreshes()
        await asyncio.gather(*(read() for _ in range(CALLERS)))
        assert harness.refreshes() - before == 1
