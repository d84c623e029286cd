"""A relay before a database: a server that is lost without a word, as one that is cut off from the network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import make_url

from tests.testkit.tcp import TcpServer


class Relay(TcpServer):
    """Passes bytes between clients and the database at `url`; `self.url` is the one for clients."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._address = make_url(url)
        self._upstreams: set[asyncio.StreamWriter] = set()
        self._is_silent = False
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with self.listening() as port:
            self.url = self._address.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
            yield

    def lose_server(self) -> None:
        """End the server's sessions. Clients stay connected and hear nothing; new connections work."""
        for upstream in self._upstreams:
            upstream.transport.abort()
        self._upstreams.clear()

    def fall_silent(self) -> None:
        """End the server's sessions, and answer new connections with nothing either."""
        self._is_silent = True
        self.lose_server()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_silent:
            try:
                await asyncio.Event().wait()
            finally:
                writer.close()
        upstream_reader, upstream_writer = await asyncio.open_connection(self._address.host, self._address.port)
        self._upstreams.add(upstream_writer)
        directions = [
            asyncio.ensure_future(_pass_on(reader, upstream_writer)),
            asyncio.ensure_future(_pass_on(upstream_reader, writer)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            if upstream_writer not in self._upstreams:  # lost: the client isn't informed
                await asyncio.Event().wait()
        finally:
            for direction in directions:
                direction.cancel()
            self._upstreams.discard(upstream_writer)
            upstream_writer.close()
            writer.close()


@asynccontextmanager
async def relaying(url: str) -> AsyncIterator[Relay]:
    relay = Relay(url)
    async with relay.serving():
        yield relay


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
