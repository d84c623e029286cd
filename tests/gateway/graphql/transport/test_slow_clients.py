"""Clients that do not read: raw sockets whose receive buffers fill up."""

import asyncio
import base64
import os
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
import pytest

from gateway.config import GraphqlLimits
from tests.gateway.graphql.conftest import Server, serve

EVENT = 10_000
FLOOD = {"query": f"subscription {{ flood(size: {EVENT}) }}"}


@pytest.fixture
async def impatient() -> AsyncIterator[Server]:
    async with serve(GraphqlLimits(send_seconds=0.3)) as server:
        yield server


async def opened(server: Server) -> socket.socket:
    """Return a socket with a small receive buffer."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.setblocking(False)
    await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", server.port))
    return reader


async def say(reader: socket.socket, *lines: str, body: bytes = b"") -> None:
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    await asyncio.get_running_loop().sock_sendall(reader, head.encode() + body)


def frame(message: object) -> bytes:
    """A masked text frame of RFC 6455 5.2, with a mask of zeros."""
    text = orjson.dumps(message)
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


async def websocket(server: Server) -> socket.socket:
    reader = await opened(server)
    key = base64.b64encode(os.urandom(16)).decode()
    await say(
        reader,
        "GET /graphql HTTP/1.1",
        "Host: gateway",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
    )
    loop = asyncio.get_running_loop()
    await loop.sock_recv(reader, 4096)  # 101 Switching Protocols
    await loop.sock_sendall(reader, frame({"type": "connection_init"}))
    await loop.sock_sendall(reader, frame({"id": "1", "type": "subscribe", "payload": FLOOD}))
    return reader


async def event_stream(server: Server) -> socket.socket:
    reader = await opened(server)
    body = orjson.dumps(FLOOD)
    await say(
        reader,
        "POST /graphql HTTP/1.1",
        "Host: gateway",
        "Content-Type: application/json",
        "Accept: text/event-stream",
        f"Content-Length: {len(body)}",
        body=body,
    )
    return reader


@pytest.mark.parametrize("subscribed", [websocket, event_stream])
async def test_a_client_that_stops_reading_is_disconnected_and_events_do_not_pile_up(
    impatient: Server, subscribed: Callable[[Server], Awaitable[socket.socket]]
) -> None:
    """The events never end: as many are produced as the buffers of the sockets take."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with await subscribed(impatient) as reader:
        await impatient.world.until_subscriptions(1)
        await impatient.world.until_subscriptions(0)
        await until_disconnected(reader)

    assert impatient.world.produced * EVENT < 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000  # KiB


async def test_a_client_that_reads_slowly_stays_connected(impatient: Server) -> None:
    """Each of its pauses is shorter than `send_seconds`, all of them together are longer."""
    with await event_stream(impatient) as reader:
        for _ in range(8):
            await asyncio.sleep(0.1)
            await read(reader, 200_000)
        assert impatient.world.open_subscriptions == 1
    assert impatient.world.produced * EVENT > 8 * 200_000


async def read(reader: socket.socket, size: int) -> None:
    while size > 0:
        size -= len(await asyncio.get_running_loop().sock_recv(reader, size))


async def until_disconnected(reader: socket.socket) -> None:
    async with asyncio.timeout(5):
        while await asyncio.get_running_loop().sock_recv(reader, 1_000_000):
            pass
