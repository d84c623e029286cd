"""A server for the metrics alone, on a port that an operator can close to clients."""

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

_GRACE_SECONDS = 1


class MetricsServer:
    """A background service that serves one route on `listener`, which `stop` closes."""

    def __init__(self, exposition: Route, listener: socket.socket) -> None:
        self._listener = listener
        self._config = uvicorn.Config(
            Starlette(routes=[exposition]),
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self._server = uvicorn.Server(self._config)

    async def start(self) -> None:
        # `Server.serve` would also take the signals, which belong to the gateway's own server.
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        try:
            await self._server.startup([self._listener])
        except BaseException:
            self._listener.close()
            raise

    async def stop(self) -> None:
        with self._listener:
            await self._server.shutdown([self._listener])
