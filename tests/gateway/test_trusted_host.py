"""Names by which a page elsewhere may try to reach a gateway that is for this machine alone (DNS rebinding)."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets import Subprotocol
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.config import ConfigurationError, load_settings
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served, served
from tests.testkit.token import REQUIRED, token_of

PROTOCOL = Subprotocol("graphql-transport-ws")
QUERY = {"query": "{ viewer { userId } }"}


async def status(gateway: Served, host: str, path: str = "/graphql", token: str = "") -> int:
    headers = {"host": host, **({"authorization": f"Bearer {token}"} if token else {})}
    async with plain_http() as client:
        return (await client.post(f"{gateway.url}{path}", json=QUERY, headers=headers)).status_code


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"])
async def test_an_open_gateway_answers_to_the_names_of_this_machine(gateway: Served, host: str) -> None:
    assert await status(gateway, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example.com",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "0.0.0.0",
        "[::]",
        "[::2]",
        "",
        "a@localhost",
    ],
)
async def test_an_open_gateway_answers_to_no_other_name(gateway: Served, host: str) -> None:
    assert await status(gateway, host) == 400
    assert await status(gateway, host, "/healthz") == 400


async def test_an_open_gateway_speaks_with_no_other_name_over_a_websocket(gateway: Served) -> None:
    port = urlsplit(gateway.url).port
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://rebound.example.com:{port}/graphql", host="127.0.0.1", subprotocols=[PROTOCOL], proxy=None)
    assert refused.value.response.status_code in {400, 403}


async def test_a_gateway_that_requires_tokens_accepts_any_host_name(tmp_path: Path, sqlite_url: str) -> None:
    configuration = f'{REQUIRED}\n[store]\nurl = "{sqlite_url}"\n[providers.local]\npath = "{tmp_path}/local.db"'
    async with served(tmp_path, configuration) as gateway:
        assert await status(gateway, "gateway.example.com", token=token_of("ada")) == 200
        assert await status(gateway, "gateway.example.com") == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_an_open_gateway_may_listen_on_loopback(tmp_path: Path, host: str) -> None:
    path = tmp_path / "switchboard.toml"
    path.write_text(f'[server]\nhost = "{host}"')
    assert load_settings(path).server.host == host


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "192.0.2.1",
        "2001:db8::1",
        "::ffff:192.0.2.1",
        "localhost.example.com",
        "127.1",
        "example.com",
        "0",
    ],
)
def test_an_open_gateway_may_listen_nowhere_else(tmp_path: Path, host: str) -> None:
    path = tmp_path / "switchboard.toml"
    path.write_text(f'[server]\nhost = "{host}"')
    with pytest.raises(ConfigurationError, match=r'auth\.mode: expected "required" because server\.host'):
        load_settings(path)
