"""GraphQL over WebSocket: the handshake of graphql-transport-ws."""

from typing import Generic, TypeVar

from starlette.types import Receive, Scope, Send

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine
from gateway.graphql.transport.quotas import Quota
from gateway.graphql.transport.request import Origins, RequestHead
from gateway.graphql.transport.session import Authenticate
from gateway.graphql.transport.websocket_io import BoundedSender, WebSocketReceiver
from gateway.graphql.transport.websocket_session import WebSocketSession
from gateway.observability.instrumentation import WebSocketInstrumentation

C = TypeVar("C")

SUBPROTOCOL = "graphql-transport-ws"


class WebSocketEndpoint(Generic[C]):
    """An ASGI app for the WebSockets of one path. A page of another origin is refused with 403."""

    def __init__(
        self,
        engine: Engine[C],
        authenticate: Authenticate[C],
        *,
        limits: GraphqlLimits,
        origins: Origins,
        subscriptions: Quota,
        instrumentation: WebSocketInstrumentation,
    ) -> None:
        self._engine = engine
        self._authenticate = authenticate
        self._limits = limits
        self._origins = origins
        self._subscriptions = subscriptions
        self._instrumentation = instrumentation
        self._connections = Quota(limits.connections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        head = RequestHead(scope)
        if not self._origins.admits(head):
            await send({"type": "websocket.close"})
        elif SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
            self._instrumentation.websocket_closed(4406)
        else:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            code = await self._session(head, receive, send).serve()
            if code is not None:
                self._instrumentation.websocket_closed(code)

    def _session(self, head: RequestHead, receive: Receive, send: Send) -> WebSocketSession[C]:
        return WebSocketSession(
            self._engine,
            self._authenticate,
            limits=self._limits,
            connections=self._connections,
            subscriptions=self._subscriptions,
            head=head,
            receiver=WebSocketReceiver(receive, self._limits.body),
            sender=BoundedSender(send, self._limits.send_seconds),
        )
