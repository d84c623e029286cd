"""Results as server-sent events: graphql-sse in its distinct connections mode."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

import orjson
from starlette.types import Message, Receive, Scope, Send

from gateway.aio.tasks import race
from gateway.graphql.execution.engine import OperationFailed
from gateway.graphql.limits import Limits
from gateway.graphql.transport.outlet import BoundedSender, ClientGone
from gateway.graphql.transport.session import always

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
HEARTBEAT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream:
    """An ASGI response. It ends with the results, with its reader, after `seconds`, at a heartbeat when `is_good` no
    longer holds, or when the server is `stopping`.

    Only in the first case it says `complete`: after the others a client comes back.
    """

    def __init__(
        self,
        results: AsyncGenerator[bytes, None],
        *,
        limits: Limits,
        stopping: asyncio.Event,
        seconds: float | None = None,
        is_good: Callable[[], Awaitable[bool]] = always,
    ) -> None:
        self._results = results
        self._limits = limits
        self._seconds = seconds
        self._is_good = is_good
        self._stopping = stopping

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        outlet = BoundedSender(send, self._limits.patience)
        async with aclosing(self._results):
            with suppress(ClientGone):  # the server drops a connection whose response is left unfinished
                await outlet.put({"type": "http.response.start", "status": 200, "headers": HEADERS})
                await self._stream(receive, outlet)
                await outlet.put({"type": "http.response.body", "body": b""})

    async def _stream(self, receive: Receive, outlet: BoundedSender) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await race(self._tell(outlet), self._beat(outlet), _disconnect(receive), self._stopping.wait())
        except TimeoutError:
            return

    async def _tell(self, outlet: BoundedSender) -> None:
        try:
            async for result in self._results:
                await outlet.put(_chunk(_next(result)))
        except OperationFailed as failed:
            await outlet.put(_chunk(_next(orjson.dumps({"errors": failed.errors}))))
        await outlet.put(_chunk(COMPLETE))

    async def _beat(self, outlet: BoundedSender) -> None:
        while await self._is_good():
            await outlet.put(_chunk(HEARTBEAT))
            await asyncio.sleep(self._limits.heartbeat)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _next(result: bytes) -> bytes:
    return b"event: next\ndata: " + result + b"\n\n"


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}
