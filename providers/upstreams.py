"""The configured providers, each behind the operator's name for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from providers.api.capabilities import capabilities
from providers.api.provider import Provider
from providers.domain.capabilities import Capability
from providers.domain.errors import NotSupported
from providers.domain.provider_view import ProviderHealth, ProviderView
from providers.http import Circuit, HttpClient

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Upstream:
    """One configured provider: its plug-in, at work. What it can do does not change while it is.

    `mapping` is the version of the code and the settings that make entities of responses: see `mapping_version`.
    """

    name: str
    plugin: str
    provider: Provider
    http: HttpClient
    mapping: str = ""
    capabilities: tuple[Capability, ...] = field(init=False)
    _able: dict[type, bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By Protocol, whether the provider has it: a check takes microseconds, and reads make several."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "capabilities", capabilities(self.provider))

    def can(self, protocol: type[P]) -> P | None:
        """The provider as one that has the capability, None if it hasn't."""
        if protocol not in self._able:
            self._able[protocol] = isinstance(self.provider, protocol)
        return cast("P", self.provider) if self._able[protocol] else None

    def require(self, protocol: type[P]) -> P:
        """The provider as one that has the capability; NotSupported if it hasn't."""
        if (able := self.can(protocol)) is not None:
            return able
        raise NotSupported(f"{self.name} does not offer this.", provider=self.name)

    def offers(self, capability: Capability) -> bool:
        return capability in self.capabilities

    @property
    def health(self) -> ProviderHealth:
        """How its hosts are: UNAVAILABLE while one is left alone, DEGRADED while one failed the last time."""
        circuits = self.http.circuits().values()
        if Circuit.OPEN in circuits:
            return ProviderHealth.UNAVAILABLE
        return ProviderHealth.DEGRADED if self.http.is_failing else ProviderHealth.AVAILABLE

    def view(self) -> ProviderView:
        return ProviderView(
            name=self.name,
            plugin=self.plugin,
            services=self.provider.services,
            capabilities=self.capabilities,
            health=self.health,
        )


Upstreams = Mapping[str, Upstream]


class ProviderViews(Mapping[str, ProviderView]):
    """The providers as clients see them, each as it is when it is looked at."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    def __getitem__(self, name: str) -> ProviderView:
        return self._upstreams[name].view()

    def __iter__(self) -> Iterator[str]:
        return iter(self._upstreams)

    def __len__(self) -> int:
        return len(self._upstreams)
