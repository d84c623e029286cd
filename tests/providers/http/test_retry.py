"""Calls that the client retries, and calls that it does not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.domain.errors import OutcomeUnknown, Unavailable
from providers.http import HttpClient, Timeouts, Traffic
from providers.testing.server import serve
from tests.faults.fault import GARBAGE, HANG_BEFORE, RESET_AFTER, RESET_BEFORE, TRUNCATED, Fault
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.providers.http.conftest import MakeTransport


@dataclass
class Upstream:
    """Answers `script` in turn, a status and a Retry-After each, and then 200 with `body`."""

    url: str = ""
    script: list[tuple[int, str | None]] = field(default_factory=list)
    body: bytes = b"{}"
    calls: int = 0

    async def answer(self, _: Request) -> Response:
        self.calls += 1
        status, wait = self.script.pop(0) if self.script else (200, None)
        return Response(self.body, status, headers={} if wait is None else {"Retry-After": wait})


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    async with serve(Starlette(routes=[Route("/", upstream.answer, methods=["GET", "POST"])])) as url:
        upstream.url = f"{url}/"
        yield upstream


@pytest.fixture
async def client(make_transport: MakeTransport) -> AsyncIterator[HttpClient]:
    traffic = Traffic(timeouts=Timeouts(connect=1, read=1, total=3))
    client = HttpClient("example", traffic, transport=make_transport(traffic))
    yield client
    await client.aclose()


async def outcome(client: HttpClient, upstream: Upstream, *, write: bool = False) -> tuple[int, int]:
    """The status that the caller sees, and how many calls that took."""
    answer = await client.call("POST", upstream.url, write=write)
    return answer.status, upstream.calls


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_read_is_sent_at_most_three_times(client: HttpClient, upstream: Upstream, status: int) -> None:
    upstream.script = [(status, None)] * 5
    assert await outcome(client, upstream) == (status, 3)


async def test_a_read_ends_with_the_first_valid_response(client: HttpClient, upstream: Upstream) -> None:
    upstream.script = [(502, None), (429, "0")]
    assert await outcome(client, upstream) == (200, 3)


@pytest.mark.parametrize("status", [400, 401, 404, 409, 501])
async def test_a_response_that_a_retry_can_not_change_is_not_retried(
    client: HttpClient, upstream: Upstream, status: int
) -> None:
    upstream.script = [(status, None)]
    assert await outcome(client, upstream) == (status, 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_write_with_an_unknown_outcome_is_not_retried(
    client: HttpClient, upstream: Upstream, status: int
) -> None:
    upstream.script = [(status, None)]
    assert await outcome(client, upstream, write=True) == (status, 1)


@pytest.mark.parametrize(("status", "wait"), [(429, None), (429, "0")])
async def test_a_write_that_was_not_processed_is_retried(
    client: HttpClient, upstream: Upstream, status: int, wait: str | None
) -> None:
    upstream.script = [(status, wait)]
    assert await outcome(client, upstream, write=True) == (200, 2)


async def test_503_with_a_retry_after_does_not_prove_that_a_write_was_not_done(
    client: HttpClient, upstream: Upstream
) -> None:
    upstream.script = [(503, "0")]
    assert await outcome(client, upstream, write=True) == (503, 1)


@pytest.mark.parametrize(("wait", "status", "calls"), [("0", 200, 2), (None, 503, 1)])
async def test_a_plug_in_may_declare_that_503_with_a_retry_after_refuses_a_write(
    client: HttpClient, upstream: Upstream, wait: str | None, status: int, calls: int
) -> None:
    upstream.script = [(503, wait)]
    answer = await client.call("POST", upstream.url, write=True, refuses_with_503=True)
    assert (answer.status, upstream.calls) == (status, calls)


@pytest.mark.parametrize("body", [b"", b'{"half": ', b"<html>"], ids=["empty", "truncated", "HTML"])
async def test_a_read_with_unreadable_json_is_sent_at_most_three_times(
    client: HttpClient, upstream: Upstream, body: bytes
) -> None:
    upstream.body = body
    assert await outcome(client, upstream) == (200, 3)
    assert client.is_failing


async def test_a_read_that_expects_no_json_accepts_any_body(client: HttpClient, upstream: Upstream) -> None:
    upstream.body = b"<html>"
    answer = await client.call("GET", upstream.url, expects_json=False)
    assert (answer.body, upstream.calls, client.is_failing) == (b"<html>", 1, False)


async def test_an_answer_without_content_needs_no_json(client: HttpClient, upstream: Upstream) -> None:
    upstream.script, upstream.body = [(204, None)], b""
    assert await outcome(client, upstream) == (204, 1)
    assert not client.is_failing


async def test_a_write_with_unreadable_json_is_sent_once(client: HttpClient, upstream: Upstream) -> None:
    upstream.body = b""
    assert await outcome(client, upstream, write=True) == (200, 1)
    assert client.is_failing


@pytest.mark.parametrize("seconds", [6, 3600])
async def test_a_long_wait_is_left_to_the_caller(client: HttpClient, upstream: Upstream, seconds: int) -> None:
    upstream.script = [(429, str(seconds))]
    assert await outcome(client, upstream) == (429, 1)


async def test_a_retry_after_date_in_the_past_causes_no_wait(client: HttpClient, upstream: Upstream) -> None:
    upstream.script = [(429, format_datetime(datetime.now(UTC) - timedelta(minutes=1), usegmt=True))]
    assert await outcome(client, upstream) == (200, 2)


async def test_a_retry_waits_for_the_requested_time(client: HttpClient, upstream: Upstream) -> None:
    upstream.script = [(429, "1")]
    before = datetime.now(UTC)
    assert await outcome(client, upstream) == (200, 2)
    assert datetime.now(UTC) - before >= timedelta(seconds=1)


async def test_no_call_waits_longer_than_its_total_timeout(upstream: Upstream) -> None:
    client = HttpClient("example", Traffic(timeouts=Timeouts(total=0.3)))
    upstream.script = [(429, "4")]
    with pytest.raises(Unavailable):
        await client.call("POST", upstream.url, write=True)
    assert upstream.calls == 1
    await client.aclose()


@pytest.fixture
async def proxy(upstream: Upstream) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(upstream.url) as running:
        yield running


@pytest.mark.parametrize("fault", [RESET_BEFORE, RESET_AFTER, TRUNCATED, GARBAGE], ids=lambda fault: fault.name)
async def test_a_read_whose_connection_is_lost_is_sent_at_most_three_times(
    client: HttpClient, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.inject(fault, times=2)
    assert (await client.call("POST", proxy.url)).status == 200
    proxy.clear()
    proxy.inject(fault, times=9)
    with pytest.raises(Unavailable):
        await client.call("POST", proxy.url)
    assert len(proxy.calls) == 3


@pytest.mark.parametrize("fault", [RESET_BEFORE, RESET_AFTER, TRUNCATED, GARBAGE], ids=lambda fault: fault.name)
async def test_a_write_whose_connection_is_lost_is_sent_once(
    client: HttpClient, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.inject(fault, times=9)
    with pytest.raises(OutcomeUnknown):
        await client.call("POST", proxy.url, write=True)
    assert len(proxy.calls) == 1


async def test_a_read_that_times_out_is_sent_once(proxy: FaultProxy) -> None:
    client = HttpClient("example", Traffic(timeouts=Timeouts(read=0.1)))
    proxy.inject(HANG_BEFORE, times=9)
    with pytest.raises(Unavailable):
        await client.call("GET", proxy.url)
    assert len(proxy.calls) == 1
    await client.aclose()


@pytest.mark.parametrize("write", [False, True])
async def test_a_refused_connection_is_retried(
    client: HttpClient, upstream: Upstream, proxy: FaultProxy, write: bool
) -> None:
    watched: list[str] = []
    watching = HttpClient("example", Traffic(), watch=lambda *call: watched.append(call[1]))
    async with proxy.refusing():
        with pytest.raises(Unavailable):
            await watching.call("POST", proxy.url, write=write)
    assert watched == ["unreachable"] * 3
    assert (await watching.call("POST", proxy.url, write=write)).status == 200
    await watching.aclose()
