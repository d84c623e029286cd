"""Every plug-in opens, closes and says what it can do."""

import inspect

import pytest

from providers.api.capabilities import PROTOCOLS, capabilities
from tests.providers.harness import Harness


class LifecycleContract:
    async def test_it_can_do_what_the_project_promises_and_nothing_else(self, harness: Harness) -> None:
        assert set(capabilities(harness.provider)) == harness.capabilities

    async def test_its_methods_take_what_their_protocols_say(self, harness: Harness) -> None:
        for capability in capabilities(harness.provider):
            for protocol in PROTOCOLS[capability]:
                if isinstance(harness.provider, protocol):
                    assert_same_methods(protocol, type(harness.provider))

    async def test_it_serves_the_services_that_it_names(self, harness: Harness) -> None:
        assert len(set(harness.provider.services)) == len(harness.provider.services) > 0

    async def test_its_upstream_is_found_to_be_well(self, harness: Harness) -> None:
        assert await harness.provider.check([harness.account]) == []

    async def test_closing_twice_is_closing_once(self, harness: Harness) -> None:
        provider = harness.make()
        await provider.open()
        await provider.aclose()
        await provider.aclose()

    async def test_it_closes_without_having_been_opened(self, harness: Harness) -> None:
        await harness.make().aclose()

    async def test_opening_asks_no_upstream(self, harness: Harness) -> None:
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
