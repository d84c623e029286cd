"""First part of the contract: a plug-in opens, closes, checks its upstream and has the promised capabilities."""

import inspect

import pytest

from providers.api import InstantMeetings, MeetingReader, MeetingScheduler
from providers.api.capabilities import PROTOCOLS, capabilities
from providers.testing.contract.harness import Harness


class LifecycleContract:
    async def test_its_capabilities_are_those_that_are_promised(self, harness: Harness) -> None:
        assert set(capabilities(harness.provider)) == harness.capabilities

    async def test_its_methods_have_the_signatures_of_their_protocols(self, harness: Harness) -> None:
        for capability in capabilities(harness.provider):
            for protocol in PROTOCOLS[capability]:
                if isinstance(harness.provider, protocol):
                    assert_same_methods(protocol, type(harness.provider))

    async def test_its_services_are_named_once_each(self, harness: Harness) -> None:
        assert len(set(harness.provider.services)) == len(harness.provider.services)

    async def test_it_names_a_service_if_it_has_meetings(self, harness: Harness) -> None:
        with_meetings = isinstance(harness.provider, MeetingReader | MeetingScheduler | InstantMeetings)
        assert bool(harness.provider.services) or not with_meetings

    async def test_check_finds_no_fault_with_its_upstream(self, harness: Harness) -> None:
        assert await harness.provider.check([harness.account]) == []

    async def test_it_closes_twice(self, harness: Harness) -> None:
        provider = harness.make()
        await provider.open()
        await provider.aclose()
        await provider.aclose()

    async def test_it_closes_without_being_opened(self, harness: Harness) -> None:
        await harness.make().aclose()

    async def test_opening_makes_no_call(self, harness: Harness) -> None:
        faults = harness.need_http()
        provider = harness.make()
        faults.reset()
        await provider.open()
        await provider.aclose()
        assert faults.calls == []

    async def test_an_unknown_setting_is_an_error(self, harness: Harness) -> None:
        with pytest.raises(ValueError, match="no_such_setting"):
            harness.provider.Settings.model_validate({"plugin": "any", "no_such_setting": "1"})


def assert_same_methods(protocol: type, plugin: type) -> None:
    for name, promised in inspect.getmembers(protocol, inspect.isfunction):
        if name.startswith("_"):
            continue
        method = getattr(plugin, name)
        assert list(inspect.signature(method).parameters) == list(inspect.signature(promised).parameters), name
        if inspect.iscoroutinefunction(promised):
            assert inspect.iscoroutinefunction(method), name
