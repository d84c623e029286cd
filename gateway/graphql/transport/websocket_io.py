"""Messages of a WebSocket: received one JSON object at a time, sent with a bounded wait for the client."""

import asyncio

import orjson
from starlette.types import Message, Receive, Send

from gateway.graphql.execution.operation import JsonObject
from providers.domain.text import decode_json


class ConnectionClosed(Exception):
    """The connection ends, with a close code for the client; without one if the client has disconnected."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class ClientGone(Exception):
    """The client has disconnected, or has not read what it was sent in time."""


class WebSocketReceiver:
    """Receives messages of at most `max_bytes`. `heard` is True if one arrived since it was last set to False."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self.heard = False

    async def take(self) -> JsonObject:
        """Return the next message; its `type` is a string. Raise ConnectionClosed, with 4400 for a malformed one."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise ConnectionClosed
        self.heard = True
        return self._decoded(message)

    def _decoded(self, message: Message) -> JsonObject:
        text = message.get("text")
        if text is None:
            raise ConnectionClosed(4400, "Messages must be text")
        if len(text.encode()) > self._max_bytes:
            raise ConnectionClosed(4400, f"Messages must not exceed {self._max_bytes} bytes")
        try:
            decoded = decode_json(text)
        except orjson.JSONDecodeError:
            raise ConnectionClosed(4400, "Messages must be JSON") from None
        if not isinstance(decoded, dict) or not isinstance(decoded.get("type"), str):
            raise ConnectionClosed(4400, "Messages must be objects with a type")
        return decoded


class BoundedSender:
    """Sends messages to a client, over a WebSocket or as an event stream, one after the other.

    The server's `send` blocks when its buffer for the client is full (64 KiB with uvicorn). So unread messages don't
    pile up: their producer waits here, `seconds` at most.
    """

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._lock = asyncio.Lock()

    async def put(self, message: Message) -> None:
        """Raise ClientGone."""
        try:
            async with asyncio.timeout(self._seconds), self._lock:
                await self._send(message)
        except (TimeoutError, OSError):
            raise ClientGone from None
