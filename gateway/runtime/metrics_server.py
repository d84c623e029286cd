"""A port for the metrics alone, which an operator can close to clients."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

_GRACE_SECONDS = 1


@asynccontextmanager
async def serving_metrics(exposition: Route, listener: socket.socket) -> AsyncIterator[None]:
    """Serve the route, and nothing else, on `listener`, which is closed in the end.

    `Server.serve` would take the signals from the server of the gateway, so start-up and shut-down are called here.
    """
    config = uvicorn.Config(
        Starlette(routes=[exposition]),
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    with listener:
        await server.startup([listener])
        try:
            yield
        finally:
            await server.shutdown([listener])
