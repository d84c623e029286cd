from collections.abc import AsyncIterator

import pytest

from providers.domain.capabilities import Capability
from providers.testing.contract import Harness, ProviderContract
from tests.providers.medixcel.bench import CLIENT_KEY, Bench

PROMISED = frozenset(
    {
        Capability.CONNECT_ACCOUNT,
        Capability.DISCONNECT_ACCOUNT,
        Capability.LIST_MEETINGS,
        Capability.GET_MEETING,
        Capability.SCHEDULE_MEETING,
        Capability.START_MEETING,
        Capability.RESCHEDULE_MEETING,
        Capability.CANCEL_MEETING,
    }
)


class TestMedixcel(ProviderContract):
    @pytest.fixture
    async def harness(self, hasty_bench: Bench) -> AsyncIterator[Harness]:
        provider = hasty_bench.provider()
        await provider.open()
        yield Harness(
            core=hasty_bench.core,
            make=hasty_bench.provider,
            provider=provider,
            account=hasty_bench.account(),
            capabilities=PROMISED,
            secrets=(CLIENT_KEY,),
            faults=hasty_bench.sandbox,
        )
        await provider.aclose()
