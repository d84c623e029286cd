import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.testing.server import serve
from tests.faults.fault import (
    AFTER,
    BEFORE,
    DUPLICATE,
    GARBAGE,
    HANG_AFTER,
    HANG_BEFORE,
    HARMLESS,
    RESET_AFTER,
    RESET_BEFORE,
    TRUNCATED,
    Fault,
    retry_after_date,
    slow,
)
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.testkit.plain_http import plain_http

WORK: list[str] = []


async def work(request: Request) -> Response:
    WORK.append((await request.body()).decode())
    return JSONResponse({"done": len(WORK), "path": request.url.path})


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    WORK.clear()
    app = Starlette(routes=[Route("/{path:path}", work, methods=["GET", "POST"])])
    async with serve(app) as url, fault_proxy(f"{url}/api") as running:
        yield running


@pytest.fixture
async def http(proxy: FaultProxy) -> AsyncIterator[httpx.AsyncClient]:
    async with plain_http(base_url=proxy.url, timeout=0.2) as client:
        yield client


async def test_without_a_fault_it_is_as_if_it_were_not_there(proxy: FaultProxy, http: httpx.AsyncClient) -> None:
    answers = [await http.post("/one", content=b"body"), await http.get("/two?page=2")]
    assert [answer.json() for answer in answers] == [
        {"done": 1, "path": "/api/one"},
        {"done": 2, "path": "/api/two"},
    ]
    assert proxy.lines() == ["POST /api/one", "GET /api/two?page=2"]
    assert WORK == ["body", ""]


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER, *HARMLESS], ids=lambda fault: fault.name)
async def test_a_fault_says_whether_the_upstream_works(
    proxy: FaultProxy, http: httpx.AsyncClient, fault: Fault
) -> None:
    proxy.inject(fault)
    answer = httpx.Response(599)
    with suppress(httpx.TransportError, TimeoutError):
        async with asyncio.timeout(0.4):
            answer = await http.post("/one", content=b"body")
    assert bool(WORK) is fault.works
    assert (answer.status_code == 200 and answer.content.startswith(b'{"done"')) is (fault in HARMLESS)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (RESET_BEFORE, httpx.ReadError),
        (RESET_AFTER, httpx.ReadError),
        (HANG_BEFORE, httpx.ReadTimeout),
        (HANG_AFTER, httpx.ReadTimeout),
        (TRUNCATED, httpx.RemoteProtocolError),
        (GARBAGE, httpx.RemoteProtocolError),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
async def test_a_connection_fails_as_it_would(
    proxy: FaultProxy, http: httpx.AsyncClient, fault: Fault, error: type[Exception]
) -> None:
    proxy.inject(fault)
    with pytest.raises(error):
        await http.get("/one")


async def test_connections_are_refused_while_it_refuses(proxy: FaultProxy, http: httpx.AsyncClient) -> None:
    await http.get("/one")
    async with proxy.refusing():
        with pytest.raises(httpx.ConnectError):
            await http.get("/one")
    assert (await http.get("/one")).json()["done"] == 2


async def test_refusing_ends_what_hangs(proxy: FaultProxy, http: httpx.AsyncClient) -> None:
    proxy.inject(HANG_BEFORE)
    asking = asyncio.create_task(http.get("/one", timeout=10))
    await proxy.until_called("/one")
    async with proxy.refusing():
        with pytest.raises(httpx.TransportError):
            await asking


async def test_faults_wait_for_the_calls_that_they_are_for(proxy: FaultProxy, http: httpx.AsyncClient) -> None:
    proxy.inject(retry_after_date(429, 60), "GET /api/two$", times=2)
    answers = [await http.request(method, f"/{path}") for method, path in [("GET", "one"), ("POST", "two")]]
    answers += [await http.get("/two") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 200]
    assert answers[2].headers["retry-after"].endswith("GMT")
    assert [call.fault for call in proxy.calls][2] == "status 429, Retry-After as a date"


async def test_a_slow_answer_is_a_whole_one_for_who_waits(proxy: FaultProxy, http: httpx.AsyncClient) -> None:
    proxy.inject(slow(0.0001))
    assert (await http.get("/one")).json()["done"] == 1


async def test_after_a_duplicate_the_connection_has_unrequested_bytes(
    proxy: FaultProxy, http: httpx.AsyncClient
) -> None:
    proxy.inject(DUPLICATE)
    assert (await http.get("/one")).json() == {"done": 1, "path": "/api/one"}
