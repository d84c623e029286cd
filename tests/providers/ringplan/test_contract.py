"""RingPlan passes what every plug-in has to pass."""

from collections.abc import AsyncIterator

import pytest

from providers.domain.capabilities import Capability
from providers.ringplan.tokens import ID_TOKEN, REFRESH_TOKEN
from providers.testing.contract import Harness, ProviderContract
from tests.providers.ringplan.bench import EMAIL, REGISTER_KEY, Bench

PROMISED = frozenset(Capability) - {
    Capability.GET_MEETING,
    Capability.RESCHEDULE_MEETING,
    Capability.CANCEL_MEETING,
}


class TestRingPlan(ProviderContract):
    @pytest.fixture
    async def harness(self, impatient_bench: Bench) -> AsyncIterator[Harness]:
        bench = impatient_bench
        account = bench.account()
        provider, tokens = bench.provider, bench.tokens.credentials[EMAIL]
        await provider.open()

        async def expire_token() -> None:
            bench.sandbox.directory.expire_id_tokens()

        yield Harness(
            core=bench.core,
            make=lambda: bench.provider,
            provider=provider,
            account=account,
            capabilities=PROMISED,
            unknown_id="0" * 24,
            secrets=(REGISTER_KEY, tokens[ID_TOKEN], tokens[REFRESH_TOKEN]),
            faults=bench.sandbox.api,
            expire_token=expire_token,
            refreshes=lambda: bench.sandbox.directory.refreshes,
        )
        await provider.aclose()
