"""Configured providers as clients see them."""

from dataclasses import dataclass
from enum import Enum

from providers.domain.capabilities import Capability
from providers.domain.entities import Identity, MeetingService, global_id


class ProviderHealth(Enum):
    AVAILABLE = "AVAILABLE"
    DEGRADED = "DEGRADED"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """A configured provider as clients see it."""

    name: str
    plugin: str
    services: tuple[MeetingService, ...]
    capabilities: tuple[Capability, ...]
    health: ProviderHealth

    @property
    def id(self) -> str:
        return global_id("Provider", self.name)


def provider_name(text: str) -> str | None:
    """Return the name of a provider; None for an id that is malformed or of another kind."""
    identity = Identity.parse(text)
    if identity is None or identity.kind != "Provider" or identity.external_id:
        return None
    return identity.scope
