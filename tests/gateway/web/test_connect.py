"""The pages that a browser is sent over, where a proxy serves the gateway below a path of its own."""

from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.testkit.served import served

PROVIDER = """
    [providers.video]
    plugin = "medixcel"
    base_url = "https://services.example.com/connect"
    client_key = "a made-up client key"
"""


@pytest.mark.parametrize(
    ("public_url", "path", "is_secure"),
    [
        ("https://gateway.example.com", "/connect/video", True),
        ("https://example.com/gateway", "/gateway/connect/video", True),
        ("http://gateway.example.com:8080", "/connect/video", False),
    ],
)
async def test_the_cookie_is_sent_to_the_path_of_the_pages(
    tmp_path: Path, sqlite_url: str, public_url: str, path: str, is_secure: bool
) -> None:
    configuration = f'[server]\npublic_url = "{public_url}"\n[store]\nurl = "{sqlite_url}"\n{PROVIDER}'
    async with served(tmp_path, configuration) as gateway, gateway.client() as client:
        payload = await client.do("connectAccount", "authorizationUrl", provider="video", service="ZOOM")
        url = payload["authorizationUrl"]
        assert url.startswith(f"{public_url}/connect/video/start?ticket=")
        response = await client.http.get(f"/connect/video/start?{urlsplit(url).query}")

    (cookie,) = SimpleCookie(response.headers["set-cookie"]).values()
    assert cookie["path"] == path
    assert bool(cookie["secure"]) is is_secure
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
