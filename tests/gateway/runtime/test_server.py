import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.aio.admission import Admission
from gateway.config import Connections
from gateway.runtime.listener import CannotListen, listen, port_of
from gateway.runtime.server import serve_until_stopped
from tests.testkit.plain_http import plain_http

ADMISSION = Admission(Connections().limits)


class Slow:
    """An application with a request that lasts until it is let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()
        self.app = Starlette(routes=[Route("/", self._answer)])

    async def _answer(self, _: Request) -> Response:
        self.entered.set()
        await self.let_go.wait()
        return PlainTextResponse("done")


class Running:
    """`serve_until_stopped` at work in this process, and a request that it is busy with."""

    def __init__(self, slow: Slow, grace_seconds: int = 10) -> None:
        self.slow = slow
        self.stopping = asyncio.Event()
        self.listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port_of(self.listener)}/"
        ready = asyncio.Event()
        self.ready = ready
        self.server = asyncio.create_task(
            serve_until_stopped(slow.app, self.listener, self.stopping, ready.set, grace_seconds, admission=ADMISSION)
        )

    async def ask(self) -> "asyncio.Task[httpx.Response]":
        await self.ready.wait()
        request = asyncio.create_task(self._get())
        await self.slow.entered.wait()
        return request

    async def _get(self) -> httpx.Response:
        async with plain_http(timeout=20) as client:
            return await client.get(self.url)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_request_in_flight_finishes_after_the_signal(number: signal.Signals) -> None:
    running = Running(Slow())
    request = await running.ask()
    os.kill(os.getpid(), number)
    await running.stopping.wait()
    assert not request.done()
    running.slow.let_go.set()
    response = await request
    await running.server
    assert response.text == "done"


async def test_no_request_is_accepted_after_the_signal() -> None:
    running = Running(Slow())
    request = await running.ask()
    os.kill(os.getpid(), signal.SIGTERM)
    await running.stopping.wait()
    running.slow.let_go.set()
    await request
    await running.server
    with pytest.raises(httpx.ConnectError):
        await running._get()


async def test_a_request_that_takes_too_long_does_not_delay_the_stop() -> None:
    running = Running(Slow(), grace_seconds=1)
    request = await running.ask()
    os.kill(os.getpid(), signal.SIGTERM)
    await running.server
    with pytest.raises(httpx.HTTPError):
        (await request).raise_for_status()


async def test_a_failing_start_raises_and_is_never_ready() -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no store")
        yield

    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as listener, pytest.raises(RuntimeError, match="no store"):
        await serve_until_stopped(
            Starlette(lifespan=lifespan), listener, asyncio.Event(), ready.set, admission=ADMISSION
        )
    assert not ready.is_set()


def test_a_port_in_use_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = port_of(taken)
        with pytest.raises(CannotListen, match=f"Can't listen on 127.0.0.1 port {port}: Address already in use"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_reported() -> None:
    with pytest.raises(CannotListen, match=r"Can't listen on 192\.0\.2\.1 port 0: "):
        listen("192.0.2.1", 0)


def test_an_unknown_host_name_is_reported() -> None:
    with pytest.raises(CannotListen, match=r"Can't listen on nowhere\.invalid port 0: "):
        listen("nowhere.invalid", 0)


def test_ipv6_is_listened_on() -> None:
    with listen("::1", 0) as listener:
        assert listener.family is socket.AF_INET6
