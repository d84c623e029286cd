"""What a server mounts to speak GraphQL."""

import asyncio
from collections.abc import Collection
from typing import TypeVar

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.http.endpoint import HttpEndpoint
from gateway.http.executor import Executor
from gateway.http.graphiql import GraphiqlPage
from gateway.http.limits import Limits
from gateway.http.origin import Origins
from gateway.http.seats import Seats
from gateway.http.session import Authenticate
from gateway.http.websocket import WebSocketEndpoint

C = TypeVar("C")


def graphql_routes(
    path: str,
    executor: Executor[C],
    authenticate: Authenticate[C],
    *,
    limits: Limits,
    stopping: asyncio.Event,
    allowed_origins: Collection[str] = (),
    graphiql: bool = True,
) -> list[BaseRoute]:
    """HTTP, server-sent events and graphql-transport-ws at one path.

    `allowed_origins` are those that CORS lets in. Event streams end when `stopping` is set.
    """
    origins = Origins(allowed_origins)
    page = GraphiqlPage() if graphiql else None
    seats = Seats(limits.subscriptions)
    http = HttpEndpoint(
        executor, authenticate, limits=limits, origins=origins, page=page, stopping=stopping, subscriptions=seats
    )
    websocket = WebSocketEndpoint(executor, authenticate, limits=limits, origins=origins, subscriptions=seats)
    return [Route(path, http), WebSocketRoute(path, websocket)]
