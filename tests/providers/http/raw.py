"""Upstreams that say what no server would say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import SocketStream


@asynccontextmanager
async def answering(*parts: bytes, pause: float = 0) -> AsyncIterator[str]:
    """An upstream that reads a request, sends these bytes with pauses between them, and hangs up."""

    async def handle(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            with anyio.move_on_after(20):
                await _send(stream, parts, pause)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        yield f"http://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()
    await listener.aclose()


async def _send(stream: SocketStream, parts: tuple[bytes, ...], pause: float) -> None:
    try:
        for part in parts:
            await stream.send(part)
            await anyio.sleep(pause)
    except anyio.BrokenResourceError:
        """The client has read enough."""
