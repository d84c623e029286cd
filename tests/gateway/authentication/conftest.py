import socket
from collections.abc import AsyncIterator

import pytest

from gateway.store import Cipher, Store
from tests.gateway.store.clock import Clock


@pytest.fixture
async def store(sqlite_url: str, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(sqlite_url, Cipher([bytes(32)]), clock)
    yield opened
    await opened.aclose()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
