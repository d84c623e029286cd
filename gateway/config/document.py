"""Sources of the configuration: a TOML file, overridden by the environment, overridden by flags."""

import json
import os
import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.config.connections import Connections
from gateway.config.errors import fault_at
from gateway.config.freshness import FreshSeconds, UsableSeconds
from gateway.config.limits import Limits
from gateway.config.providers import Providers
from gateway.config.sections import Auth, Log, Server, Store

PREFIX = "SWITCHBOARD_"
DELIMITER = "__"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters except those in a PEM block, and the surrogates that Python decodes invalid UTF-8 to."""


class Environment(EnvSettingsSource):
    """Environment variables SWITCHBOARD_SECTION__KEY: lists and tables as JSON, any other value as text."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        return decoded if isinstance(decoded, list | dict) else value


class Document(BaseSettings):
    """The configuration, section by section."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    server: Server = Field(default_factory=Server)
    log: Log = Log()
    store: Store = Store()
    auth: Auth = Auth()
    connections: Connections = Connections()
    limits: Limits = Limits()
    fresh_seconds: FreshSeconds = FreshSeconds()
    usable_seconds: UsableSeconds = UsableSeconds()
    providers: Providers = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Environment(settings_cls), TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _text_without_control_characters(cls, sections: Any) -> Any:
        for key in _keys_with_controls(sections):
            raise fault_at(key, "expected text without control characters")
        return sections

    @model_validator(mode="after")
    def _open_is_for_this_machine(self) -> "Document":
        if self.auth.is_open and not self.server.is_local:
            raise fault_at("auth.mode", 'expected "required" because server.host is not a loopback address')
        return self


def _keys_with_controls(value: Any, *path: str) -> Iterator[str]:
    """Yield the dotted names of the keys whose values contain control characters."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _keys_with_controls(inner, *path, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _keys_with_controls(inner, *path)
    elif isinstance(value, str) and _CONTROL.search(value):
        yield ".".join(path)


def unknown_variables() -> list[str]:
    """Return a line for each environment variable that names an unknown section.

    Variables without two underscores are ignored: tests set some with this prefix, and Kubernetes derives some from the
    names of services.
    """
    named = (name for name in os.environ if name.startswith(PREFIX) and DELIMITER in name)
    return [
        f"{name}: unknown section; expected one of {', '.join(Document.model_fields)}"
        for name in sorted(named)
        if name.removeprefix(PREFIX).partition(DELIMITER)[0].lower() not in Document.model_fields
    ]
