"""A gateway that starts before its database answers: it waits for a while, and says so."""

import asyncio
import os
import socket
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import httpx
import orjson
import pytest
from sqlalchemy import make_url

from tests.testkit.forked import ROOT

KEY = b64encode(bytes(32)).decode()
WAITING = "store_open_failed"
DRIVER = "database_error"


@pytest.fixture
def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@asynccontextmanager
async def starting(folder: Path, url: str, wait_seconds: float) -> AsyncIterator[Process]:
    """A gateway that begins to start, as a process."""
    (folder / "switchboard.toml").write_text(
        f'[store]\nurl = "{url}"\nencryption_keys = ["{KEY}"]\nwait_seconds = {wait_seconds}\n'
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "serve", "--port", "0", "--config", "switchboard.toml"),
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT)},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def forwarding(port: int, server: str) -> AsyncIterator[None]:
    """Connections to the port go to the database server, from now on."""
    target = make_url(server)

    async def forward(reader: StreamReader, writer: StreamWriter) -> None:
        there, back = await asyncio.open_connection(target.host, target.port or 5432)
        with suppress(ConnectionError):
            await asyncio.gather(_copy(reader, back), _copy(there, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", port):
        yield


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_a_gateway_waits_for_a_database_that_begins_to_answer(
    tmp_path: Path, postgresql_url: str, free_port: int
) -> None:
    url = make_url(postgresql_url).set(host="127.0.0.1", port=free_port).render_as_string(hide_password=False)
    async with starting(tmp_path, url, wait_seconds=30) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert orjson.loads(await process.stderr.readline())["message"] == DRIVER
        line = orjson.loads(await process.stderr.readline())
        assert (line["message"], line["reason"]) == (WAITING, "The store can't be reached.")
        async with forwarding(free_port, postgresql_url):
            greeting = (await process.stdout.readline()).decode()
            async with httpx.AsyncClient(trust_env=False) as http:
                ready = await http.get(f"{greeting.removeprefix('Switchboard on ').split()[0]}/readyz")
            assert ready.json() == {"ready": True}
            process.terminate()
            assert await process.wait() == 0


async def test_a_gateway_whose_database_never_answers_exits_and_logs_once_a_second(
    tmp_path: Path, free_port: int
) -> None:
    url = f"postgresql://ada:hush@127.0.0.1:{free_port}/switchboard"
    async with starting(tmp_path, url, wait_seconds=2) as process:
        _, errors = await process.communicate()
    *waits, last = errors.decode().splitlines()
    assert (process.returncode, last) == (1, "The store can't be reached.")
    lines = [orjson.loads(line) for line in waits]
    moments = [datetime.fromisoformat(line["timestamp"]) for line in lines if line["message"] == WAITING]
    assert {line["message"] for line in lines} == {DRIVER, WAITING}
    assert len(moments) in {2, 3}
    assert all((after - before).total_seconds() >= 1 for before, after in pairwise(moments))
    assert b"hush" not in errors


async def test_a_store_that_no_waiting_mends_ends_the_start_at_once(tmp_path: Path) -> None:
    async with starting(tmp_path, f"sqlite:///{tmp_path}/none/store.db", wait_seconds=600) as process:
        _, errors = await process.communicate()
    logged, line = errors.decode().splitlines()
    assert orjson.loads(logged)["message"] == DRIVER
    assert (process.returncode, line) == (1, "The store's file can't be opened.")
