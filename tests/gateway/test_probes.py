"""What those who watch over a gateway ask it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from tests.gateway.client import Client


async def test_a_gateway_that_runs_lives(client: Client) -> None:
    response = await client.http.get("/healthz")

    assert (response.status_code, response.text) == (200, "ok")


async def test_a_gateway_with_its_tables_is_ready(client: Client) -> None:
    response = await client.http.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"ready": True})


async def test_a_gateway_with_the_tables_of_another_version_is_not_ready(client: Client, sqlite_url: str) -> None:
    with closing(sqlite3.connect(Path(str(make_url(sqlite_url).database)))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    response = await client.http.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "store": "The store's tables are not those of this version."}
    assert (await client.http.get("/healthz")).status_code == 200
