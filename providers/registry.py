"""Which plug-ins there are: the built-in ones, and those that other packages bring."""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, cast

from providers.api.provider import Provider

BUILT_IN = {
    "local": "providers.local:LocalProvider",
    "medixcel": "providers.medixcel:MedixcelProvider",
    "ringplan": "providers.ringplan:RingPlanProvider",
}

ENTRY_POINT_GROUP = "switchboard.providers"

_MEMBERS = ("Settings", "services", "lookup_lag", "open", "aclose", "check")


class PluginNotFound(Exception):
    """No plug-in of that name is installed; the message names those that are."""


class PluginBroken(Exception):
    """The plug-in is installed and can't be imported; the message says why."""


def plugin_names() -> list[str]:
    """All that `load_plugin` may find, in alphabetical order."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))})


def load_plugin(name: str) -> type[Provider]:
    """The class behind a plug-in's name, imported when first asked for. A built-in name can't be taken over.

    PluginNotFound where there is none, PluginBroken where it does not load or is no plug-in.
    """
    try:
        plugin = _loaded(name)
    except Exception as error:
        raise PluginBroken(f"The plug-in {name} does not load: {type(error).__name__}: {error}") from error
    if plugin is None:
        raise PluginNotFound(f"There is no plug-in {name}; installed: {', '.join(plugin_names())}")
    return _checked(name, plugin)


def _loaded(name: str) -> Any:
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return getattr(import_module(module), attribute)
    return next((point.load() for point in entry_points(group=ENTRY_POINT_GROUP, name=name)), None)


def _checked(name: str, plugin: Any) -> type[Provider]:
    missing = [member for member in _MEMBERS if not hasattr(plugin, member)]
    if missing:
        raise PluginBroken(f"The plug-in {name} lacks {', '.join(missing)}")
    return cast("type[Provider]", plugin)
