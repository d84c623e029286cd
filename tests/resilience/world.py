"""A gateway before the sandbox process, with a proxy between them that lets calls fail."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from gateway.runtime.clock import utc_now
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.people import connected as visitor_connected
from tests.providers.medixcel.gateway.stand_in import StandIn as Connect
from tests.providers.ringplan.gateway.stand_in import Person
from tests.providers.ringplan.gateway.stand_in import StandIn as RingPlan
from tests.providers.ringplan.gateway.steps import connected as texter_connected
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.served import served

Json = dict[str, Any]

_HTTP = "http = { read_seconds = 0.5, total_seconds = 1, retries = 0 }"


@dataclass(frozen=True, slots=True)
class Texter:
    """A user of RingPlan with a company of their own; `account` is the gateway's id."""

    ringplan: RingPlan
    person: Person
    account: str

    async def sees(self, path: str) -> Any:
        return await self.ringplan.call(self.person, "GET", path)

    async def says(self, path: str, **body: object) -> Any:
        """The response of RingPlan to another client."""
        return await self.ringplan.call(self.person, "POST", path, **body)


@dataclass(frozen=True, slots=True)
class World:
    client: Client
    proxy: FaultProxy
    connect: Connect
    ringplan: RingPlan
    serials: "count[int]" = field(default_factory=lambda: count(1))

    async def visitor(self) -> str:
        """The id of a Medixcel account of a user of its own."""
        return await visitor_connected(self.client, userId=f"user-{next(self.serials)}")

    async def texter(self) -> Texter:
        person = await self.ringplan.person()
        return Texter(self.ringplan, person, await texter_connected(self.client, person))


@asynccontextmanager
async def world(sandbox_url: str, folder: Path, store_url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(fault_proxy(sandbox_url))
        gateway = await stack.enter_async_context(served(folder, _configuration(proxy.url, store_url), now=utc_now))
        connect = Connect(await stack.enter_async_context(plain_http(base_url=f"{sandbox_url}/connect")))
        await connect.register(gateway.url)
        ringplan = RingPlan(sandbox_url)
        stack.push_async_callback(ringplan.aclose)
        yield World(await stack.enter_async_context(gateway.client()), proxy, connect, ringplan)


def _configuration(upstream_url: str, store_url: str) -> str:
    return f"""
        [store]
        url = "{store_url}"
        [providers.connect]
        plugin = "medixcel"
        base_url = "{upstream_url}/connect"
        client_key = "sandbox-client-key"
        {_HTTP}
        [providers.ringplan]
        api_url = "{upstream_url}/ringplan"
        login_url = "{upstream_url}/ringplan-login"
        {_HTTP}
    """
