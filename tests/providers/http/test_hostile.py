"""Responses that are made to do harm, by way of both transports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from itertools import cycle, islice, pairwise

import pytest
from structlog.testing import capture_logs

from providers.domain.errors import OutcomeUnknown, Unavailable
from providers.http import Circuit, HttpClient, Timeouts, Traffic
from providers.http.breaker import FAILURES
from providers.http.transport import NoAnswer, Outgoing
from tests.faults.hostile import DEEP_JSON, beyond_limits, bomb, head, many_values, no_http, tiny_chunks, whole
from tests.providers.http.conftest import MakeTransport
from tests.providers.http.raw import answering
from tests.testkit.memory import resident_memory

LIMIT = 1024 * 1024
TRAFFIC = Traffic(timeouts=Timeouts(connect=1, read=2, total=3), retries=0, max_body_bytes=LIMIT)

REFUSED = beyond_limits(LIMIT)
NO_HTTP = no_http(LIMIT)


@pytest.fixture
async def client(make_transport: MakeTransport) -> AsyncIterator[HttpClient]:
    client = HttpClient("example", TRAFFIC, transport=make_transport(TRAFFIC))
    yield client
    await client.aclose()


@pytest.mark.parametrize("raw", [*REFUSED.values(), *NO_HTTP.values()], ids=[*REFUSED, *NO_HTTP])
@pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
async def test_a_hostile_response_raises_an_error(client: HttpClient, raw: bytes, write: bool) -> None:
    async with answering(raw) as url:
        with pytest.raises(OutcomeUnknown if write else Unavailable):
            await client.call("POST", url, write=write)
    assert client.is_failing


@pytest.mark.parametrize("raw", DEEP_JSON.values(), ids=DEEP_JSON)
async def test_json_that_is_too_deep_is_unreadable(client: HttpClient, raw: bytes) -> None:
    async with answering(raw) as url:
        answer = await client.call("GET", url)
    assert client.is_failing
    with pytest.raises(ValueError, match="depth limit"):
        answer.json()


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
async def test_a_response_beyond_a_limit_is_not_retried(make_transport: MakeTransport, raw: bytes) -> None:
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
    assert [(entry["event"], entry["provider"]) for entry in log] == [("upstream_response_refused", "example")]
    assert "made-up" not in str(log)


async def test_the_circuit_of_a_hostile_host_opens(client: HttpClient) -> None:
    async with answering(bomb(64 * LIMIT)) as url:
        for _ in range(FAILURES):
            with pytest.raises(Unavailable):
                await client.call("GET", url)
        assert list(client.circuits().values()) == [Circuit.OPEN]


async def test_a_thousand_hostile_responses_do_not_increase_memory(make_transport: MakeTransport) -> None:
    small = Traffic(timeouts=Timeouts(), max_body_bytes=64 * 1024)
    transport = make_transport(small)
    responses = {**beyond_limits(small.max_body_bytes), **no_http(small.max_body_bytes), **DEEP_JSON}
    async with AsyncExitStack() as stack:
        stack.push_async_callback(transport.aclose)
        urls = [await stack.enter_async_context(answering(response)) for response in responses.values()]
        sends = [transport.prepare(Outgoing(method="GET", url=url, headers={})) for url in urls]
        for number, send in enumerate(islice(cycle(sends), 1200)):
            if number == 200:
                before = resident_memory()
            with suppress(NoAnswer):
                await send()
        assert resident_memory() - before < 16 * 1024 * 1024


@pytest.mark.parametrize(
    "begin", [b"", head("Content-Length: 1000"), head("Transfer-Encoding: chunked")], ids=["head", "body", "chunks"]
)
async def test_a_dripping_response_ends_at_the_total_timeout(make_transport: MakeTransport, begin: bytes) -> None:
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


@pytest.mark.parametrize(
    "raw", [bomb(64 * LIMIT), tiny_chunks(2 * LIMIT), many_values(LIMIT)], ids=["bomb", "tiny chunks", "many values"]
)
async def test_other_calls_proceed_during_a_hostile_response(make_transport: MakeTransport, raw: bytes) -> None:
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
