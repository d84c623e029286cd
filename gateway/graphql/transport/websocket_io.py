"""What comes in over a WebSocket, one JSON object at a time."""

import orjson
from starlette.types import Message, Receive

from gateway.graphql.execution.operation import JsonObject
from providers.domain.json_decoding import decode_json


class ConnectionClosed(Exception):
    """A connection ends: with a close code for the client, or without one where there is nobody left to tell."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class WebSocketReceiver:
    """`heard` says whether anything came since somebody last set it to False."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self.heard = False

    async def take(self) -> JsonObject:
        """The next message; its `type` is a string. Raises ConnectionClosed: 4400 for what is no message."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise ConnectionClosed
        self.heard = True
        return self._decoded(message)

    def _decoded(self, message: Message) -> JsonObject:
        text = message.get("text")
        if text is None:
            raise ConnectionClosed(4400, "Messages have to be text")
        if len(text.encode()) > self._limit:
            raise ConnectionClosed(4400, f"A message may have {self._limit} bytes")
        try:
            decoded = decode_json(text)
        except orjson.JSONDecodeError:
            raise ConnectionClosed(4400, "Messages have to be JSON") from None
        if not isinstance(decoded, dict) or not isinstance(decoded.get("type"), str):
            raise ConnectionClosed(4400, "Messages have to be objects with a type")
        return decoded
