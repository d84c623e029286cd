"""The installed plug-ins: those of this package, and those that other packages declare as entry points."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, cast

from providers.api import API_VERSION, Provider

BUILT_IN = {
    "local": "providers.local:LocalProvider",
    "medixcel": "providers.medixcel:MedixcelProvider",
    "ringplan": "providers.ringplan:RingPlanProvider",
}
"""Plug-ins of this package by name, as entry points. This line is all that a new one needs outside its own folders."""

ENTRY_POINT_GROUP = "switchboard.providers"

_MEMBERS = ("Settings", "services", "lookup_lag", "open", "aclose", "check")


class PluginNotFound(Exception):
    """No plug-in of that name is installed; the message lists the installed ones."""


class PluginBroken(Exception):
    """The plug-in is installed and can't be loaded; the message says why."""


def plugin_names() -> list[str]:
    """Return the names of all installed plug-ins, in alphabetical order."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))})


def load_plugin(name: str) -> type[Provider]:
    """Import the class of a plug-in. No other package can replace a built-in one.

    PluginNotFound if none has that name; PluginBroken if its import fails or yields no plug-in.
    """
    point = _entry_point(name)
    try:
        plugin = point.load()
    except Exception as error:
        raise _does_not_load(name, error) from error
    return _checked(name, plugin)


def load_sandbox(name: str) -> Any | None:
    """Return the result of `create_sandbox` in the module `sandbox` of the plug-in's package; None without that module.

    PluginNotFound and PluginBroken as `load_plugin`.
    """
    point = _entry_point(name)
    try:
        found = find_spec(point.module)
        module = f"{found.parent}.sandbox" if found and found.parent else None
        return import_module(module).create_sandbox() if module and find_spec(module) else None
    except Exception as error:
        raise _does_not_load(name, error) from error


def _entry_point(name: str) -> EntryPoint:
    if name in BUILT_IN:
        return EntryPoint(name, BUILT_IN[name], ENTRY_POINT_GROUP)
    points = entry_points(group=ENTRY_POINT_GROUP, name=name)
    if not points:
        raise PluginNotFound(f"There is no plug-in {name}; installed: {', '.join(plugin_names())}")
    return points[name]


def _does_not_load(name: str, error: Exception) -> PluginBroken:
    return PluginBroken(f"The plug-in {name} does not load: {type(error).__name__}: {error}")


def _checked(name: str, plugin: Any) -> type[Provider]:
    missing = [member for member in _MEMBERS if not hasattr(plugin, member)]
    if missing:
        raise PluginBroken(f"The plug-in {name} lacks {', '.join(missing)}")
    version = getattr(plugin, "api_version", API_VERSION)
    if version != API_VERSION:
        raise PluginBroken(f"The plug-in {name} needs version {version} of providers.api; installed: {API_VERSION}")
    return cast("type[Provider]", plugin)
