"""TCP proxy on a free port, with a queue of faults for the next calls.

    async with fault_proxy(sandbox_url) as proxy:      # point the gateway at proxy.url instead of the sandbox's
        proxy.inject(HANG_AFTER, "POST /connect/set_up_meeting", times=2)
        ...
        async with proxy.refusing():                   # connections are refused; open ones are reset
            ...

A call is identified by its method and target ("GET /ringplan/texting/contacts?page=1"), in which the pattern of a fault
is searched. The oldest fault whose pattern matches is applied once. `calls` has every request in order, with the name
of the fault that was applied to it; `until_called` waits for a request.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.faults.exchange import Exchange, next_request
from tests.faults.fault import Fault

_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Call:
    """A request that arrived: "POST /connect/set_up_meeting", its body, and the fault that it met, if any."""

    line: str
    body: bytes
    fault: str | None


class FaultProxy:
    """Use `fault_proxy`. `url` has the upstream's path, so it stands for the upstream's URL everywhere."""

    def __init__(self, upstream_url: str) -> None:
        address = urlsplit(upstream_url)
        self._upstream = (address.hostname or "", address.port or 80)
        self._path = address.path
        self._port = 0
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._faults: list[tuple[re.Pattern[str], Fault]] = []
        self._news = asyncio.Condition()
        self.calls: list[Call] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{self._path}"

    def inject(self, fault: Fault, where: str = "", *, times: int = 1) -> None:
        """The next `times` calls whose line fits the regular expression `where` meet the fault."""
        self._faults += [(re.compile(where), fault)] * times

    def clear(self) -> None:
        """Clear the calls and the faults that were not applied."""
        self._faults.clear()
        self.calls.clear()

    def lines(self, where: str = "") -> list[str]:
        """The lines of the calls so far, of those that fit `where`."""
        return [call.line for call in self.calls if re.search(where, call.line)]

    async def until_called(self, where: str = "", times: int = 1) -> None:
        """Waits until so many calls that fit `where` have arrived, since the beginning or `clear`."""
        async with asyncio.timeout(_SECONDS), self._news:
            await self._news.wait_for(lambda: len(self.lines(where)) >= times)

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Connections are refused in the block, and those that were open are reset."""
        await self.aclose()
        try:
            yield
        finally:
            await self.open()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = [task for task in self._open.values() if task is not None]
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        try:
            with suppress(ConnectionError):
                await self._converse(reader, writer)
        finally:
            writer.close()
            del self._open[writer]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await next_request(reader)) is not None:
            fault = self._next_fault(request.line)
            self.calls.append(Call(request.line, request.body, fault.name if fault else None))
            async with self._news:
                self._news.notify_all()
            exchange = Exchange(request, reader, writer, self._upstream)
            if fault is None:
                await exchange.say(await exchange.work())
            else:
                await fault.meet(exchange)
            if exchange.is_over:
                return

    def _next_fault(self, line: str) -> Fault | None:
        for index, (pattern, fault) in enumerate(self._faults):
            if pattern.search(line):
                del self._faults[index]
                return fault
        return None


@asynccontextmanager
async def fault_proxy(upstream_url: str) -> AsyncIterator[FaultProxy]:
    """A proxy before the server at `upstream_url`, as long as the context lasts."""
    proxy = FaultProxy(upstream_url)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.aclose()
