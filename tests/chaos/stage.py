"""The processes of a run: the sandbox, a proxy before it, and a gateway that may be killed and started again."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from tests.faults.odd_upstream import OddSandbox, OddUpstream, odd_sandbox
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.medixcel.gateway.stand_in import StandIn
from tests.recovery.world import World, configuration
from tests.testkit.client import Client
from tests.testkit.plain_http import plain_http
from tests.testkit.server import Server, serving


class Gateway:
    """A `switchboard serve` that stays at its port. `seconds_to_start` are those of its starts."""

    def __init__(self, folder: Path, toml: str) -> None:
        self.folder = folder
        self.seconds_to_start: list[float] = []
        self.url = ""
        self._toml = toml
        self._stack = ExitStack()
        self._server: Server | None = None

    async def start(self) -> None:
        begun = time.monotonic()
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        running = serving(self.folder, self._toml, port=port)
        self._server = await asyncio.to_thread(self._stack.enter_context, running)
        self.url = self._server.url
        self.seconds_to_start.append(time.monotonic() - begun)

    async def kill(self) -> None:
        """Kill the server process with SIGKILL, as a power cut would."""
        if self._server is not None:
            await asyncio.to_thread(self._server.kill)
        await self.stop()

    async def stop(self) -> None:
        await asyncio.to_thread(self._stack.close)


@asynccontextmanager
async def stage(folder: Path, odd: OddUpstream | None = None, **times: float) -> AsyncIterator[tuple[Gateway, World]]:
    """Everything, begun; the gateway's folder is empty."""
    (folder / "gateway").mkdir()
    async with _sandbox(folder, odd) as sandbox, fault_proxy(sandbox.url) as proxy:
        gateway = Gateway(folder / "gateway", _toml(proxy, **times))
        await gateway.start()
        try:
            async with _entered(gateway.url, sandbox.true_url, proxy) as world:
                yield gateway, world
        finally:
            await gateway.stop()


@asynccontextmanager
async def _sandbox(folder: Path, odd: OddUpstream | None) -> AsyncIterator[OddSandbox]:
    if odd is not None:
        async with odd_sandbox(odd) as sandbox:
            yield sandbox
        return
    (folder / "sandbox").mkdir()
    with serving(folder / "sandbox", command="sandbox") as process:
        yield OddSandbox(process.url, process.url)


def _toml(proxy: FaultProxy, **times: float) -> str:
    store = "sqlite:///switchboard.db"
    return configuration(proxy.url, store, **times) + '[providers.local]\npath = "local.db"\n'


@asynccontextmanager
async def _entered(gateway_url: str, sandbox_url: str, proxy: FaultProxy) -> AsyncIterator[World]:
    async with (
        Client(gateway_url) as client,
        plain_http(base_url=sandbox_url, timeout=30) as sandbox,
        plain_http(base_url=f"{sandbox_url}/connect", timeout=30) as upstream,
    ):
        stand_in = StandIn(upstream)
        await stand_in.register(gateway_url)
        yield World(client, proxy, sandbox, stand_in, {})
