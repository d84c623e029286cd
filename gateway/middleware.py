"""What stands between the network and the routes: who is in front, what hosts there are, what browsers may do."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.http.compression import Compression
from gateway.settings import Settings

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


def middleware(settings: Settings) -> list[Middleware]:
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
    return [*_proxies(settings), Middleware(SecurityHeaders), hosts, cors, Middleware(Compression)]


def _proxies(settings: Settings) -> list[Middleware]:
    """X-Forwarded-For and X-Forwarded-Proto are taken from these alone."""
    proxies = settings.server.trusted_proxies
    return [Middleware(ProxyHeadersMiddleware, trusted_hosts=[str(each) for each in proxies])] if proxies else []


def _hosts(settings: Settings) -> list[str]:
    """An open gateway is for this machine: a page elsewhere whose name is made to lead here is not let in."""
    if settings.auth.mode == "required":
        return ["*"]
    return [
        "localhost",
        "127.0.0.1",
        "[::1]",
        settings.server.host,
        urlsplit(settings.server.public_url).hostname or "",
    ]
