"""Metrics, parsed as Prometheus does."""

import socket
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from providers.domain.errors import Unavailable
from tests.secret import used
from tests.testkit.client import Client
from tests.testkit.paper import Paper
from tests.testkit.plain_http import plain_http
from tests.testkit.served import Served, served
from tests.testkit.server import run, serving
from tests.testkit.steps import connected
from tests.testkit.token import REQUIRED, token_of

Labels = dict[str, str]


async def samples(client: Client, name: str) -> list[tuple[Labels, float]]:
    answer = await client.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return [(each.labels, each.value) for family in families for each in family.samples if each.name == name]


async def value(client: Client, name: str, **labels: str) -> float:
    return next((value for found, value in await samples(client, name) if found == labels), 0.0)


async def operations(client: Client, kind: str, outcome: str) -> float:
    return await value(client, "switchboard_graphql_operation_duration_seconds_count", type=kind, outcome=outcome)


async def test_operations_are_counted_by_type_and_outcome(client: Client, paper: Paper) -> None:
    await connected(client)
    await client.data("{ viewer { userId } }")
    paper.failures["list_contacts"] = Unavailable("It is down.", provider="paper")
    await client.ask("{ contacts { totalCount } }")
    await client.ask("{ nothing }")
    await client.ask("query ($id: ID!) { node(id: $id) { id } }")
    assert await operations(client, "mutation", "ok") == 1
    assert await operations(client, "query", "ok") == 1
    assert await operations(client, "query", "errors") == 1
    assert await operations(client, "unknown", "refused") == 1
    assert await operations(client, "query", "refused") == 1


async def test_open_subscriptions_are_counted(client: Client) -> None:
    async with client.subscribed("subscription { accountChanged { id } }"):
        assert await value(client, "switchboard_subscriptions_open") == 1
    assert await value(client, "switchboard_graphql_operation_duration_seconds_count", type="query", outcome="ok") == 1


async def test_the_journal_and_the_feed_have_metrics(client: Client) -> None:
    await connected(client)
    await connected(client, "local")
    assert await value(client, "switchboard_feed_position") == 2
    entries = {labels["state"]: value for labels, value in await samples(client, "switchboard_journal_entries")}
    assert entries.keys() == {"pending", "done", "failed", "unknown", "absent"}
    assert await value(client, "switchboard_store_up") == 1


async def test_no_label_names_a_user_or_an_object(client: Client, gateway: Served, tmp_path: Path) -> None:
    account = await connected(client, "local")
    await client.data("query ($id: ID!) { account(id: $id) { id } }", id=account)
    text = (await client.http.get("/metrics")).text
    assert account not in text
    assert '"local"' not in text
    assert str(tmp_path) not in text


METRICS_TOKEN = "a made-up token that only Prometheus has"


async def get(url: str, token: str | None = None) -> httpx.Response:
    used(METRICS_TOKEN)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with plain_http(timeout=10, headers=headers) as http:
        return await http.get(url)


async def test_the_metrics_are_not_on_the_public_port_of_a_gateway_that_requires_authentication(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with served(tmp_path, f'{REQUIRED}\n[store]\nurl = "{sqlite_url}"') as gateway:
        for token in (None, token_of("root", "admin")):
            assert (await get(f"{gateway.url}/metrics", token)).status_code == 404
        assert (await get(f"{gateway.url}/healthz")).status_code == 200


@pytest.mark.parametrize("mode", ["", REQUIRED], ids=["open", "required"])
async def test_the_metrics_are_for_holders_of_their_token(tmp_path: Path, sqlite_url: str, mode: str) -> None:
    server = f'[server]\nmetrics_token = "{METRICS_TOKEN}"'
    async with served(tmp_path, f'{server}\n{mode}\n[store]\nurl = "{sqlite_url}"') as gateway:
        url = f"{gateway.url}/metrics"
        for token in (None, "x", METRICS_TOKEN[:-1], METRICS_TOKEN + "x", token_of("root", "admin")):
            refused = await get(url, token)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert "switchboard_" not in refused.text
        assert "switchboard_store_up 1.0" in (await get(url, METRICS_TOKEN)).text


@pytest.mark.parametrize("mode", ["", REQUIRED], ids=["open", "required"])
async def test_the_metrics_port_serves_only_metrics_and_the_public_port_none(
    tmp_path: Path, sqlite_url: str, free_port: int, mode: str
) -> None:
    server = f"[server]\nmetrics_port = {free_port}"
    async with served(tmp_path, f'{server}\n{mode}\n[store]\nurl = "{sqlite_url}"') as gateway:
        own = f"http://127.0.0.1:{free_port}"
        assert (await get(f"{gateway.url}/metrics")).status_code == 404
        assert "switchboard_store_up 1.0" in (await get(f"{own}/metrics")).text
        for path in ("/graphql?query={viewer{userId}}", "/healthz", "/readyz", "/"):
            assert (await get(own + path)).status_code == 404
    with pytest.raises(httpx.ConnectError):
        await get(f"{own}/metrics")


async def test_a_port_for_the_metrics_may_require_the_token_too(
    tmp_path: Path, sqlite_url: str, free_port: int
) -> None:
    server = f'[server]\nmetrics_port = {free_port}\nmetrics_token = "{METRICS_TOKEN}"'
    async with served(tmp_path, f'{server}\n{REQUIRED}\n[store]\nurl = "{sqlite_url}"') as gateway:
        for url in (f"http://127.0.0.1:{free_port}/metrics", f"{gateway.url}/metrics"):
            assert (await get(url)).status_code == 401
            assert (await get(url, METRICS_TOKEN)).status_code == 200


def test_a_metrics_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "switchboard.toml").write_text(f"[server]\nmetrics_port = {port}")
        result = run("serve", "--port", "0", "--config", "switchboard.toml", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"Can't listen on 127.0.0.1 port {port}: Address already in use"


def test_a_process_with_a_port_for_the_metrics_ends_as_any_other(tmp_path: Path, free_port: int) -> None:
    with serving(tmp_path, f"[server]\nmetrics_port = {free_port}\n{REQUIRED}") as server:
        assert httpx.get(f"http://127.0.0.1:{free_port}/metrics").status_code == 200
        assert httpx.get(f"{server.url}/metrics").status_code == 404
        assert server.stop() == 0
        assert "metrics_disabled" not in server.log.read_text()


def test_a_process_without_metrics_logs_how_to_get_them(tmp_path: Path) -> None:
    with serving(tmp_path, REQUIRED) as server:
        server.stop()
        (line,) = [line for line in server.log.read_text().splitlines() if "metrics_disabled" in line]
    assert "server.metrics_port" in line
    assert "server.metrics_token" in line
