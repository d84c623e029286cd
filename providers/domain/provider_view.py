"""Configured providers as clients see them."""

from dataclasses import dataclass
from enum import Enum

from providers.domain.capabilities import Capability
from providers.domain.entities import MeetingService
from providers.domain.identity import global_id


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
