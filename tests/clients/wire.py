"""The wire between a browser and a gateway, on which connections break."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.testkit.tcp import TcpServer

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_SECONDS = 20
_OPERATION = re.compile(rb'"operationName":"(\w+)"')


class Wire(TcpServer):
    """Use `wired`. The browser's gateway is at `url`.

    `carried` is how often a WebSocket had something for the browser, `cuts` how many were cut while they had.
    """

    def __init__(self, gateway_url: str) -> None:
        super().__init__()
        address = urlsplit(gateway_url)
        self._gateway = (address.hostname or "", address.port or 80)
        self._answers = asyncio.Event()
        self._answers.set()
        self._lost: list[bytes] = []
        self._bytes_to_cut: Callable[[], int] | None = None
        self._changed = asyncio.Condition()
        self._requests: list[bytearray] = []
        self.carried = 0
        self.cuts = 0
        self.url = ""

    @property
    def operations(self) -> list[str]:
        """The names of the operations that were sent over HTTP, in no order."""
        return [name.decode() for sent in self._requests for name in _OPERATION.findall(sent)]

    def forget(self) -> None:
        """Forget the operations so far."""
        for sent in self._requests:
            sent.clear()

    def hold_answers(self) -> None:
        """Let requests through, and keep what is answered to a POST."""
        self._answers.clear()

    def lose_answer(self, operation: str) -> None:
        """Let the next request of this operation through, and break its connection instead of answering it."""
        self._lost.append(operation.encode())

    def release_answers(self) -> None:
        self._answers.set()

    def cut_sockets(self, bytes_to_cut: Callable[[], int]) -> None:
        """Break each WebSocket, also those to come, when it has carried so many more bytes to the browser."""
        self._bytes_to_cut = bytes_to_cut

    def mend(self) -> None:
        """Break no more WebSockets than those that are going to be broken by now."""
        self._bytes_to_cut = None

    async def until_carried(self, before: int) -> None:
        """Wait until WebSockets have carried more than `before`."""
        async with asyncio.timeout(_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.carried > before)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with self.listening() as port:
            self.url = f"http://127.0.0.1:{port}"
            yield

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                gateway = await asyncio.open_connection(*self._gateway)
                try:
                    await self._pass((reader, writer), gateway)
                finally:
                    gateway[1].transport.abort()
        finally:
            writer.transport.abort()

    async def _pass(self, browser: Stream, gateway: Stream) -> None:
        head = await browser[0].read(65536)
        gateway[1].write(head)
        if b"upgrade: websocket" in head.lower():
            await _first(_pass_on(browser[0], gateway[1]), self._carry(gateway[0], browser[1]))
        else:
            sent = bytearray(head)
            self._requests.append(sent)
            await _first(_pass_on(browser[0], gateway[1], sent), self._answer(sent, gateway[0], browser[1]))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what a WebSocket says to the browser, until it is cut."""
        left: int | None = None
        while data := await reader.read(65536):
            if left is None and self._bytes_to_cut is not None:
                left = self._bytes_to_cut()
            passed = data[:left]
            writer.write(passed)
            await writer.drain()
            is_cut = len(passed) < len(data)
            await self._count(is_cut)
            if is_cut:
                return
            left = None if left is None else left - len(passed)

    async def _count(self, is_cut: bool) -> None:
        async with self._changed:
            self.carried += 1
            self.cuts += is_cut
            self._changed.notify_all()

    async def _answer(self, sent: bytearray, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            line, _, request = sent.rpartition(b" /graphql HTTP/1.1\r\n")
            if line.endswith(b"POST"):
                await self._answers.wait()
                if lost := [each for each in _OPERATION.findall(request) if each in self._lost]:
                    self._lost.remove(lost[0])
                    return
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def wired(gateway_url: str) -> AsyncIterator[Wire]:
    wire = Wire(gateway_url)
    async with wire.serving():
        yield wire


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytearray | None = None) -> None:
    while data := await reader.read(65536):
        if sent is not None:
            sent += data
        writer.write(data)
        await writer.drain()


async def _first(*directions: Coroutine[None, None, None]) -> None:
    """Return as soon as one direction ends; end the other."""
    tasks = [asyncio.ensure_future(each) for each in directions]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
