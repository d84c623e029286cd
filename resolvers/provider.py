"""Configured providers: the type and its query."""

from collections.abc import Sequence
from typing import Annotated, Protocol

import strawberry

from providers.domain.capabilities import Capability
from providers.domain.entities import MeetingService
from providers.domain.provider_view import ProviderHealth, ProviderView
from resolvers.field import Info, ResolveInfo, resolved
from resolvers.node import Node
from resolvers.strawberry_compat import describe_enum

describe_enum(
    ProviderHealth,
    "The availability of a provider.",
    {
        "AVAILABLE": "The provider responds.",
        "DEGRADED": "The last call failed; the gateway still calls the provider.",
        "UNAVAILABLE": "The circuit breaker is open: the gateway makes no calls for a while and serves stored data.",
    },
)


@strawberry.type(description="A video-call or texting provider that the operator has configured.")
class Provider(Node):
    name: str = strawberry.field(description="The provider's name in the operator's configuration.")
    plugin: str = strawberry.field(
        description="The provider's plug-in, such as medixcel, ringplan or local. Empty if the provider was "
        "removed from the configuration and accounts of it are still stored."
    )
    services: list[MeetingService] = strawberry.field(description="The meeting services of the provider.")
    capabilities: list[Capability] = strawberry.field(description="The features of the provider.")
    health: ProviderHealth = strawberry.field(description="The availability of the provider.")


@strawberry.type
class ProviderQuery:
    @resolved(type=Provider | None, description="A configured provider by its name; null if no provider has that name.")
    def provider(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The provider's name, as `providers` lists it.")],
    ) -> ProviderView | None:
        return info.context.providers.get(name)

    @resolved(type=list[Provider], description="All configured providers, in the order of the configuration.")
    def providers(self, info: Info) -> list[ProviderView]:
        return list(info.context.providers.values())


class OfProvider(Protocol):
    @property
    def provider(self) -> str: ...


def capabilities_of(account: OfProvider, info: ResolveInfo) -> Sequence[Capability]:
    """Return what the account's provider can do; nothing if it is no longer configured."""
    return provider_of(account, info).capabilities


def provider_of(model: OfProvider, info: ResolveInfo) -> ProviderView:
    """Return the provider of an account or a meeting; a placeholder if it is no longer configured."""
    found = info.context.providers.get(model.provider)
    return found or ProviderView(
        name=model.provider, plugin="", services=(), capabilities=(), health=ProviderHealth.UNAVAILABLE
    )
