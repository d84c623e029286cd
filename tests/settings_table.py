"""Every setting with its type, its default and what it means, read off the models: what the README has to say."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from gateway.config.connections import Connections
from gateway.config.freshness import FreshSeconds, UsableSeconds
from gateway.config.limits import Limits
from gateway.config.sections import Auth, Jwt, Log, Server, Store
from providers.api.provider import ProviderSettings
from providers.http import HttpSettings
from providers.registry import BUILT_IN, load_plugin

_SECTIONS: dict[str, type[BaseModel]] = {
    "server": Server,
    "log": Log,
    "store": Store,
    "auth": Auth,
    "auth.jwt": Jwt,
    "connections": Connections,
    "limits": Limits,
    "fresh_seconds": FreshSeconds,
    "usable_seconds": UsableSeconds,
    "providers.<name>": ProviderSettings,
    "providers.<name>.http": HttpSettings,
}
_TYPES = {SecretStr: "secret", str: "text", bool: "true or false", int: "number", float: "number"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A key as it is written in TOML, with words for the rest; `default` is empty where there is none to write."""

    key: str
    type: str
    default: str
    description: str


def settings_table() -> list[Setting]:
    """The sections' settings, those of every provider, then those of the built-in plug-ins.

    The last are told as of a provider that has the plug-in's name.
    """
    return [
        *(setting for prefix, section in _SECTIONS.items() for setting in _settings(prefix, section)),
        *(setting for name in BUILT_IN for setting in _own_settings(name)),
    ]


def _own_settings(plugin: str) -> Iterator[Setting]:
    shared = {f"providers.{plugin}.{name}" for name in ProviderSettings.model_fields}
    settings = _settings(f"providers.{plugin}", load_plugin(plugin).Settings)
    return (setting for setting in settings if setting.key not in shared)


def _settings(prefix: str, section: type[BaseModel]) -> Iterator[Setting]:
    for name, field in section.model_fields.items():
        key = f"{prefix}.{name}"
        if key not in _SECTIONS:
            yield Setting(key, _type_name(field.annotation), _default(field), field.description or "")


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return _type_name(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return " or ".join(str(choice) for choice in get_args(annotation))
    members = [member for member in get_args(annotation) if member not in {NoneType, Ellipsis}]
    if get_origin(annotation) in {tuple, list}:
        return f"list of {_type_name(members[0])}"
    return " or ".join(map(_type_name, members)) or _TYPES.get(annotation, "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if value is None or field.default_factory is not None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
