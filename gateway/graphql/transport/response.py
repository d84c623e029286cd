"""Responses of the GraphQL endpoint that are complete before they are sent."""

from collections.abc import Mapping

from starlette.types import Receive, Scope, Send

from gateway.graphql.transport.negotiation import GRAPHQL_RESPONSE, JSON

_COMMON = ((b"cache-control", b"no-store"), (b"vary", b"Accept"))
_HEADERS = {
    media_type: ((b"content-type", f"{media_type}; charset=utf-8".encode()), *_COMMON)
    for media_type in (JSON, GRAPHQL_RESPONSE)
}
"""Built once: they are the same for nearly every response."""


class JsonResponse:
    """An ASGI response with a body of JSON. `media_type` is JSON or GRAPHQL_RESPONSE."""

    __slots__ = ("_body", "_headers", "_media_type", "_status")

    def __init__(
        self, body: bytes, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self._body = body
        self._media_type = media_type
        self._status = status
        self._headers = headers or {}

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [*_HEADERS[self._media_type], (b"content-length", b"%d" % len(self._body))]
        headers += [(name.lower().encode(), value.encode()) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})
