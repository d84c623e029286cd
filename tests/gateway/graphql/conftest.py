"""A real server of the small schema, on a free port."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from websockets import Subprotocol
from websockets.asyncio.client import connect

from gateway.config import GraphqlLimits
from gateway.graphql.execution.document_cache import PersistedDocuments
from gateway.graphql.execution.engine import Engine
from gateway.graphql.transport.routes import graphql_routes
from gateway.web.envelope import ResponseEnvelope
from tests.gateway.graphql.schema import Context, Doorman, World, schema
from tests.testkit.plain_http import plain_http


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    port: int
    world: World
    engine: Engine[Context]
    stopping: asyncio.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def client(self) -> httpx.AsyncClient:
        return plain_http(base_url=f"http://127.0.0.1:{self.port}", timeout=10)

    def connect(self, subprotocol: str = "graphql-transport-ws", **options: object) -> connect:
        url = self.url.replace("http:", "ws:")
        return connect(url, subprotocols=[Subprotocol(subprotocol)], proxy=None, **options)  # type: ignore[arg-type]


@asynccontextmanager
async def serve(
    limits: GraphqlLimits | None = None, *, graphiql: bool = True, persisted: PersistedDocuments | None = None
) -> AsyncGenerator[Server, None]:
    world = World()
    doorman = Doorman(world)
    limits = limits or GraphqlLimits()
    engine = Engine(
        schema,
        format_error=doorman.format_error,
        extensions=doorman.extensions,
        limits=limits,
        persisted=persisted,
    )
    stopping = asyncio.Event()
    routes = graphql_routes("/graphql", engine, doorman, limits=limits, stopping=stopping, graphiql=graphiql)
    config = uvicorn.Config(
        Starlette(routes=routes, middleware=[Middleware(ResponseEnvelope)]), log_level="error", lifespan="off"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup([listener])
        try:
            yield Server(port=listener.getsockname()[1], world=world, engine=engine, stopping=stopping)
        finally:
            stopping.set()
            await server.shutdown([listener])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serve() as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client() as http:
        yield http
