"""The one builder of worlds: upstreams, a gateway over them, its clients, and accounts that are connected.

    builder = WorldBuilder(folder=tmp_path, providers={"local": "", "ringplan": "poll_seconds = 1"}, sandbox_url=url)
    async with builder.world(now=utc_now) as world:
        account = await world.connected("ringplan")

A test states the providers that it wants and what differs. The gateway runs in the test's event loop, or as a process:

    async with builder.process() as gateway, builder.around(gateway) as world:
        await gateway.kill()

Medixcel and RingPlan are those of one sandbox, if need be behind proxies that inject faults.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tests.faults.proxy import FaultProxy
from tests.testkit import medixcel, ringplan
from tests.testkit.client import Client
from tests.testkit.clock import Clock
from tests.testkit.medixcel import Medixcel
from tests.testkit.plain_http import plain_http
from tests.testkit.process import GatewayProcess
from tests.testkit.ringplan import RingPlan, Texter
from tests.testkit.served import Served, served
from tests.testkit.steps import connected, unused

WAITING = """
[usable_seconds]
messages = 0
meetings = 0
past_meetings = 0
conversations = 0
contacts = 0
phone_numbers = 0
"""
"""Settings with which readers wait for data that is not fresh."""

READ_SECONDS = 0.5
"""How long an impatient provider waits for a part of a response."""

_ENCRYPTION_KEY = "bWFkZS11cCBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE="
_SECONDS = 60


def impatient(read: float = READ_SECONDS, total: float = 2 * READ_SECONDS, lookup_lag: float = 0.5) -> str:
    """The keys of a provider that gives up a call after some seconds and doesn't repeat it."""
    timeouts = f"read_seconds = {read}, total_seconds = {total}"
    return f"lookup_lag_seconds = {lookup_lag}\nhttp = {{ {timeouts}, retries = 0 }}"


class Gateway(Protocol):
    """A running gateway: `Served` or `GatewayProcess`."""

    @property
    def url(self) -> str: ...

    def client(self, token: str | None = None) -> Client: ...


@dataclass(slots=True, kw_only=True)
class World:
    """A running gateway, `client` for it without a token, and the upstreams, which a test may also reach directly."""

    gateway: Gateway
    client: Client
    medixcel: Medixcel
    ringplan: RingPlan
    proxies: Mapping[str, FaultProxy]
    _visitor: str | None = field(default=None, init=False)
    _texter: Texter | None = field(default=None, init=False)

    @property
    def proxy(self) -> FaultProxy:
        """The proxy of a world in which one is before all upstreams."""
        (proxy,) = set(self.proxies.values())
        return proxy

    async def connected(self, provider: str) -> str:
        """The id of a new account."""
        match provider:
            case "connect":
                return await self.new_visitor()
            case "ringplan":
                return (await self.new_texter()).account
            case _:
                return await connected(self.client, provider)

    async def new_visitor(self) -> str:
        """The id of a new account of Medixcel, of a user of its own."""
        await self.medixcel.register(self.gateway.url)  # Gateways that share a sandbox register in turns.
        return await medixcel.connected(self.client, userId=unused("user").replace(" ", "-"))

    async def visitor(self) -> str:
        """The id of an account of Medixcel, the same for all tests that share the world."""
        self._visitor = self._visitor or await self.new_visitor()
        return self._visitor

    async def new_texter(self) -> Texter:
        """A new user of RingPlan with a company of their own."""
        person = await self.ringplan.person()
        return Texter(self.client, self.ringplan, person, await ringplan.connected(self.client, person))

    async def texter(self) -> Texter:
        """A user of RingPlan, the same for all tests that share the world."""
        self._texter = self._texter or await self.new_texter()
        return self._texter


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldBuilder:
    """The parts of a world.

    `providers` are the configured providers, each with the TOML keys that it has beside those of its upstream, and
    `settings` are more TOML tables. Those in `proxies` reach the sandbox through their proxy. Without `store_url` the
    store is a file in `folder`; `store_settings` are more keys of its table.
    """

    folder: Path
    providers: Mapping[str, str]
    sandbox_url: str = ""
    proxies: Mapping[str, FaultProxy] = field(default_factory=dict)
    store_url: str = ""
    store_settings: str = ""
    settings: str = ""

    @classmethod
    def behind(
        cls, proxy: FaultProxy, keys: str, *, folder: Path, sandbox_url: str, store_url: str = ""
    ) -> "WorldBuilder":
        """The parts of a world in which one proxy is before Medixcel and RingPlan, which have these keys."""
        names = ("connect", "ringplan")
        return cls(
            folder=folder,
            providers=dict.fromkeys(names, keys),
            sandbox_url=sandbox_url,
            proxies=dict.fromkeys(names, proxy),
            store_url=store_url,
        )

    @property
    def toml(self) -> str:
        """The gateway's configuration. All gateways share one encryption key, so that they can share a store."""
        store_url = self.store_url or f"sqlite:///{self.folder}/switchboard.db"
        store = f'[store]\nurl = "{store_url}"\nencryption_keys = ["{_ENCRYPTION_KEY}"]\n{self.store_settings}'
        tables = [f"[providers.{name}]\n{self._upstream(name)}\n{keys}" for name, keys in self.providers.items()]
        return "\n".join([store, *tables, self.settings])

    @asynccontextmanager
    async def served(
        self, *, clock: Clock | None = None, now: Callable[[], datetime] | None = None
    ) -> AsyncIterator[Served]:
        """A gateway in the test's event loop, with a clock that stands still, or `now`, which runs as upstreams do."""
        async with served(self.folder, self.toml, clock=clock, now=now) as gateway:
            yield gateway

    @asynccontextmanager
    async def process(self) -> AsyncIterator[GatewayProcess]:
        """A gateway's process, started."""
        process = GatewayProcess(self.folder, self.toml)
        try:
            await process.start()
            yield process
        finally:
            await process.stop()

    @asynccontextmanager
    async def world(
        self, *, clock: Clock | None = None, now: Callable[[], datetime] | None = None
    ) -> AsyncIterator[World]:
        """A world with a gateway in the test's event loop; see `served`."""
        async with self.served(clock=clock, now=now) as gateway, self.around(gateway) as world:
            yield world

    @asynccontextmanager
    async def around(self, gateway: Gateway) -> AsyncIterator[World]:
        """The world around a running gateway, such as a `process`."""
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(gateway.client())
            sandbox = await stack.enter_async_context(plain_http(base_url=self.sandbox_url, timeout=_SECONDS))
            yield World(
                gateway=gateway,
                client=client,
                medixcel=Medixcel(sandbox),
                ringplan=RingPlan(sandbox),
                proxies=self.proxies,
            )

    def _upstream(self, provider: str) -> str:
        """The keys by which a provider reaches its upstream."""
        url = self.proxies[provider].url if provider in self.proxies else self.sandbox_url
        match provider:
            case "local":
                return f'path = "{self.folder}/local.db"'
            case "connect":
                return f'plugin = "medixcel"\nbase_url = "{url}/connect"\nclient_key = "sandbox-client-key"'
            case "ringplan":
                hosts = f'api_url = "{url}/ringplan"\nlogin_url = "{url}/ringplan-login"'
                return f'{hosts}\nregister_key = "a made-up register key"'
            case _:
                return ""
