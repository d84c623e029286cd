"""Routes of the GraphQL endpoint."""

import asyncio
from collections.abc import Collection
from typing import TypeVar

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine
from gateway.graphql.transport.graphiql import GraphiqlPage
from gateway.graphql.transport.http import HttpEndpoint
from gateway.graphql.transport.quotas import Quota
from gateway.graphql.transport.request import Origins
from gateway.graphql.transport.session import Authenticate
from gateway.graphql.transport.websocket import WebSocketEndpoint
from gateway.observability.instrumentation import NoInstrumentation, WebSocketInstrumentation

C = TypeVar("C")


def graphql_routes(
    path: str,
    engine: Engine[C],
    authenticate: Authenticate[C],
    *,
    limits: GraphqlLimits,
    stopping: asyncio.Event,
    allowed_origins: Collection[str] = (),
    graphiql: bool = True,
    instrumentation: WebSocketInstrumentation | None = None,
) -> list[BaseRoute]:
    """Return routes for HTTP, server-sent events and graphql-transport-ws at one path.

    `allowed_origins` are those that CORS allows. Event streams end when `stopping` is set.
    """
    origins = Origins(allowed_origins)
    page = GraphiqlPage() if graphiql else None
    # One quota for both transports: a viewer can't open twice as many by using both.
    subscriptions = Quota(limits.subscriptions)
    http = HttpEndpoint(
        engine, authenticate, limits=limits, origins=origins, page=page, stopping=stopping, subscriptions=subscriptions
    )
    websocket = WebSocketEndpoint(
        engine,
        authenticate,
        limits=limits,
        origins=origins,
        subscriptions=subscriptions,
        instrumentation=instrumentation or NoInstrumentation(),
    )
    return [Route(path, http), WebSocketRoute(path, websocket)]
