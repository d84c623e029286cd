from providers.api.capabilities import capabilities
from providers.domain.capabilities import Capability
from providers.registry import load_plugin
from providers.ringplan import RingPlanProvider
from tests.providers.ringplan.bench import Bench


def test_the_plug_in_is_found_by_its_name() -> None:
    assert load_plugin("ringplan") is RingPlanProvider


async def test_missing_calls_are_missing_capabilities(bench: Bench) -> None:
    lacking = {Capability.GET_MEETING, Capability.RESCHEDULE_MEETING, Capability.CANCEL_MEETING}
    assert set(Capability) - set(capabilities(bench.provider)) == lacking


async def test_messages_are_polled_at_the_configured_interval(bench: Bench) -> None:
    assert (bench.provider.poll_seconds, bench.provider.poll_always) == (10, False)
    eager = bench.provider_with(poll_seconds="2.5", poll_always="true")
    assert (eager.poll_seconds, eager.poll_always) == (2.5, True)


async def test_the_documented_hosts_are_the_default() -> None:
    settings = RingPlanProvider.Settings.model_validate({"plugin": "ringplan"})
    assert settings.model_dump(include={"api_url", "login_url"}) == {
        "api_url": "https://ssp-backend.dev.ringplan.com",
        "login_url": "https://b2clogin.dev.ringplan.com",
    }
