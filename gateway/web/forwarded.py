"""Addresses of clients behind trusted proxies."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.aio.admission import Admission, Refused

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
