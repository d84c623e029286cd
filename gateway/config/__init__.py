"""Configuration: typed settings from TOML, the environment and flags, complete before anything starts."""

from gateway.config.connections import Connections
from gateway.config.errors import ConfigurationError
from gateway.config.freshness import FreshSeconds, UsableSeconds
from gateway.config.limits import GraphqlLimits, Limits
from gateway.config.loading import Settings, load_settings
from gateway.config.sections import Auth, Jwt, Log, Server, Store

__all__ = [
    "Auth",
    "ConfigurationError",
    "Connections",
    "FreshSeconds",
    "GraphqlLimits",
    "Jwt",
    "Limits",
    "Log",
    "Server",
    "Settings",
    "Store",
    "UsableSeconds",
    "load_settings",
]
