"""Content coding of responses: gzip, as RFC 9110 has it negotiated."""

from starlette.middleware.gzip import GZipResponder
from starlette.types import Message, Receive, Scope, Send

GZIP_MIN_BYTES = 1_000
GZIP_LEVEL = 6
"""Zlib's own default: level 9 takes twice the time, and saves a hundredth of the bytes of a response."""


class GzipSender:
    """Sends one response: with gzip if its body has `min_bytes`, as it is if it is smaller or an event stream."""

    __slots__ = ("_compressed", "_min_bytes", "_send", "_start")

    def __init__(self, send: Send, min_bytes: int) -> None:
        self._send = send
        self._min_bytes = min_bytes
        self._start: Message | None = None
        self._compressed: GZipResponder | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message  # its headers depend on the body
        elif self._compressed is not None:
            await self._compressed.send_with_compression(message)
        elif self._start is not None:
            start, self._start = self._start, None
            await self._send_first(start, message)
        else:
            await self._send(message)

    async def _send_first(self, start: Message, body: Message) -> None:
        if len(body.get("body", b"")) < self._min_bytes and not body.get("more_body", False):
            await self._send(start)
            await self._send(body)
            return
        self._compressed = GZipResponder(_unreachable, self._min_bytes, GZIP_LEVEL)
        self._compressed.send = self._send
        # The responder changes the list of headers, which responses may share.
        await self._compressed.send_with_compression({**start, "headers": list(start.get("headers", ()))})
        await self._compressed.send_with_compression(body)


async def _unreachable(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("The responder is given messages, and runs no application.")
