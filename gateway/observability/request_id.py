"""A name for each request: in every line that is logged on its behalf, and in its answer as `x-request-id`."""

import re
from time import perf_counter
from urllib.parse import quote
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"

_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_PROBES = ("/healthz", "/readyz", "/metrics")

_log = structlog.stdlib.get_logger(__name__)


class RequestIdMiddleware:
    """Takes the client's `x-request-id` where it is short and harmless, else makes one; logs a line for each request.

    Probes are logged at debug level only.
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
    """One request and what became of it."""

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
        tell = _log.debug if path in _PROBES else _log.info
        tell(
            "request",
            method=self._scope.get("method", "WEBSOCKET"),
            path=quote(path),
            status=self._status,
            milliseconds=round((perf_counter() - self._started) * 1000, 1),
        )


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get(HEADER, "")
    return sent if _SANE.fullmatch(sent) else uuid4().hex
