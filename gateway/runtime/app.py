"""The gateway as an ASGI application."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.aio.admission import Admission
from gateway.aio.background import start_services
from gateway.aio.shutdown import Drain, Shutdown
from gateway.auth import Authenticator
from gateway.config import Settings
from gateway.graphql.transport.routes import graphql_routes
from gateway.observability.metrics import Metrics
from gateway.runtime.clock import Now, utc_now
from gateway.runtime.engine import build_engine, graphql_limits
from gateway.runtime.listener import listen
from gateway.runtime.metrics_server import MetricsServer
from gateway.runtime.operation_context import Operations
from gateway.runtime.process import Process, open_process
from gateway.runtime.session import LimitedUsers, Sessions
from gateway.web.connect import ConnectPages
from gateway.web.envelope import Cors, ResponseEnvelope, TrustedHosts
from gateway.web.forwarded import ForwardedAddresses
from gateway.web.probes import metrics_route, probe_routes
from providers.upstreams import ProviderViews


class Gateway(Starlette):
    """The application. Its lifespan opens what it needs and closes that again.

    Start-up raises what `open_process` raises, and CannotListen if the port of the metrics is taken.
    `state.stopping` is a `Shutdown`: setting it ends the streams that would never end by themselves.
    `state.admission` is the `Admission` for the server's connections.
    """

    def __init__(self, settings: Settings, now: Now) -> None:
        self._settings = settings
        self._now = now
        self._shutdown = Shutdown()
        self._metrics = Metrics()
        self._limits = graphql_limits(settings)
        self._users = LimitedUsers(is_shared=not settings.auth.is_open)
        self._engine = build_engine(settings, self._limits, self._users, self._metrics)
        admission = Admission(settings.connections.limits, settings.server.trusted_proxies)
        self._metrics.watch_connections(admission)
        super().__init__(lifespan=Gateway._lifespan)
        self.state.stopping = self._shutdown
        self.state.admission = admission

    def build_middleware_stack(self) -> ASGIApp:
        server = self._settings.server
        app: ASGIApp = _ByPath(self.router.routes, super().build_middleware_stack())
        if server.trusted_proxies:
            app = ForwardedAddresses(app, self.state.admission, [str(each) for each in server.trusted_proxies])
        # Outside of Starlette's own error handling, so that an answer 500 has its envelope as well.
        return ResponseEnvelope(app, hosts=_trusted_hosts(self._settings), cors=Cors(server.cors_origins))

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as exit_stack:
            process = await open_process(self._settings, exit_stack, self._now, self._metrics, self._shutdown)
            await start_services([Drain(self._shutdown, "mutations", self._engine.drain)], exit_stack)
            authenticator = Authenticator(self._settings.auth, process.store, self._now)
            exit_stack.push_async_callback(authenticator.aclose)
            self.router.routes.extend(
                [
                    *self._graphql_routes(process, authenticator),
                    *_connect_pages(process).routes(),
                    *probe_routes(process.store),
                ]
            )
            await self._serve_metrics(process, exit_stack)
            yield
            self._shutdown.set()

    def _graphql_routes(self, process: Process, authenticator: Authenticator) -> list[BaseRoute]:
        server = self._settings.server
        operations = Operations(process, ProviderViews(process.upstreams))
        return graphql_routes(
            "/graphql",
            self._engine,
            Sessions(operations, authenticator, self._users).open,
            limits=self._limits,
            stopping=self._shutdown,
            allowed_origins=[*server.cors_origins, server.public_url],
            graphiql=bool(server.graphiql),
            instrumentation=self._metrics,
        )

    async def _serve_metrics(self, process: Process, exit_stack: AsyncExitStack) -> None:
        server = self._settings.server
        exposition = metrics_route(process.store, self._metrics, server.metrics_token)
        if self._settings.has_public_metrics:
            self.router.routes.append(exposition)
        if server.metrics_port is not None:
            listener = listen(server.metrics_host, server.metrics_port)
            await start_services([MetricsServer(exposition, listener)], exit_stack)


class _ByPath:
    """Calls the ASGI app that is routed to a path and takes every method; what has none is left to `otherwise`.

    That is the GraphQL endpoint: a dictionary finds it sooner than Starlette's router, which tries its routes in turn.
    """

    def __init__(self, routes: Sequence[BaseRoute], otherwise: ASGIApp) -> None:
        self._apps: dict[tuple[str, str], ASGIApp] = {}
        for route in routes:
            if isinstance(route, WebSocketRoute):
                self._apps["websocket", route.path] = route.app
            elif isinstance(route, Route) and route.methods is None:
                self._apps["http", route.path] = route.app
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._apps.get((scope["type"], scope.get("path", "")), self._otherwise)
        await app(scope, receive, send)


def build_app(settings: Settings, now: Now = utc_now) -> Gateway:
    return Gateway(settings, now)


def _connect_pages(process: Process) -> ConnectPages:
    return ConnectPages(
        store=process.store,
        recorder=process.recorder,
        upstreams=process.upstreams,
        tickets=process.mutations.services.tickets,
        lifecycle=process.mutations.services.lifecycle,
        public_url=process.settings.server.public_url,
    )


def _trusted_hosts(settings: Settings) -> TrustedHosts | None:
    """Return the hosts that an open gateway answers to: this machine's names. One with authentication has no limit."""
    if not settings.auth.is_open:
        return None
    server = settings.server
    public = urlsplit(server.public_url).hostname or ""
    return TrustedHosts(["localhost", "127.0.0.1", "[::1]", *map(_bracketed, [server.host, public])])


def _bracketed(host: str) -> str:
    """Return a host as URLs have it: an IPv6 address in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host
