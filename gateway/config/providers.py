"""Tables of providers, each validated by the settings of its plug-in."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from gateway.config.errors import fault_at
from providers.api.provider import ProviderSettings
from providers.registry import PluginBroken, PluginNotFound, load_plugin

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]


class DisabledProvider(ProviderSettings, extra="ignore"):
    """A provider whose plug-in is installed but does not load, for `reason`."""

    reason: str


def with_plugins(tables: Any) -> Any:
    """Return the tables with `plugin`, by default the provider's own name. Without tables, return one for `local`."""
    if not isinstance(tables, dict):
        return tables
    return {name: _with_plugin(name, table) for name, table in (tables or {"local": {}}).items()}


def _with_plugin(name: str, table: Any) -> Any:
    return {"plugin": name, **table} if isinstance(table, dict) else table


def _settings_of(table: Any) -> Any:
    plugin = table.get("plugin") if isinstance(table, dict) else None
    if not isinstance(plugin, str):
        return table
    try:
        return load_plugin(plugin).Settings.model_validate(table)
    except PluginNotFound as error:
        raise fault_at("plugin", str(error)) from None
    except PluginBroken as error:
        return DisabledProvider(plugin=plugin, reason=str(error))


PluginSettings = Annotated[ProviderSettings, BeforeValidator(_settings_of)]
Providers = Annotated[dict[ProviderName, PluginSettings], BeforeValidator(with_plugins), Field(validate_default=True)]
