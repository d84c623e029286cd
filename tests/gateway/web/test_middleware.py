from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.testkit.client import Client
from tests.testkit.served import Served, served

FORWARDED = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}
ELSEWHERE = "https://elsewhere.example.com"
OURS = "https://app.example.com"


@pytest.fixture
async def gateway(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Served]:
    configuration = f'[server]\ncors_origins = ["{OURS}"]\n[store]\nurl = "{sqlite_url}"'
    async with served(tmp_path, configuration) as running:
        yield running


@pytest.fixture
async def client(gateway: Served) -> AsyncIterator[Client]:
    async with gateway.client() as connected:
        yield connected


async def redirected(gateway: Served) -> str:
    """The URL to which a forwarded request is redirected."""
    async with gateway.client() as client:
        answer = await client.http.get("/graphql/", headers=FORWARDED)
    return answer.headers["location"]


@pytest.mark.parametrize("path", ["/graphql?query={viewer{userId}}", "/healthz", "/nowhere"])
async def test_no_answer_may_be_framed_sniffed_or_run(client: Client, path: str) -> None:
    headers = (await client.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_pages_own_policy_is_preserved(client: Client) -> None:
    page = await client.http.get("/graphql", headers={"accept": "text/html"})
    assert "script-src" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_forwarded_headers_of_untrusted_peers_are_ignored(gateway: Served) -> None:
    assert (await redirected(gateway)).startswith("http://")


async def test_a_configured_proxy_is_believed(tmp_path: Path, sqlite_url: str) -> None:
    configuration = f'[server]\ntrusted_proxies = ["127.0.0.0/8"]\n[store]\nurl = "{sqlite_url}"'
    async with served(tmp_path, configuration) as gateway:
        assert (await redirected(gateway)).startswith("https://")


async def test_another_proxy_than_the_configured_one_is_not(tmp_path: Path, sqlite_url: str) -> None:
    configuration = f'[server]\ntrusted_proxies = ["192.0.2.1"]\n[store]\nurl = "{sqlite_url}"'
    async with served(tmp_path, configuration) as gateway:
        assert (await redirected(gateway)).startswith("http://")


async def test_only_pages_of_configured_origins_may_send_requests_and_read_responses(client: Client) -> None:
    for origin, allowed in ((OURS, OURS), (ELSEWHERE, None)):
        asked = {"origin": origin, "access-control-request-method": "POST"}
        preflight = await client.http.options("/graphql", headers=asked)
        assert preflight.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in preflight.headers


SIMPLE = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
MUTATION = 'mutation { connectAccount(input: { provider: "local" }) { account { id } } }'


async def test_a_simple_request_of_a_page_executes_nothing(client: Client) -> None:
    body = f'{{"query": {httpx.Response(200, json=MUTATION).text}}}'
    for content_type in SIMPLE:
        posted = await client.http.post("/graphql", content=body, headers={"content-type": content_type})
        assert posted.status_code == 415
    for headers in ({"origin": ELSEWHERE}, {"sec-fetch-site": "cross-site"}):
        got = await client.http.get("/graphql", params={"query": "{ viewer { userId } }"}, headers=headers)
        assert got.status_code == 403
    assert (await client.http.get("/graphql", params={"query": MUTATION})).status_code == 405
    assert (await client.data("{ accounts { totalCount } }"))["accounts"]["totalCount"] == 0
