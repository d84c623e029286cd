"""Middleware: trusted proxies, trusted hosts, CORS and compression."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.aio.admission import Admission, Refused
from gateway.config import Settings
from gateway.web.envelope import Compression

_PEER = "switchboard.peer"


class ForwardedAddresses:
    """Take the client's address and scheme from X-Forwarded-For and X-Forwarded-Proto of trusted proxies.

    Limits the concurrent requests of one forwarded address. Connections can't be limited there, since a proxy sends
    requests of many clients over one.
    """

    def __init__(self, app: ASGIApp, admission: Admission, proxies: Sequence[str]) -> None:
        self._app = app
        self._admission = admission
        self._proxied = ProxyHeadersMiddleware(self._admit, trusted_hosts=list(proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_PEER] = scope.get("client")
        await self._proxied(scope, receive, send)  # type: ignore[arg-type]

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["client"] == scope[_PEER]:
            return await self._app(scope, receive, send)
        try:
            with self._admission.forwarded(scope["client"][0]):
                return await self._app(scope, receive, send)
        except Refused as refused:
            return await Response(refused.body, refused.status, refused.headers)(scope, receive, send)


def middleware(settings: Settings, admission: Admission) -> list[Middleware]:
    """Return the middleware, from the outermost to the innermost."""
    server = settings.server
    cors = Middleware(
        CORSMiddleware,
        allow_origins=server.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "cache-control", "content-type", "x-request-id"],
        expose_headers=["x-request-id"],
    )
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings))
    return [*_forwarded(settings, admission), hosts, cors, Middleware(Compression)]


def _forwarded(settings: Settings, admission: Admission) -> list[Middleware]:
    proxies = [str(each) for each in settings.server.trusted_proxies]
    return [Middleware(ForwardedAddresses, admission=admission, proxies=proxies)] if proxies else []


def _hosts(settings: Settings) -> list[str]:
    """Return the values of Host that are accepted: an open gateway refuses others, against DNS rebinding."""
    if not settings.auth.is_open:
        return ["*"]
    return [
        "localhost",
        "127.0.0.1",
        "[::1]",
        settings.server.host,
        urlsplit(settings.server.public_url).hostname or "",
    ]
