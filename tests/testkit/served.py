"""A gateway that is served inside of the test's own event loop, to real clients, with a clock that a test moves."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from structlog.testing import capture_logs

from gateway.config import load_settings
from gateway.runtime.app import build_app
from tests.secret import assert_untold
from tests.testkit.client import Client
from tests.testkit.clock import Clock

_GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    clock: Clock
    stopping: asyncio.Event
    log: list[MutableMapping[str, Any]]

    def client(self, token: str | None = None) -> Client:
        return Client(self.url, token)


@asynccontextmanager
async def served(
    folder: Path, configuration: str = "", *, clock: Clock | None = None, now: Callable[[], datetime] | None = None
) -> AsyncIterator[Served]:
    """A gateway configured in TOML, as long as the context lasts; `now` replaces `clock`.

    At the end no secret that a client used may be in its log and its databases.
    """
    clock = clock or Clock()
    path = folder / "switchboard.toml"
    path.write_text(configuration)
    with capture_logs() as log, socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        app = build_app(load_settings(path).at_port(port), now or clock)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            ws="websockets-sansio",
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        async with app.router.lifespan_context(app):
            await server.startup([listener])
            try:
                yield Served(f"http://127.0.0.1:{port}", clock, app.state.stopping, log)
            finally:
                app.state.stopping.set()
                await server.shutdown([listener])
    assert_untold(folder, str(log))
