import sys
from importlib import import_module
from pathlib import Path

import pytest

from providers.registry import BUILT_IN, PluginBroken, PluginNotFound, load_plugin, load_sandbox, plugin_names
from providers.testing.contract import ProviderContract

PLUGIN = """
from datetime import timedelta
from typing import ClassVar

from providers.api import ProviderSettings


class Plugin:
    Settings = ProviderSettings
    services = ()
    lookup_lag = timedelta()

    def __init__(self, settings, core): ...

    async def open(self): ...

    async def aclose(self): ...

    async def check(self, accounts):
        return []


class Incomplete:
    Settings = ProviderSettings


class Newer(Plugin):
    api_version = 99
"""

ENTRY_POINTS = """
[switchboard.providers]
example = made_up_plugin:Plugin
incomplete = made_up_plugin:Incomplete
newer = made_up_plugin:Newer
missing = made_up_plugin:Nothing
uninstalled = made_up_module_that_is_not_there:Plugin
local = made_up_plugin:Plugin
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with plug-ins, installed as pip leaves it."""
    (tmp_path / "made_up_plugin.py").write_text(PLUGIN)
    metadata = tmp_path / "made_up-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "made_up_plugin", raising=False)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_plugin_loads(name: str) -> None:
    assert load_plugin(name).__module__ == f"providers.{name}.provider"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_plugin_runs_the_contract_kit(name: str) -> None:
    module = import_module(f"tests.providers.{name}.test_contract")
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    assert any(issubclass(value, ProviderContract) and value.__name__.startswith("Test") for value in classes)


def test_a_plugin_of_another_package_is_found(installed: None) -> None:
    assert load_plugin("example").__name__ == "Plugin"
    assert {"example", *BUILT_IN} <= set(plugin_names())
    assert plugin_names() == sorted(plugin_names())


def test_a_built_in_plugin_cannot_be_replaced(installed: None) -> None:
    assert load_plugin("local").__name__ == "LocalProvider"
    assert plugin_names().count("local") == 1


def test_an_unknown_name_raises_an_error_that_lists_the_installed_plugins() -> None:
    with pytest.raises(PluginNotFound, match=r"no plug-in nothing; installed: .*local, medixcel, .*ringplan"):
        load_plugin("nothing")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("uninstalled", "made_up_module_that_is_not_there"),
        ("missing", "Nothing"),
        ("incomplete", "lacks services, lookup_lag, open, aclose, check"),
        ("newer", "needs version 99 of providers.api; installed: 1"),
    ],
)
def test_a_plugin_that_does_not_load_says_why(installed: None, name: str, reason: str) -> None:
    with pytest.raises(PluginBroken, match=reason) as raised:
        load_plugin(name)
    assert str(raised.value).count("plug-in") == 1


@pytest.mark.parametrize(
    ("name", "paths"),
    [("local", None), ("medixcel", ["/connect"]), ("ringplan", ["/ringplan", "/ringplan-login"])],
)
def test_the_sandbox_of_a_plugin_is_found_in_its_package(name: str, paths: list[str] | None) -> None:
    sandbox = load_sandbox(name)
    assert (sandbox and sorted(sandbox.applications)) == paths


def test_a_plugin_in_a_single_module_has_no_sandbox(installed: None) -> None:
    assert load_sandbox("example") is None


def test_the_sandbox_of_an_unknown_plugin_raises_an_error() -> None:
    with pytest.raises(PluginNotFound, match="no plug-in nothing"):
        load_sandbox("nothing")
