"""Server-sent events: graphql-sse in its distinct connections mode."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

import orjson
from starlette.types import Message, Receive, Scope, Send

from gateway.aio.tasks import race
from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import OperationFailed
from gateway.graphql.transport.session import always
from gateway.graphql.transport.websocket_io import BoundedSender, ClientGone

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
HEARTBEAT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


def _no_id() -> None:
    """Return None: the results have no ids."""


class EventStream:
    """An ASGI response of results as events.

    It ends with the results, when its client disconnects, after `seconds`, at a heartbeat when `is_good` returns False,
    or when the server is `stopping`. Only the first sends `complete`: after the others a client is to reconnect.
    `event_id` returns the id of the last result, which a client that reconnects sends as `Last-Event-ID`.
    """

    def __init__(
        self,
        results: AsyncGenerator[bytes, None],
        *,
        limits: GraphqlLimits,
        stopping: asyncio.Event,
        seconds: float | None = None,
        is_good: Callable[[], Awaitable[bool]] = always,
        event_id: Callable[[], str | None] = _no_id,
    ) -> None:
        self._results = results
        self._limits = limits
        self._seconds = seconds
        self._is_good = is_good
        self._stopping = stopping
        self._event_id = event_id

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        sender = BoundedSender(send, self._limits.send_seconds)
        async with aclosing(self._results):
            with suppress(ClientGone):  # the server closes a connection whose response was not finished
                await sender.put({"type": "http.response.start", "status": 200, "headers": HEADERS})
                await self._stream(receive, sender)
                await sender.put({"type": "http.response.body", "body": b""})

    async def _stream(self, receive: Receive, sender: BoundedSender) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await race(
                    self._send_results(sender),
                    self._send_heartbeats(sender),
                    _disconnected(receive),
                    self._stopping.wait(),
                )
        except TimeoutError:
            return

    async def _send_results(self, sender: BoundedSender) -> None:
        try:
            async for result in self._results:
                await sender.put(_chunk(_next(result, self._event_id())))
        except OperationFailed as failed:
            await sender.put(_chunk(_next(orjson.dumps({"errors": failed.errors}))))
        await sender.put(_chunk(COMPLETE))

    async def _send_heartbeats(self, sender: BoundedSender) -> None:
        while await self._is_good():
            await sender.put(_chunk(HEARTBEAT))
            await asyncio.sleep(self._limits.heartbeat_seconds)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _next(result: bytes, id: str | None = None) -> bytes:
    head = b"" if id is None else b"id: " + id.encode() + b"\n"
    return b"event: next\n" + head + b"data: " + result + b"\n\n"


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}
