"""Content coding of responses: gzip or none, as the client accepts (RFC 9110 12.5.3)."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.graphql.transport.negotiation import negotiate_coding

GZIP_MIN_BYTES = 1_000
_CODING = "Accept-Encoding"


class Compression:
    """Compress responses of 1,000 bytes or more for clients that accept gzip; smaller ones if they accept nothing else.

    Event streams are sent as they are, event by event. A request that accepts neither gzip nor identity is answered
    with 406 and not executed. Every response says that it varies by Accept-Encoding.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = _Unshared(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_vary(MutableHeaders(raw=message["headers"]))
            await send(message)

        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        return await self._responder(Headers(scope=scope))(scope, receive, send_varying)

    def _responder(self, headers: Headers) -> ASGIApp:
        accepted = negotiate_coding(", ".join(headers.getlist(_CODING)) if _CODING in headers else None)
        if accepted.gzip:
            return GZipResponder(self._app, GZIP_MIN_BYTES if accepted.identity else 1)
        if accepted.identity:
            return self._app
        return PlainTextResponse(f"{_CODING} refuses gzip and identity; accept one of them.", 406)


class _Unshared:
    """Gives each response a list of headers of its own, so that compression changes nothing that responses share."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_unshared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(message.get("headers", ()))}
            await send(message)

        await self._app(scope, receive, send_unshared)


def _add_vary(headers: MutableHeaders) -> None:
    named = {name.strip().lower() for line in headers.getlist("vary") for name in line.split(",")}
    if _CODING.lower() not in named:
        headers.add_vary_header(_CODING)
