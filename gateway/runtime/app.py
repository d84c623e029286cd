"""The gateway as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from gateway.aio.admission import Admission
from gateway.aio.shutdown import Shutdown
from gateway.auth import Authenticator
from gateway.config import GraphqlLimits, Settings
from gateway.graphql.execution.engine import Engine
from gateway.graphql.transport.routes import graphql_routes
from gateway.graphql.transport.session import Authenticate, Session
from gateway.observability.metrics import Metrics
from gateway.observability.request_id import RequestIdMiddleware
from gateway.runtime.engine import build_engine, graphql_limits
from gateway.runtime.metrics_server import serving_metrics
from gateway.runtime.process import Now, Process, open_process, utc_now
from gateway.runtime.server import listen
from gateway.runtime.session import Operations
from gateway.web.connect import ConnectPages
from gateway.web.middleware import middleware
from gateway.web.probes import metrics_route, probe_routes
from providers.upstreams import ProviderViews
from resolvers.context import Context


class Gateway(Starlette):
    """Names every request, and answers with that name also where everything else has failed."""

    def build_middleware_stack(self) -> ASGIApp:
        return RequestIdMiddleware(super().build_middleware_stack())


def build_app(settings: Settings, now: Now = utc_now) -> Starlette:
    """The gateway: what it needs is opened at start-up and closed at shut-down.

    Start-up raises CannotListen if the port of the metrics is taken.
    `app.state.stopping` is a `Shutdown`: setting it ends the streams that would never end by themselves.
    `app.state.admission` is the `Admission` for the server's connections.
    """
    stopping = Shutdown()
    limits = graphql_limits(settings)
    admission = Admission(settings.connections.limits, settings.server.trusted_proxies)
    metrics = Metrics()
    metrics.watch_connections(admission)
    engine = build_engine(settings, limits, metrics)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as exit_stack:
            process = await open_process(settings, exit_stack, now, metrics, stopping)
            exit_stack.push_async_callback(stopping.wait_for, "mutations", engine.drain)
            authenticator = Authenticator(settings.auth, process.store, now)
            exit_stack.push_async_callback(authenticator.aclose)
            routes = _routes(process, engine, authenticator, limits, stopping)
            app.router.routes.extend([*routes, *probe_routes(process.store)])
            exposition = metrics_route(process.store, metrics, settings.server.metrics_token)
            if settings.has_public_metrics:
                app.router.routes.append(exposition)
            if settings.server.metrics_port is not None:
                listener = listen(settings.server.metrics_host, settings.server.metrics_port)
                await exit_stack.enter_async_context(serving_metrics(exposition, listener))
            yield
            stopping.set()

    app = Gateway(lifespan=lifespan, middleware=middleware(settings, admission))
    app.state.stopping = stopping
    app.state.admission = admission
    return app


def _routes(
    process: Process,
    engine: Engine[Context],
    authenticator: Authenticator,
    limits: GraphqlLimits,
    stopping: asyncio.Event,
) -> list[BaseRoute]:
    server = process.settings.server
    pages = ConnectPages(
        store=process.store,
        recorder=process.recorder,
        upstreams=process.upstreams,
        tickets=process.mutations.services.tickets,
        keeping=process.mutations.services.lifecycle,
        public_url=server.public_url,
    )
    providers = ProviderViews(process.upstreams)
    operations = Operations(process, providers)
    return [
        *graphql_routes(
            "/graphql",
            engine,
            _authenticate(operations, authenticator),
            limits=limits,
            stopping=stopping,
            allowed_origins=[*server.cors_origins, server.public_url],
            graphiql=bool(server.graphiql),
        ),
        *pages.routes(),
    ]


def _authenticate(operations: Operations, authenticator: Authenticator) -> Authenticate[Context]:
    is_open = operations.process.settings.auth.is_open

    async def authenticate(connection: HTTPConnection, params: Mapping[str, object] | None) -> Session[Context]:
        told = (params or {}).get("authorization")
        header = told if isinstance(told, str) else connection.headers.get("authorization")
        authenticated = await authenticator.authenticate(header)
        force = _wants_fresh(connection)
        return Session(
            context=lambda: operations.context(authenticated.viewer, force=force),
            viewer=None if is_open else authenticated.viewer.user_id,
            expires_at=authenticated.expires_at,
            is_good=partial(authenticator.is_still_valid, header),
        )

    return authenticate


def _wants_fresh(connection: HTTPConnection) -> bool:
    """Browsers send the header with every WebSocket that they open: there it is nobody's wish."""
    return connection.scope["type"] == "http" and "no-cache" in connection.headers.get("cache-control", "")
