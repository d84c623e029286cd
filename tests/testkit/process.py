"""A gateway's process that is killed and started again."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

from tests.testkit.client import Client
from tests.testkit.server import Server, serving


class GatewayProcess:
    """A `switchboard serve` that returns to its port. `seconds_to_start` has the duration of each start.

    Starting and stopping it doesn't block the event loop, in which its upstreams may run.
    """

    def __init__(self, folder: Path, toml: str) -> None:
        self.folder = folder
        self.seconds_to_start: list[float] = []
        self.url = ""
        self._toml = toml
        self._stack = ExitStack()
        self._server: Server | None = None

    @property
    def pid(self) -> int:
        """The id of the process, which has to be running."""
        assert self._server is not None
        return self._server.process.pid

    def client(self, token: str | None = None) -> Client:
        return Client(self.url, token)

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
