"""Configured providers: the type and its query."""

from typing import Protocol

import strawberry

from providers.domain.capabilities import Capability
from providers.domain.entities import MeetingService
from providers.domain.provider_view import ProviderHealth, ProviderView
from resolvers.field import Info, ResolveInfo, resolved
from resolvers.strawberry_compat import describe_enum

describe_enum(
    ProviderHealth,
    "Whether a provider answers.",
    {
        "AVAILABLE": "It answers.",
        "DEGRADED": "It failed lately, and is still asked.",
        "UNAVAILABLE": "It fails, and is not asked for a while: what was read of it before is served.",
    },
)


@strawberry.type(description="A video-call or texting provider that the operator has configured.")
class Provider:
    name: str = strawberry.field(description="The name that the operator gave this provider in the configuration.")
    plugin: str = strawberry.field(
        description="The plug-in behind it: medixcel, ringplan, local... Empty for one that was taken out of the "
        "configuration while accounts of it are still here."
    )
    services: list[MeetingService] = strawberry.field(description="The meeting services that it offers.")
    capabilities: list[Capability] = strawberry.field(description="What it can do.")
    health: ProviderHealth = strawberry.field(description="Whether it answers.")


@strawberry.type
class ProviderQuery:
    @resolved(type=list[Provider], description="All configured providers, in the operator's order.")
    def providers(self, info: Info) -> list[ProviderView]:
        return list(info.context.providers.values())


class OfProvider(Protocol):
    @property
    def provider(self) -> str: ...


def provider_of(model: OfProvider, info: ResolveInfo) -> ProviderView:
    """Return the provider of an account or a meeting; a placeholder if it is no longer configured."""
    found = info.context.providers.get(model.provider)
    return found or ProviderView(
        name=model.provider, plugin="", services=(), capabilities=(), health=ProviderHealth.UNAVAILABLE
    )
