"""GraphQL over WebSocket: the handshake of graphql-transport-ws."""

from typing import Generic, TypeVar

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gateway.http.connection import Connection
from gateway.http.executor import Executor
from gateway.http.inbox import Inbox
from gateway.http.limits import Limits
from gateway.http.origin import Origins
from gateway.http.outlet import Outlet
from gateway.http.seats import Seats
from gateway.http.session import Authenticate

C = TypeVar("C")

SUBPROTOCOL = "graphql-transport-ws"


class WebSocketEndpoint(Generic[C]):
    """An ASGI app for the WebSockets of one path. Pages of other origins are refused with 403."""

    def __init__(
        self,
        executor: Executor[C],
        authenticate: Authenticate[C],
        *,
        limits: Limits,
        origins: Origins,
        subscriptions: Seats,
    ) -> None:
        self._executor = executor
        self._authenticate = authenticate
        self._limits = limits
        self._origins = origins
        self._subscriptions = subscriptions
        self._connections = Seats(limits.connections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        request = HTTPConnection(scope)
        if not self._origins.admits(request):
            await send({"type": "websocket.close"})
        elif SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
        else:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            await self._connection(request, receive, send).serve()

    def _connection(self, request: HTTPConnection, receive: Receive, send: Send) -> Connection[C]:
        return Connection(
            self._executor,
            self._authenticate,
            limits=self._limits,
            connections=self._connections,
            subscriptions=self._subscriptions,
            request=request,
            inbox=Inbox(receive, self._limits.body),
            outlet=Outlet(send, self._limits.patience),
        )
