"""The envelope of every response: its request id, which every log line has too, security headers and content coding."""

import re
from time import perf_counter
from urllib.parse import quote
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.graphql.transport.negotiation import negotiate_coding

HEADER = "x-request-id"
GZIP_MIN_BYTES = 1_000

_CODING = "Accept-Encoding"

_HARMLESS = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_PROBES = ("/healthz", "/readyz", "/metrics")

_SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Forbid browsers to run, frame, sniff or leak a response, unless the response sets its own."""

_log = structlog.stdlib.get_logger(__name__)


class ResponseEnvelope:
    """Take the client's `x-request-id` if it has at most 128 harmless characters, else make one; log every request.

    The event is `request_finished`, for probes at debug level. Responses of HTTP get security headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            try:
                await self._app(scope, receive, exchange.send)
            finally:
                exchange.log()


class _Exchange:
    """One request and the status of its response."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id = _request_id(scope)
        self._scope = scope
        self._send = send
        self._status: int | None = None
        self._started = perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] in _STARTS:
            self._status = message.get("status", 101)
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self.request_id
            for name, value in _SECURITY_HEADERS.items() if self._scope["type"] == "http" else ():
                headers.setdefault(name, value)
        await self._send(message)

    def log(self) -> None:
        path = self._scope["path"]
        log = _log.debug if path in _PROBES else _log.info
        log(
            "request_finished",
            method=self._scope.get("method", "WEBSOCKET"),
            path=quote(path),
            status=self._status,
            milliseconds=round((perf_counter() - self._started) * 1000, 1),
        )


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get(HEADER, "")
    return sent if _HARMLESS.fullmatch(sent) else uuid4().hex


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
