"""What an operator configures: read from TOML, the environment and flags, and complete before anything starts."""

from gateway.settings.connections import Connections
from gateway.settings.fault import ConfigurationError
from gateway.settings.freshness import FreshSeconds, UsableSeconds
from gateway.settings.limits import Limits
from gateway.settings.loading import Settings, load_settings
from gateway.settings.section import Auth, Jwt, Log, Server, Store

__all__ = [
    "Auth",
    "ConfigurationError",
    "Connections",
    "FreshSeconds",
    "Jwt",
    "Limits",
    "Log",
    "Server",
    "Settings",
    "Store",
    "UsableSeconds",
    "load_settings",
]
