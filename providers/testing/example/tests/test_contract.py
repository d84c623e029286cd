"""Example passes the contract that every plug-in passes, on its sandbox."""

from collections.abc import AsyncIterator

import pytest

from providers.api import Account, AccountStatus, Capability
from providers.testing.contract import Harness, ProviderContract
from providers.testing.core import make_core
from providers.testing.example import ExampleProvider
from providers.testing.example.sandbox import ExampleSandbox
from providers.testing.example.settings import ExampleSettings
from providers.testing.server import serve

API_KEY = "a made-up key of the tests"


class TestExample(ProviderContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        sandbox, core = ExampleSandbox(API_KEY).app, make_core("example")
        async with serve(sandbox) as url:
            settings = ExampleSettings.model_validate({"plugin": "example", "api_url": url, "api_key": API_KEY})
            provider = ExampleProvider(settings, core)
            await provider.open()
            yield Harness(
                core=core,
                make=lambda: ExampleProvider(settings, core),
                provider=provider,
                account=Account(
                    key="key-1",
                    provider="example",
                    user_id="ada",
                    external_id="ada",
                    status=AccountStatus.CONNECTED,
                ),
                capabilities=frozenset(
                    {
                        Capability.CONNECT_ACCOUNT,
                        Capability.LIST_NUMBERS,
                        Capability.LIST_CONTACTS,
                        Capability.CREATE_CONTACT,
                    }
                ),
                secrets=(API_KEY,),
                faults=sandbox,
            )
            await provider.aclose()
            await core.http.aclose()
