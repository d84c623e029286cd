"""Run the plug-in contract on the embedded provider, without and with tokens of a Jitsi Meet."""

import pytest

from providers.api.provider import Core
from providers.domain.capabilities import Capability
from providers.local import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.contract import Harness, ProviderContract
from tests.providers.local.conftest import SECRET, Connect

CAPABILITIES = frozenset(Capability) - {Capability.REGISTER_USER, Capability.REFRESH_ACCOUNT}


@pytest.fixture
async def harness(settings: LocalSettings, provider: LocalProvider, core: Core, connect: Connect) -> Harness:
    async def texting_number() -> str:
        [number] = await provider.list_numbers(await connect())
        return number.number

    is_private = settings.jitsi_app_secret is not None
    return Harness(
        core=core,
        make=lambda: LocalProvider(settings, core),
        provider=provider,
        account=await connect(),
        capabilities=CAPABILITIES - (set() if is_private else {Capability.PRIVATE_MEETING}),
        texting_number=texting_number,
        secrets=(SECRET,),
    )


class TestLocal(ProviderContract):
    pass


class TestLocalWithTokens(ProviderContract):
    @pytest.fixture
    def settings(self, settings: LocalSettings) -> LocalSettings:
        return LocalSettings.model_validate(
            settings.model_dump() | {"jitsi_app_id": "switchboard", "jitsi_app_secret": SECRET}
        )
