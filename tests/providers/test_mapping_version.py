"""A mapping version changes with all that makes entities of a response, and with nothing else."""

import sys
from pathlib import Path

import pytest

from providers.api.provider import Provider
from providers.http import HttpSettings
from providers.mapping_version import mapping_version
from providers.registry import load_plugin
from providers.ringplan.settings import RingPlanSettings

SETTINGS = RingPlanSettings(plugin="ringplan", api_url="https://a.example.com", login_url="https://b.example.com")


@pytest.fixture
def plugin() -> type[Provider]:
    return load_plugin("ringplan")


def test_it_is_the_same_in_every_process(plugin: type[Provider]) -> None:
    assert mapping_version(plugin, SETTINGS, "0008") == mapping_version(plugin, SETTINGS, "0008")


def test_it_changes_with_a_setting_of_the_plug_in(plugin: type[Provider]) -> None:
    other = SETTINGS.model_copy(update={"api_url": "https://c.example.com"})
    assert mapping_version(plugin, other, "0008") != mapping_version(plugin, SETTINGS, "0008")


def test_it_does_not_change_with_timeouts(plugin: type[Provider]) -> None:
    other = SETTINGS.model_copy(update={"http": HttpSettings(read_seconds=1)})
    assert mapping_version(plugin, other, "0008") == mapping_version(plugin, SETTINGS, "0008")


def test_it_changes_with_the_tables(plugin: type[Provider]) -> None:
    assert mapping_version(plugin, SETTINGS, "0009") != mapping_version(plugin, SETTINGS, "0008")


def test_it_changes_with_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "mapped_elsewhere"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "provider.py").write_text("class Plugin: ...\n")
    (package / "mapping.py").write_text("REGION = 'US'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from mapped_elsewhere.provider import Plugin  # type: ignore[import-not-found] # noqa: PLC0415

    before = mapping_version(Plugin, SETTINGS, "0008")
    (package / "mapping.py").write_text("REGION = 'GB'\n")
    assert mapping_version(Plugin, SETTINGS, "0008") != before
    del sys.modules["mapped_elsewhere.provider"], sys.modules["mapped_elsewhere"]
