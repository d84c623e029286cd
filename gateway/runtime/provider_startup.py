"""Start-up of the configured providers."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from gateway.accounts.credentials import AccountTokens
from gateway.config import Settings
from gateway.events.ingest import Ingest
from gateway.observability.metrics import Metrics
from gateway.storage.migrate import HEAD
from providers.api.provider import Core, ProviderSettings
from providers.http import HttpClient
from providers.mapping_version import mapping_version
from providers.registry import load_plugin
from providers.upstreams import Upstream, Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStartup:
    """Opens providers; `exit_stack` closes them, each before its HTTP client.

    Without `may_create` the providers create no files.
    """

    settings: Settings
    now: Callable[[], datetime]
    tokens: AccountTokens
    ingest: Ingest
    metrics: Metrics
    may_create: bool
    exit_stack: AsyncExitStack

    async def open_all(self) -> Upstreams:
        """Open the configured providers, in the operator's order. Raise what a plug-in's `open` raises."""
        return {name: await self._open(name, options) for name, options in self.settings.providers.items()}

    async def _open(self, name: str, options: ProviderSettings) -> Upstream:
        http = HttpClient(name, options.http.traffic, watch=self.metrics.of_provider(name).called)
        self.exit_stack.push_async_callback(http.aclose)
        core = Core(
            name=name,
            http=http,
            tokens=self.tokens,
            now=self.now,
            publish=self.ingest.take_in,
            callback_url=f"{self.settings.server.public_url}/connect/{name}/callback",
            may_create=self.may_create,
        )
        plugin = load_plugin(options.plugin)
        provider = plugin(options, core)
        self.exit_stack.push_async_callback(provider.aclose)
        await provider.open()
        return Upstream(name, options.plugin, provider, http, mapping_version(plugin, options, HEAD))
