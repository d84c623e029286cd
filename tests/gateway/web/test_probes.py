"""Probes: liveness, readiness, metrics."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url
from starlette.requests import Request

from gateway.storage import Store
from gateway.web.probes import Readiness
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


async def test_a_gateway_with_the_tables_of_another_version_is_not_ready(client: Client, sqlite_url: str) -> None:
    with closing(sqlite3.connect(Path(str(make_url(sqlite_url).database)))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    response = await client.http.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "store": "The store's tables are not those of this version."}
    assert (await client.http.get("/healthz")).status_code == 200
