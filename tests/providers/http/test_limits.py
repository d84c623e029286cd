"""Concurrency and rate of calls, and calls that wait for a slot."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.domain.errors import OutcomeUnknown, Unavailable
from providers.http import Circuit, HttpClient, Timeouts, Traffic
from providers.http.breaker import FAILURES
from providers.testing.server import serve
from tests.faults.fault import HANG_BEFORE, status
from tests.faults.proxy import FaultProxy, fault_proxy


class Upstream:
    """`most` calls ever ran at once."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.times: list[float] = []

    async def answer(self, _: Request) -> Response:
        self.times.append(asyncio.get_running_loop().time())
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.01)
        self.running -= 1
        return JSONResponse({})


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def proxy(upstream: Upstream) -> AsyncIterator[FaultProxy]:
    app = Starlette(routes=[Route("/", upstream.answer, methods=["POST"])])
    async with serve(app) as url, fault_proxy(f"{url}/") as running:
        yield running


async def test_the_bulkhead_limits_concurrent_calls(proxy: FaultProxy, upstream: Upstream) -> None:
    client = HttpClient("example", Traffic(concurrency=3))
    await asyncio.gather(*(client.call("POST", proxy.url) for _ in range(20)))
    assert upstream.most == 3
    await client.aclose()


async def test_calls_are_paced_at_the_configured_rate(proxy: FaultProxy, upstream: Upstream) -> None:
    client = HttpClient("example", Traffic(rate=50))
    await client.call("POST", proxy.url)  # the first connection is no part of the pace
    await asyncio.gather(*(client.call("POST", proxy.url) for _ in range(11)))
    assert upstream.times[-1] - upstream.times[0] >= 0.2
    await client.aclose()


async def test_a_write_that_timed_out_in_the_queue_was_not_sent(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(timeouts=Timeouts(total=0.3), rate=0.1))
    await client.call("POST", proxy.url, write=True)
    with pytest.raises(Unavailable):
        await client.call("POST", proxy.url, write=True)
    assert len(proxy.calls) == 1
    await client.aclose()


async def test_a_write_that_was_sent_and_timed_out_has_an_unknown_outcome(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(timeouts=Timeouts(read=5, total=0.3)))
    proxy.inject(HANG_BEFORE)
    with pytest.raises(OutcomeUnknown):
        await client.call("POST", proxy.url, write=True)
    await client.aclose()


async def test_an_open_circuit_rejects_calls(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(retries=0))
    proxy.inject(status(500), times=FAILURES)
    for _ in range(FAILURES):
        assert (await client.call("POST", proxy.url)).status == 500
    assert list(client.circuits().values()) == [Circuit.OPEN]
    for write in (False, True):
        with pytest.raises(Unavailable) as raised:
            await client.call("POST", proxy.url, write=write)
        assert 0 < (raised.value.retry_after or 0) <= 10
    assert len(proxy.calls) == FAILURES
    await client.aclose()


async def test_each_host_has_its_own_circuit(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(retries=0))
    proxy.inject(status(500), times=FAILURES)
    for _ in range(FAILURES):
        await client.call("POST", proxy.url)
    other = proxy.url.replace("127.0.0.1", "localhost")
    assert (await client.call("POST", other)).status == 200
    assert sorted(circuit.value for circuit in client.circuits().values()) == ["closed", "open"]
    await client.aclose()


async def test_a_cancelled_call_does_not_count_as_a_failure(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(retries=0))
    proxy.inject(HANG_BEFORE, times=FAILURES)
    calls = [asyncio.create_task(client.call("POST", proxy.url)) for _ in range(FAILURES)]
    await proxy.until_called(times=FAILURES)
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    assert not client.is_failing
    assert (await client.call("POST", proxy.url)).status == 200
    await client.aclose()


async def test_a_slow_host_counts_as_a_failure(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(timeouts=Timeouts(read=5, total=0.1), retries=0))
    proxy.inject(HANG_BEFORE)
    with pytest.raises(Unavailable):
        await client.call("POST", proxy.url)
    assert client.is_failing
    await client.aclose()
