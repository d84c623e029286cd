"""What a server mounts to speak GraphQL."""

import asyncio
from collections.abc import Collection
from typing import TypeVar

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.graphql.execution.engine import Engine
from gateway.graphql.limits import Limits
from gateway.graphql.transport.graphiql import GraphiqlPage
from gateway.graphql.transport.http import HttpEndpoint
from gateway.graphql.transport.origins import Origins
from gateway.graphql.transport.quotas import Quota
from gateway.graphql.transport.session import Authenticate
from gateway.graphql.transport.websocket import WebSocketEndpoint

C = TypeVar("C")


def graphql_routes(
    path: str,
    executor: Engine[C],
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
    seats = Quota(limits.subscriptions)
    http = HttpEndpoint(
        executor, authenticate, limits=limits, origins=origins, page=page, stopping=stopping, subscriptions=seats
    )
    websocket = WebSocketEndpoint(executor, authenticate, limits=limits, origins=origins, subscriptions=seats)
    return [Route(path, http), WebSocketRoute(path, websocket)]
