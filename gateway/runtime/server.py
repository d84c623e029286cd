"""HTTP server: serves an application from a socket until SIGTERM or SIGINT."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from gateway.aio.admission import Admission, Place
from gateway.aio.shutdown import GRACE_SECONDS
from gateway.runtime.acceptor import Acceptor
from gateway.runtime.protocols import GuardedHttp, GuardedWebSocket

_GRACE_SECONDS = int(GRACE_SECONDS) - 1
"""Time for requests. The last second is for work that outlives its request."""

_WEBSOCKET_MESSAGE_BYTES = 1024 * 1024


async def serve_until_stopped(
    app: Starlette,
    listener: socket.socket,
    stopping: asyncio.Event,
    ready: Callable[[], None],
    grace_seconds: int = _GRACE_SECONDS,
    *,
    admission: Admission,
) -> None:
    """Serve until SIGTERM or SIGINT; return when the requests in flight are done, after `grace_seconds` at most.

    `admission` limits the connections. `ready` is called when requests are answered, `stopping` is set when no more are
    accepted. Raise what the application's lifespan raises at its start.
    """
    config = uvicorn.Config(
        app,
        http=GuardedHttp,
        ws=GuardedWebSocket,
        ws_max_size=_WEBSOCKET_MESSAGE_BYTES,
        # Every connection would need 40 KB for it, and every message to many subscribers to be compressed for each.
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # graphql-transport-ws has heartbeats of its own
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=admission.limits.keep_alive_seconds,
        timeout_graceful_shutdown=grace_seconds,
    )
    async with app.router.lifespan_context(app):
        await _Server(config, listener, admission, stopping, ready).serve([])


class _Server(uvicorn.Server):
    """Uvicorn's server, with an `Acceptor` for its connections."""

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        admission: Admission,
        stopping: asyncio.Event,
        ready: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._acceptor = Acceptor(listener, admission, self._protocol)
        self._stopping = stopping
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._acceptor.open()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._acceptor.close()
        self._stopping.set()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # Uvicorn's own method raises the signal again at the end, and so exits with its number instead of 0.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    def _protocol(self, place: Place) -> GuardedHttp:
        return GuardedHttp(self.config, self.server_state, self.lifespan.state, place)
