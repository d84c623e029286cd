"""Settings: the configuration, loaded and validated."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from gateway.config.connections import Connections
from gateway.config.document import Document, unknown_variables
from gateway.config.errors import ConfigurationError, faults_of
from gateway.config.freshness import FreshSeconds, UsableSeconds
from gateway.config.limits import Limits
from gateway.config.providers import DisabledProvider
from gateway.config.sections import Auth, Log, Server, Store
from providers.api.provider import ProviderSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, valid.

    `providers` has the settings of each usable provider by the operator's name, in the operator's order; their class is
    the plug-in's own. `disabled` has the reason why the plug-in of each other provider does not load.
    """

    server: Server
    log: Log
    store: Store
    auth: Auth
    connections: Connections
    limits: Limits
    fresh_seconds: FreshSeconds
    usable_seconds: UsableSeconds
    providers: Mapping[str, ProviderSettings]
    disabled: Mapping[str, str]

    @property
    def has_public_metrics(self) -> bool:
        """Return whether the public port serves /metrics: to holders of its token, or locally if auth.mode is open."""
        server = self.server
        return server.metrics_token is not None or (self.auth.is_open and server.metrics_port is None)

    def at_port(self, port: int) -> "Settings":
        """Return a copy for a server that listens on `port`, with the URLs that follow from it."""
        return replace(self, server=self.server.at_port(port))


def load_settings(config: Path | None = None, **flags: Any) -> Settings:
    """Load `config`, else the file that SWITCHBOARD_CONFIG names; then the environment; then `flags` by section.

    Raise ConfigurationError with a line for each fault.
    """
    document = _document(config or _configured_path(), flags)
    return Settings(
        server=document.server.for_readers(known=document.auth.is_open),
        log=document.log,
        store=document.store,
        auth=document.auth,
        connections=document.connections,
        limits=document.limits,
        fresh_seconds=document.fresh_seconds,
        usable_seconds=document.usable_seconds,
        providers={name: it for name, it in document.providers.items() if not isinstance(it, DisabledProvider)},
        disabled={name: it.reason for name, it in document.providers.items() if isinstance(it, DisabledProvider)},
    )


def _configured_path() -> Path | None:
    path = os.environ.get("SWITCHBOARD_CONFIG")
    return Path(path) if path else None


def _document(path: Path | None, flags: dict[str, Any]) -> Document:
    class Located(Document):
        model_config = SettingsConfigDict(toml_file=path)

    unknown = unknown_variables()
    try:
        if path is not None:
            path.open("rb").close()
        document = Located(**flags)
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"{path}: expected TOML in UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"{path}: expected TOML: {error}"]) from None
    except ValidationError as error:
        raise ConfigurationError([*unknown, *faults_of(error)]) from None
    if unknown:
        raise ConfigurationError(unknown)
    return document
