"""Request ids: in every line that is logged for a request, and in its response as `x-request-id`."""

import re
from time import perf_counter
from urllib.parse import quote
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"

_HARMLESS = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_PROBES = ("/healthz", "/readyz", "/metrics")

_log = structlog.stdlib.get_logger(__name__)


class RequestIdMiddleware:
    """Take the client's `x-request-id` if it has at most 128 harmless characters, else make one; log every request.

    The event is `request_finished`, for probes at debug level.
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
            MutableHeaders(scope=message)[HEADER] = self.request_id
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
