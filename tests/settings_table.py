"""docs/settings.md, generated from the models: every setting with its type, default and description.

`make settings` (`python -m tests.settings_table > docs/settings.md`) writes it; tests/test_settings_table.py compares.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
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


_INTRODUCTION = """\
# Settings

Generated from the models by `make settings`; don't edit it.

The configuration is a TOML file, named by `--config` or `SWITCHBOARD_CONFIG`. The environment variable
`SWITCHBOARD_<SECTION>__<KEY>` overrides a key (lists and tables are written as JSON), a flag overrides that. An unknown
key is an error. The table of a provider is `[providers.<name>]`: the operator chooses the name, `plugin` is the name of
the plug-in.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """A key as it is written in TOML. `default` is empty if the default is nothing, or depends on other settings."""

    key: str
    type: str
    default: str
    description: str


def settings_table() -> list[Setting]:
    """Return the settings of the sections, of every provider, and of the built-in plug-ins.

    A plug-in's settings have the keys of a provider with the plug-in's name.
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


def settings_page() -> str:
    """Return docs/settings.md."""
    sections = groupby(settings_table(), key=lambda setting: setting.key.rpartition(".")[0])
    return "\n".join([_INTRODUCTION, *(_section(name, list(settings)) for name, settings in sections)])


def _section(name: str, settings: list[Setting]) -> str:
    rows = [
        f"| `{each.key.rpartition('.')[2]}` | {each.type} | {_code(each.default)} | {each.description} |"
        for each in settings
    ]
    return "\n".join(
        [f"## `[{name}]`", "", "| key | type | default | description |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _code(default: str) -> str:
    return default if default in {"", "required"} else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
