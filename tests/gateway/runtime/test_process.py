"""A process whose database falls silent, as at the end of a shutdown."""

import asyncio
from base64 import b64encode
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.aio.shutdown import Shutdown
from gateway.config import load_settings
from gateway.mutations.viewer_mutations import ViewerMutations
from gateway.runtime.process import open_process
from gateway.storage import Visibility
from providers.domain.commands import ConnectAccount
from providers.domain.viewer import Viewer
from tests.gateway.storage.relay import relaying

KEY = b64encode(bytes(32)).decode()
SHUTDOWN_SECONDS = 0.5
STOP_SECONDS = SHUTDOWN_SECONDS + 2
"""Less than a connection may take to be made: what waits for the database has to be ended."""


@pytest.mark.parametrize("mutations", [1, 4])
async def test_a_process_stops_in_time_while_mutations_wait_for_a_silent_database(
    tmp_path: Path, postgresql_url: str, mutations: int
) -> None:
    shutdown = Shutdown(SHUTDOWN_SECONDS)
    path = tmp_path / "switchboard.toml"
    async with relaying(postgresql_url) as relay, AsyncExitStack() as stack:
        path.write_text(
            f'[store]\nurl = "{relay.url}"\nencryption_keys = ["{KEY}"]\n[providers.local]\nplugin = "local"'
        )
        process = await open_process(load_settings(path), stack, shutdown=shutdown)
        viewer = ViewerMutations(process.mutations, Viewer("ada", frozenset({"write"})), Visibility.of("ada"))
        await viewer.run(ConnectAccount(provider="local"))
        relay.fall_silent()
        running = [asyncio.create_task(viewer.run(ConnectAccount(provider="local"))) for _ in range(mutations)]
        await asyncio.sleep(0)
        shutdown.set()
        async with asyncio.timeout(STOP_SECONDS):
            await stack.aclose()
        await asyncio.wait(running)
