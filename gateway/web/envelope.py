"""The envelope of every request and response: request id, access log, trusted hosts, CORS, security headers, coding."""

import logging
import re
from collections.abc import Collection, Sequence
from secrets import token_hex
from time import perf_counter
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipResponder
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from gateway.graphql.transport.negotiation import AcceptedCoding, negotiate_coding
from gateway.graphql.transport.request import RequestHead

GZIP_MIN_BYTES = 1_000
GZIP_LEVEL = 6
"""Zlib's own default: level 9 takes twice the time, and saves a hundredth of the bytes of a response."""

HEADER = b"x-request-id"

_HOST = re.compile(r"([\w.~%-]+|\[[\w:.]+\])(:\d*)?", re.ASCII)
"""`uri-host [":" port]` of RFC 9110, 7.2."""

_HARMLESS = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_PROBES = ("/healthz", "/readyz", "/metrics")

_SECURITY_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""Forbid browsers to run, frame, sniff or leak a response, unless the response sets its own."""

_EXPOSED = (b"access-control-expose-headers", b"x-request-id")

_log = structlog.stdlib.get_logger(__name__)


class TrustedHosts:
    """Admits requests whose Host names one of `names`, with any port: others are DNS rebinding."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.lower() for name in names)

    def admits(self, host: str | None) -> bool:
        parsed = _HOST.fullmatch(host or "")
        return parsed is not None and parsed[1].lower() in self._names


class Cors:
    """Allows pages of `origins` to send requests without credentials, and to read the responses."""

    def __init__(self, origins: Collection[str]) -> None:
        self._fields = {origin: ((b"access-control-allow-origin", origin.encode()), _EXPOSED) for origin in origins}
        # Starlette answers preflights. Its middleware would also wrap every other request, those of programs included.
        self._preflights = CORSMiddleware(
            _unreachable,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "cache-control", "content-type", "last-event-id", "x-cost", "x-request-id"],
        )

    def preflight(self, head: RequestHead) -> ASGIApp | None:
        """Return the response to a preflight; None for other requests."""
        if head.method != "OPTIONS" or b"origin" not in head or b"access-control-request-method" not in head:
            return None
        return self._preflights.preflight_response(Headers(scope=head.scope))

    def fields(self, origin: str | None) -> Sequence[tuple[bytes, bytes]]:
        """Return the fields of a response to a page of `origin`."""
        return self._fields.get(origin, ()) if origin is not None else ()


class ResponseEnvelope:
    """The one layer around the application, for everything that doesn't depend on what is requested.

    * A request id: the client's `x-request-id` if it has at most 128 harmless characters, else a new one. Every log
      line of the request has it, and the response.
    * The log event `request_finished`, for probes at debug level.
    * Status 400 for a Host that is not one of `hosts`.
    * `cors`: answers to preflights, and the fields by which pages of other origins may read responses.
    * Security headers.
    * Gzip for clients that accept it, if the body has 1,000 bytes or the client accepts nothing else. Event streams are
      sent as they are, event by event. A request that accepts neither gzip nor identity gets 406 and is not executed.
    """

    def __init__(self, app: ASGIApp, *, hosts: TrustedHosts | None = None, cors: Cors | None = None) -> None:
        self._app = app
        self._hosts = hosts
        self._cors = cors
        self._vary = (b"Accept-Encoding",) if cors is None else (b"Accept-Encoding", b"Origin")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return await self._app(scope, receive, send)
        exchange = _Exchange(RequestHead(scope), send, self)
        # Not `bound_contextvars`, which collects all variables of the context before and after.
        bound = bind_contextvars(request_id=exchange.request_id)
        try:
            return await self._answering(exchange.head)(scope, receive, exchange.coded)
        finally:
            exchange.log()
            reset_contextvars(**bound)

    def _answering(self, head: RequestHead) -> ASGIApp:
        """Return the application, or the response to a request that it must not see."""
        if self._hosts is not None and not self._hosts.admits(head.get(b"host")):
            return PlainTextResponse("Invalid host header", 400)
        if head.is_websocket:
            return self._app
        preflight = None if self._cors is None else self._cors.preflight(head)
        if preflight is not None:
            return preflight
        coding = _coding(head)
        if not coding.gzip and not coding.identity:
            return PlainTextResponse("Accept-Encoding refuses gzip and identity; accept one of them.", 406)
        return self._app

    def add_fields(self, head: RequestHead, sent: list[tuple[bytes, bytes]]) -> None:
        """Add to the header of a response over HTTP: an application's own value of a field has precedence."""
        names = {name for name, _ in sent}
        varies = b",".join([value for name, value in sent if name == b"vary"]).lower()
        sent += [field for field in _SECURITY_HEADERS if field[0] not in names]
        sent += [(b"vary", name) for name in self._vary if name.lower() not in varies]
        if self._cors is not None:
            sent += [field for field in self._cors.fields(head.get(b"origin")) if field[0] not in names]


class _Exchange:
    """One request and the start of its response."""

    __slots__ = ("_envelope", "_send", "_started", "_status", "coded", "head", "request_id")

    def __init__(self, head: RequestHead, send: Send, envelope: ResponseEnvelope) -> None:
        self.head = head
        self.request_id = _request_id(head)
        self.coded: Send = self._coded()
        self._send = send
        self._envelope = envelope
        self._status: int | None = None
        self._started = perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] in _STARTS:
            self._status = message.get("status", 101)
            # A list of its own, since responses may share theirs.
            headers = [*message.get("headers", ()), (HEADER, self.request_id.encode())]
            if not self.head.is_websocket:
                self._envelope.add_fields(self.head, headers)
            message["headers"] = headers
        await self._send(message)

    def log(self) -> None:
        path = self.head.scope["path"]
        level = logging.DEBUG if path in _PROBES else logging.INFO
        if not _log.is_enabled_for(level):
            return
        _log.log(
            level,
            "request_finished",
            method="WEBSOCKET" if self.head.is_websocket else self.head.method,
            path=quote(path),
            status=self._status,
            milliseconds=round((perf_counter() - self._started) * 1000, 1),
        )

    def _coded(self) -> Send:
        """Return `send`, with gzip if the client accepts it."""
        if self.head.is_websocket:
            return self.send
        coding = _coding(self.head)
        return GzipSender(self.send, GZIP_MIN_BYTES if coding.identity else 1).send if coding.gzip else self.send


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


def _coding(head: RequestHead) -> AcceptedCoding:
    return negotiate_coding(head.get(b"accept-encoding"))


def _request_id(head: RequestHead) -> str:
    sent = head.get(HEADER) or ""
    return sent if _HARMLESS.fullmatch(sent) else token_hex(16)


async def _unreachable(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("The parts of Starlette's middleware that are used here run no application.")
