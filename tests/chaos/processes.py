"""The processes of a run: the sandbox and a gateway over it, with proxies between them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.odd_upstream import OddSandbox, OddUpstream, odd_sandbox
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.testkit.client import Client
from tests.testkit.process import GatewayProcess
from tests.testkit.server import serving
from tests.testkit.world import World, WorldBuilder


@dataclass(frozen=True, slots=True)
class Trio:
    """`accounts` has an account of each provider, `ringplan` is the proxy before RingPlan, `pid` the gateway's."""

    client: Client
    ringplan: FaultProxy
    accounts: dict[str, str]
    pid: int


@asynccontextmanager
async def trio(folder: Path, ringplan_options: str = "") -> AsyncIterator[Trio]:
    """Three providers with their default settings, except for `ringplan_options`."""
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(_sandbox(folder))
        ringplan = await stack.enter_async_context(fault_proxy(sandbox.url))
        builder = WorldBuilder(
            folder=folder,
            providers={"local": "", "connect": "", "ringplan": ringplan_options},
            sandbox_url=sandbox.url,
            proxies={"ringplan": ringplan},
            settings='[log]\nlevel = "error"',
        )
        gateway = await stack.enter_async_context(builder.process())
        world = await stack.enter_async_context(builder.around(gateway))
        accounts = {name: await world.connected(name) for name in builder.providers}
        yield Trio(world.client, ringplan, accounts, gateway.pid)


@asynccontextmanager
async def killable(
    folder: Path, keys: str, odd: OddUpstream | None = None
) -> AsyncIterator[tuple[GatewayProcess, World]]:
    """A gateway in an empty folder, over three providers. Both upstreams have these keys and are behind one proxy."""
    (folder / "gateway").mkdir()
    async with _sandbox(folder, odd) as sandbox, fault_proxy(sandbox.url) as proxy:
        upstreams = WorldBuilder.behind(proxy, keys, folder=folder / "gateway", sandbox_url=sandbox.true_url)
        builder = replace(upstreams, providers={"local": "", **upstreams.providers})
        async with builder.process() as gateway, builder.around(gateway) as world:
            yield gateway, world


@asynccontextmanager
async def _sandbox(folder: Path, odd: OddUpstream | None = None) -> AsyncIterator[OddSandbox]:
    if odd is not None:
        async with odd_sandbox(odd) as sandbox:
            yield sandbox
        return
    (folder / "sandbox").mkdir()
    with serving(folder / "sandbox", command="sandbox") as process:
        yield OddSandbox(process.url, process.url)
