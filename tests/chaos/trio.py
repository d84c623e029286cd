"""A gateway process over three providers: the embedded one, and the two sandboxes, each behind a proxy of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.people import connected as visitor_connected
from tests.providers.medixcel.gateway.stand_in import StandIn as Connect
from tests.providers.ringplan.gateway.stand_in import StandIn as RingPlan
from tests.providers.ringplan.gateway.steps import connected as texter_connected
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.server import serving


@dataclass(frozen=True, slots=True)
class Trio:
    """`accounts` has an account of each provider, `ringplan` is the proxy before RingPlan, `pid` the gateway's."""

    client: Client
    ringplan: FaultProxy
    accounts: dict[str, str]
    pid: int


@asynccontextmanager
async def trio(folder: Path, ringplan_options: str = "") -> AsyncIterator[Trio]:
    """With all settings as they are by default, but for more keys of RingPlan's."""
    async with AsyncExitStack() as stack:
        (folder / "sandbox").mkdir()
        sandbox = stack.enter_context(serving(folder / "sandbox", command="sandbox"))
        ringplan = await stack.enter_async_context(fault_proxy(sandbox.url))
        server = stack.enter_context(serving(folder, _configuration(sandbox.url, ringplan.url) + ringplan_options))
        client = await stack.enter_async_context(Client(server.url))
        yield Trio(client, ringplan, await _accounts(client, sandbox.url), server.process.pid)


async def _accounts(client: Client, sandbox_url: str) -> dict[str, str]:
    ringplan = RingPlan(sandbox_url)
    async with plain_http(base_url=f"{sandbox_url}/connect") as http:
        await Connect(http).register(client.url)
        accounts = {
            "local": (await client.do("connectAccount", "account { id }", provider="local"))["account"]["id"],
            "connect": await visitor_connected(client),
            "ringplan": await texter_connected(client, await ringplan.person()),
        }
    await ringplan.aclose()
    return accounts


def _configuration(connect_url: str, ringplan_url: str) -> str:
    return f"""
        [log]
        level = "error"
        [providers.local]
        [providers.connect]
        plugin = "medixcel"
        base_url = "{connect_url}/connect"
        client_key = "sandbox-client-key"
        [providers.ringplan]
        api_url = "{ringplan_url}/ringplan"
        login_url = "{ringplan_url}/ringplan-login"
    """
