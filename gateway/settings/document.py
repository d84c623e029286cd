"""The configuration as it is written: a TOML file, overridden by the environment, overridden by flags."""

import json
import os
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

from gateway.settings.connections import Connections
from gateway.settings.fault import fault_at
from gateway.settings.freshness import FreshSeconds, UsableSeconds
from gateway.settings.limits import Limits
from gateway.settings.provider import Providers
from gateway.settings.section import Auth, Log, Server, Store

PREFIX = "SWITCHBOARD_"
DELIMITER = "__"


class Environment(EnvSettingsSource):
    """SWITCHBOARD_SECTION__KEY: lists and tables as JSON, everything else as text for the models to judge."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        return decoded if isinstance(decoded, list | dict) else value


class Document(BaseSettings):
    """Everything that can be configured."""

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

    @model_validator(mode="after")
    def _open_is_for_this_machine(self) -> "Document":
        if self.auth.mode == "open" and not self.server.is_local:
            raise fault_at("auth.mode", 'expected "required" where server.host is not a loopback address')
        return self


def unknown_variables() -> list[str]:
    """A line for each environment variable that names a section which doesn't exist.

    Only those with two underscores: others of this prefix belong to tests, and to Kubernetes, which makes them of the
    names of services.
    """
    named = (name for name in os.environ if name.startswith(PREFIX) and DELIMITER in name)
    return [
        f"{name}: unknown section; expected one of {', '.join(Document.model_fields)}"
        for name in sorted(named)
        if name.removeprefix(PREFIX).partition(DELIMITER)[0].lower() not in Document.model_fields
    ]
