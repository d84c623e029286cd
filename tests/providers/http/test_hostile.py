"""Responses that are made to do harm, by way of both transports."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from providers.errors import OutcomeUnknown, Unavailable
from providers.http import Circuit, HttpClient, Timeouts, Traffic
from providers.http.breaker import FAILURES
from tests.providers.http.conftest import MakeTransport
from tests.providers.http.raw import answering, head, whole

LIMIT = 1024 * 1024
TRAFFIC = Traffic(timeouts=Timeouts(connect=1, read=2, total=3), retries=0, max_body_bytes=LIMIT)

BOMB = whole(gzip.compress(bytes(64 * LIMIT)), "Content-Encoding: gzip")
_MANY_VALUES = b"[" + b"[]," * (LIMIT // 3 - 2) + b"[]]"
_TINY_CHUNKS = head("Transfer-Encoding: chunked") + b"1\r\n \r\n" * (2 * LIMIT)
_HEADERS = [f"X-{number}: {'x' * 1000}" for number in range(80)]

REFUSED = {
    "a gzip bomb": BOMB,
    "a large body": whole(bytes(LIMIT + 1)),
    "a large body without a length": head() + bytes(LIMIT + 1),
    "a large length": head("Content-Length: 99999999999") + bytes(LIMIT // 2),
    "large headers": whole(b"{}", *_HEADERS),
    "many JSON values": whole(_MANY_VALUES),
    "a coding that was not asked for": whole(b"{}", "Content-Encoding: br"),
}
UNREADABLE = {
    "deep JSON": whole(b"[" * 100_000),
    "deep JSON that ends": whole(b"[" * 10_000 + b"]" * 10_000),
}
BROKEN = {
    "many tiny chunks": _TINY_CHUNKS,
    "a huge header": head(f"X-Huge: {'x' * LIMIT}"),
    "many headers": head(*(f"X-{number}: x" for number in range(20_000))),
    "an endless status line": b"HTTP/1.1 200 " + b"x" * LIMIT,
    "interim responses for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000,
}


@pytest.fixture
async def client(make_transport: MakeTransport) -> AsyncIterator[HttpClient]:
    client = HttpClient("example", TRAFFIC, transport=make_transport(TRAFFIC))
    yield client
    await client.aclose()


@pytest.mark.parametrize("raw", [*REFUSED.values(), *BROKEN.values()], ids=[*REFUSED, *BROKEN])
@pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
async def test_a_hostile_response_is_no_answer(client: HttpClient, raw: bytes, write: bool) -> None:
    async with answering(raw) as url:
        with pytest.raises(OutcomeUnknown if write else Unavailable):
            await client.call("POST", url, write=write)
    assert client.is_failing


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
async def test_json_that_is_too_deep_is_unreadable(client: HttpClient, raw: bytes) -> None:
    async with answering(raw) as url:
        answer = await client.call("GET", url)
    assert client.is_failing
    with pytest.raises(ValueError, match="recursion limit"):
        answer.json()


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
async def test_a_response_beyond_a_limit_is_asked_for_once(make_transport: MakeTransport, raw: bytes) -> None:
    traffic = Traffic(timeouts=TRAFFIC.timeouts, max_body_bytes=LIMIT)
    watched: list[str] = []
    client = HttpClient(
        "example", traffic, transport=make_transport(traffic), watch=lambda *call: watched.append(call[1])
    )
    async with answering(raw) as url:
        with capture_logs() as log, pytest.raises(Unavailable):
            await client.call("GET", f"{url}/?key=made-up")
    await client.aclose()
    assert watched == ["unacceptable"]
    assert [(entry["event"], entry["provider"]) for entry in log] == [("upstream_answer_refused", "example")]
    assert "made-up" not in str(log)


async def test_the_circuit_of_a_hostile_host_opens(client: HttpClient) -> None:
    async with answering(BOMB) as url:
        for _ in range(FAILURES):
            with pytest.raises(Unavailable):
                await client.call("GET", url)
        assert list(client.circuits().values()) == [Circuit.OPEN]


@pytest.mark.parametrize(
    "begin", [b"", head("Content-Length: 1000"), head("Transfer-Encoding: chunked")], ids=["head", "body", "chunks"]
)
async def test_a_response_that_drips_ends_with_the_time_of_a_call(make_transport: MakeTransport, begin: bytes) -> None:
    traffic = Traffic(timeouts=Timeouts(connect=1, read=1, total=0.5))
    client = HttpClient("example", traffic, transport=make_transport(traffic))
    drops = (b"1\r\nx\r\n" if b"chunked" in begin else b"x" for _ in range(1000))
    async with answering(begin, *drops, pause=0.05) as url:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            await client.call("GET", url)
        assert asyncio.get_running_loop().time() - begun < 2
    await client.aclose()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_credentials_follow_no_redirect(client: HttpClient, status: str) -> None:
    async with answering(whole(b"{}")) as other:
        redirect = head(f"Location: {other}/stolen", "Content-Length: 0", status=status)
        async with answering(redirect) as url:
            answer = await client.call("GET", url, headers={"authorization": "made-up"})
    assert answer.status == int(status[:3])
    assert answer.headers["location"] == f"{other}/stolen"


@pytest.mark.parametrize("raw", [BOMB, _TINY_CHUNKS, whole(_MANY_VALUES)], ids=["bomb", "tiny chunks", "many values"])
async def test_other_callers_get_their_turn_meanwhile(make_transport: MakeTransport, raw: bytes) -> None:
    """With the default limit: the pauses of a task that wants to run all the time."""
    traffic = Traffic(timeouts=TRAFFIC.timeouts, retries=0)
    client = HttpClient("example", traffic, transport=make_transport(traffic))
    turns: list[float] = []

    async def take_turns() -> None:
        while True:
            turns.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0)

    async with answering(raw) as url:
        other = asyncio.create_task(take_turns())
        with pytest.raises(Unavailable):
            await client.call("GET", url)
        other.cancel()
    await client.aclose()
    assert max(after - before for before, after in pairwise(turns)) < 0.5
