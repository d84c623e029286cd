"""What stands between the network and the routes: who is in front, what hosts there are, what browsers may do."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.aio.admission import Admission, Refused
from gateway.config import Settings
from gateway.web.compression import Compression

_PEER = "switchboard.peer"
_SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class SecurityHeaders:
    """Lets browsers run, frame, sniff and give away nothing of an answer, but what its own headers say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class ForwardedAddresses:
    """Takes the client's address and scheme from X-Forwarded-For and -Proto of trusted proxies, and limits how much one
    forwarded address may have under way at once.

    What a proxy sends is admitted by request, since its connections carry requests of many clients.
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
    """From the outside to the inside."""
    server = settings.server
    cors = Middleware(
        CORSMiddleware,
        allow_origins=server.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "cache-control", "content-type", "x-request-id"],
        expose_headers=["x-request-id"],
    )
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings))
    return [*_forwarded(settings, admission), Middleware(SecurityHeaders), hosts, cors, Middleware(Compression)]


def _forwarded(settings: Settings, admission: Admission) -> list[Middleware]:
    proxies = [str(each) for each in settings.server.trusted_proxies]
    return [Middleware(ForwardedAddresses, admission=admission, proxies=proxies)] if proxies else []


def _hosts(settings: Settings) -> list[str]:
    """An open gateway is for this machine: a page elsewhere whose name is made to lead here is not let in."""
    if not settings.auth.is_open:
        return ["*"]
    return [
        "localhost",
        "127.0.0.1",
        "[::1]",
        settings.server.host,
        urlsplit(settings.server.public_url).hostname or "",
    ]
