"""A gateway over three providers: the embedded one, and the two sandboxes, each behind a proxy of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.runtime.clock import utc_now
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.people import connected as visitor_connected
from tests.providers.medixcel.gateway.stand_in import StandIn as Connect
from tests.providers.ringplan.gateway.stand_in import StandIn as RingPlan
from tests.providers.ringplan.gateway.steps import connected as texter_connected
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served, served

Json = dict[str, Any]

DAY = {"from": "2031-05-06T00:00:00Z", "to": "2031-05-07T00:00:00Z"}
NEXT_DAY = {"from": "2031-05-07T00:00:00Z", "to": "2031-05-08T00:00:00Z"}
_VISIT = {"title": "Visit", "durationMinutes": 30, "participants": [{"email": "ben@example.com", "firstName": "Ben"}]}


@dataclass(frozen=True, slots=True)
class Trio:
    """`accounts` has an account of each provider, by the provider's name."""

    gateway: Served
    client: Client
    proxies: dict[str, FaultProxy]
    accounts: dict[str, str]

    def own(self, within: Json) -> Json:
        """A filter for the meetings of these accounts: the sandbox may have more."""
        return {"accountIds": [*self.accounts.values()], **within}

    async def schedule(self, within: Json) -> None:
        """A meeting with each of the providers."""
        for account in self.accounts.values():
            start = within["from"].replace("T00", "T12")
            await self.client.do("scheduleMeeting", "meeting { id }", accountId=account, startTime=start, **_VISIT)

    async def health(self) -> dict[str, str]:
        providers = (await self.client.data("{ providers { name health } }"))["providers"]
        return {each["name"]: each["health"] for each in providers}


@asynccontextmanager
async def trio(sandbox_url: str, folder: Path, store_url: str, http: str) -> AsyncIterator[Trio]:
    """`http` is the table of traffic that the two outer providers have."""
    async with AsyncExitStack() as stack:
        proxies = {name: await stack.enter_async_context(fault_proxy(sandbox_url)) for name in ("connect", "ringplan")}
        configuration = _configuration(folder, store_url, proxies, http)
        gateway = await stack.enter_async_context(served(folder, configuration, now=utc_now))
        client = await stack.enter_async_context(gateway.client())
        accounts = {
            "local": (await client.do("connectAccount", "account { id }", provider="local"))["account"]["id"],
            "connect": await _visitor(client, sandbox_url, gateway.url),
            "ringplan": await _texter(client, sandbox_url),
        }
        yield Trio(gateway, client, proxies, accounts)


async def _visitor(client: Client, sandbox_url: str, gateway_url: str) -> str:
    async with plain_http(base_url=f"{sandbox_url}/connect") as http:
        await Connect(http).register(gateway_url)
        return await visitor_connected(client)


async def _texter(client: Client, sandbox_url: str) -> str:
    ringplan = RingPlan(sandbox_url)
    account = await texter_connected(client, await ringplan.person())
    await ringplan.aclose()
    return account


def _configuration(folder: Path, store_url: str, proxies: dict[str, FaultProxy], http: str) -> str:
    return f"""
        [store]
        url = "{store_url}"
        [providers.local]
        path = "{folder}/local.db"
        [providers.connect]
        plugin = "medixcel"
        base_url = "{proxies["connect"].url}/connect"
        client_key = "sandbox-client-key"
        http = {http}
        [providers.ringplan]
        api_url = "{proxies["ringplan"].url}/ringplan"
        login_url = "{proxies["ringplan"].url}/ringplan-login"
        http = {http}
    """
