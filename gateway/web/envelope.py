"""The envelope of every request and response: request id, access log, trusted hosts, CORS, security headers, coding."""

import logging
import re
from secrets import token_hex
from time import perf_counter
from urllib.parse import quote

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from gateway.graphql.transport.negotiation import AcceptedCoding, negotiate_coding
from gateway.graphql.transport.request_head import RequestHead
from gateway.web.compression import GZIP_MIN_BYTES, GzipSender
from gateway.web.cors import Cors
from gateway.web.hosts import TrustedHosts

HEADER = b"x-request-id"

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

_log = structlog.stdlib.get_logger(__name__)


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


def _coding(head: RequestHead) -> AcceptedCoding:
    return negotiate_coding(head.get(b"accept-encoding"))


def _request_id(head: RequestHead) -> str:
    sent = head.get(HEADER) or ""
    return sent if _HARMLESS.fullmatch(sent) else token_hex(16)
