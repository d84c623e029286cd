"""Probes: liveness, readiness, metrics."""

import asyncio
import sqlite3
from contextlib import closing

from starlette.requests import Request

from gateway.observability.metrics import STORE_SECONDS, Metrics
from gateway.storage import Store
from gateway.web.probes import Readiness
from tests.gateway.storage.conftest import opened
from tests.gateway.storage.relay import relaying
from tests.testkit.client import Client
from tests.testkit.statements import statements


async def test_a_gateway_that_runs_lives(client: Client) -> None:
    response = await client.http.get("/healthz")

    assert (response.status_code, response.text) == (200, "ok")


async def test_a_gateway_with_its_tables_is_ready(client: Client) -> None:
    response = await client.http.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"ready": True})


async def test_many_probes_at_once_cost_one_write(store: Store) -> None:
    readiness = Readiness(store)
    with statements(store) as sent:
        answers = await asyncio.gather(*(readiness.answer(Request({"type": "http"})) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum("UPDATE" in statement for statement in sent) == 1


async def test_a_gateway_whose_store_does_not_answer_is_not_ready(postgresql_url: str) -> None:
    async with relaying(postgresql_url) as relay, opened(relay.url) as store:
        await store.ping()
        relay.lose_server()
        async with asyncio.timeout(5):
            answer = await Readiness(store, seconds=0.5).answer(Request({"type": "http"}))
    assert (answer.status_code, bytes(answer.body)) == (503, b'{"ready":false,"store":"The store doesn\'t answer."}')


async def test_metrics_are_served_while_the_store_does_not_answer(postgresql_url: str) -> None:
    metrics = Metrics()
    async with relaying(postgresql_url) as relay, opened(relay.url) as store:
        assert b"switchboard_store_up 1.0" in await metrics.exposition(store)
        relay.lose_server()
        async with asyncio.timeout(STORE_SECONDS + 5):
            assert b"switchboard_store_up 0.0" in await metrics.exposition(store)


def set_version(path: str, version: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))


async def test_a_gateway_with_the_tables_of_another_version_is_not_ready(client: Client, sqlite_url: str) -> None:
    # In a thread: the gateway, which runs in this loop, may have a transaction open.
    await asyncio.to_thread(set_version, sqlite_url.removeprefix("sqlite:///"), "9999")

    response = await client.http.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "store": "The store's tables are not those of this version."}
    assert (await client.http.get("/healthz")).status_code == 200
