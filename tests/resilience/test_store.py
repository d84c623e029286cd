"""A store that is locked or full: failures say so, nothing is lost, and work resumes by itself."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.testkit.client import Client, Json
from tests.testkit.server import Server, serving

_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
_NOTHING = 1
_PATIENCE = 20
MEETINGS = "{ meetings { nodes { title } } }"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    async with Client(server.url) as client:
        yield client


@pytest.fixture
async def account(client: Client) -> str:
    """An account with a meeting."""
    payload = await client.do("connectAccount", "account { id }", provider="local")
    account: str = payload["account"]["id"]
    await start(client, account, "kept")
    return account


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process has the file's lock for as long as the block lasts."""
    command = [sys.executable, "-c", _LOCK, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield


@contextmanager
def unable_to_write(server: Server) -> Iterator[None]:
    """The server's process can write to no file, as if its disk were full; its log is there as well."""
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (_NOTHING, limits[1]))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)


async def unready(client: Client) -> str | None:
    """Return the reason why the gateway is not ready, or None."""
    response = await client.http.get("/readyz")
    answer: Json = response.json()
    assert (response.status_code, answer["ready"]) in {(200, True), (503, False)}
    return answer.get("store")


async def until_unready(client: Client) -> str:
    async with asyncio.timeout(_PATIENCE):
        while (reason := await unready(client)) is None:
            pass
    return reason


async def until_ready(client: Client) -> None:
    async with asyncio.timeout(_PATIENCE):
        while await unready(client) is not None:
            pass


async def start(client: Client, account: str, title: str, **fields: object) -> None:
    meeting = {"accountId": account, "title": title, "durationMinutes": 30}
    await client.do("startMeeting", "meeting { id }", **meeting, **fields)


async def titles(client: Client) -> list[str]:
    nodes: list[Json] = (await client.data(MEETINGS))["meetings"]["nodes"]
    return [node["title"] for node in nodes]


def _asked(account: str, key: str = "one") -> Json:
    return {"accountId": account, "title": "tried", "durationMinutes": 30, "idempotencyKey": key}


async def test_reads_continue_while_another_process_locks_the_store(
    client: Client, account: str, tmp_path: Path
) -> None:
    assert await titles(client) == ["kept"]
    with locked(tmp_path / "switchboard.db"):
        assert await titles(client) == ["kept"]


async def test_a_gateway_with_a_locked_store_is_not_ready(client: Client, account: str, tmp_path: Path) -> None:
    assert await unready(client) is None
    with locked(tmp_path / "switchboard.db"):
        reason = "The store is busy: its lock was not released in time."
        assert await until_unready(client) == reason
        assert (await client.http.get("/healthz")).text == "ok"
    await until_ready(client)
    await start(client, account, "again")


async def test_a_write_to_a_locked_store_fails_and_a_retry_takes_effect_once(
    client: Client, account: str, tmp_path: Path
) -> None:
    with locked(tmp_path / "switchboard.db"):
        (error,) = await client.refusals("startMeeting", **_asked(account))
    assert (error["code"], error["retryable"]) == ("UNAVAILABLE", True)
    assert error["message"] == "The store is busy: its lock was not released in time."
    for _ in range(2):
        await client.do("startMeeting", "meeting { id }", **_asked(account))
    assert sorted(await titles(client)) == ["kept", "tried"]


async def test_missing_data_cannot_be_fetched_while_the_store_is_locked(
    client: Client, account: str, tmp_path: Path
) -> None:
    with locked(tmp_path / "switchboard.db"):
        answer = await client.ask("{ contacts { totalCount } }")
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("UNAVAILABLE", True)
    assert (await client.data("{ contacts { totalCount } }"))["contacts"] == {"totalCount": 0}


async def test_writers_wait_for_a_lock_that_ends(client: Client, account: str, tmp_path: Path) -> None:
    await titles(client)
    with locked(tmp_path / "switchboard.db"):
        writers = [asyncio.create_task(start(client, account, f"after {number}")) for number in range(5)]
        await titles(client)
        assert not any(writer.done() for writer in writers)
    await asyncio.gather(*writers)
    assert len(await titles(client)) == 6


async def test_writers_behind_a_lock_that_does_not_end_do_not_wait_for_each_other(
    client: Client, account: str, tmp_path: Path
) -> None:
    with locked(tmp_path / "switchboard.db"):
        async with asyncio.timeout(_PATIENCE):
            answers = await asyncio.gather(
                *(client.refusals("startMeeting", **_asked(account, str(number))) for number in range(8))
            )
    assert [error["code"] for (error,) in answers] == ["UNAVAILABLE"] * 8


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux limits another process's files.")
async def test_a_disk_that_takes_nothing_more_loses_nothing(server: Server, client: Client, account: str) -> None:
    assert await titles(client) == ["kept"]
    with unable_to_write(server):
        (error,) = await client.refusals("startMeeting", **_asked(account))
        assert (error["code"], error["retryable"]) == ("UNAVAILABLE", True)
        assert await titles(client) == ["kept"]
        assert await until_unready(client) == "The store's file can't be read or written."
        assert (await client.http.get("/healthz")).text == "ok"
    await until_ready(client)
    for _ in range(2):
        await client.do("startMeeting", "meeting { id }", **_asked(account))
    assert sorted(await titles(client)) == ["kept", "tried"]
