import gzip
import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from providers.domain.errors import InvalidInput, OutcomeUnknown, Unavailable
from providers.http import HttpClient, Timeouts, Traffic
from providers.testing.server import serve
from tests.providers.http.conftest import MakeTransport
from tests.providers.http.raw import answering

TIMEOUTS = Timeouts(connect=1, read=0.2, total=0.4)
TRAFFIC = Traffic(timeouts=TIMEOUTS, retries=0)


async def echo(request: Request) -> Response:
    request_fields = {
        "method": request.method,
        "query": str(request.query_params),
        "headers": dict(request.headers),
        "body": (await request.body()).decode(),
    }
    response = JSONResponse(request_fields)
    response.set_cookie("session", "of-one-account")
    return response


async def redirect(request: Request) -> Response:
    return RedirectResponse("/echo")


async def packed(request: Request) -> Response:
    return Response(gzip.compress(b'{"packed": true}'), headers={"Content-Encoding": "gzip"})


async def status(request: Request) -> Response:
    return Response("as it is", status_code=request.path_params["status"], headers={"X-Reason": "because"})


@pytest.fixture
async def upstream() -> AsyncIterator[str]:
    routes = [
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/redirect", redirect, methods=["POST"]),
        Route("/packed", packed),
        Route("/status/{status:int}", status),
    ]
    async with serve(Starlette(routes=routes)) as url:
        yield url


@pytest.fixture
async def client(make_transport: MakeTransport) -> AsyncIterator[HttpClient]:
    client = HttpClient("example", TRAFFIC, transport=make_transport(TRAFFIC))
    yield client
    await client.aclose()


async def test_json_is_sent_as_json(upstream: str, client: HttpClient) -> None:
    answer = await client.call("POST", f"{upstream}/echo", json={"name": "Ada"}, headers={"authorization": "Bearer t"})
    echoed = answer.json()
    assert (echoed["method"], echoed["body"]) == ("POST", '{"name":"Ada"}')
    assert (echoed["headers"]["content-type"], echoed["headers"]["accept"]) == ("application/json", "application/json")
    assert echoed["headers"]["authorization"] == "Bearer t"


async def test_a_form_is_sent_as_a_form(upstream: str, client: HttpClient) -> None:
    echoed = (await client.call("POST", f"{upstream}/echo", form={"name": "Ada & Ben"})).json()
    assert echoed["body"] == "name=Ada+%26+Ben"
    assert echoed["headers"]["content-type"] == "application/x-www-form-urlencoded"


async def test_parameters_are_sent_in_the_query(upstream: str, client: HttpClient) -> None:
    echoed = (await client.call("GET", f"{upstream}/echo", params={"name": "Ada & Ben"})).json()
    assert echoed["query"] == "name=Ada+%26+Ben"


async def test_parameters_are_added_to_the_query_that_is_there(upstream: str, client: HttpClient) -> None:
    echoed = (await client.call("GET", f"{upstream}/echo?page=2", params={"name": "Ada & Ben"})).json()
    assert echoed["query"] == "page=2&name=Ada+%26+Ben"


@pytest.mark.parametrize("code", [200, 302, 404, 429, 500, 599])
async def test_every_status_is_an_answer(upstream: str, client: HttpClient, code: int) -> None:
    answer = await client.call("GET", f"{upstream}/status/{code}")
    assert (answer.status, answer.body, answer.headers["x-reason"]) == (code, b"as it is", "because")


async def test_a_compressed_response_is_decompressed(upstream: str, client: HttpClient) -> None:
    assert (await client.call("GET", f"{upstream}/packed")).json() == {"packed": True}


async def test_no_redirect_is_followed(upstream: str, client: HttpClient) -> None:
    answer = await client.call("POST", f"{upstream}/redirect", write=True)
    assert answer.status == 307


async def test_no_cookie_is_sent_in_a_later_call(upstream: str, client: HttpClient) -> None:
    await client.call("GET", f"{upstream}/echo")
    assert "cookie" not in (await client.call("GET", f"{upstream}/echo")).json()["headers"]


async def test_a_body_that_is_no_json_is_a_value_error(upstream: str, client: HttpClient) -> None:
    with pytest.raises(ValueError, match="expected a JSON value"):
        (await client.call("GET", f"{upstream}/status/200")).json()


@pytest.mark.parametrize("write", [False, True])
async def test_a_call_to_an_unreachable_upstream_was_not_processed(client: HttpClient, write: bool) -> None:
    async with answering() as url:
        pass
    with pytest.raises(Unavailable):
        await client.call("POST", url, write=write)


PARTIAL = [
    pytest.param((), 0, id="hangs up at once"),
    pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"half"), 0, id="hangs up halfway"),
    pytest.param((b"no HTTP at all\r\n\r\n",), 0, id="speaks another language"),
    pytest.param((b"", b""), 5, id="stays silent"),
    pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", *[b"x"] * 50), 0.1, id="never comes to an end"),
    pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nnope",), 0, id="is garbled"),
]


@pytest.mark.parametrize(("parts", "pause"), PARTIAL)
async def test_a_read_with_an_incomplete_response_is_unavailable(
    client: HttpClient, parts: tuple[bytes, ...], pause: float
) -> None:
    async with answering(*parts, pause=pause) as url:
        with pytest.raises(Unavailable) as raised:
            await client.call("GET", url)
    assert raised.value.provider == "example"


@pytest.mark.parametrize(("parts", "pause"), PARTIAL)
async def test_a_write_with_an_incomplete_response_has_an_unknown_outcome(
    client: HttpClient, parts: tuple[bytes, ...], pause: float
) -> None:
    async with answering(*parts, pause=pause) as url:
        with pytest.raises(OutcomeUnknown) as raised:
            await client.call("POST", url, write=True)
    assert raised.value.ambiguous
    assert raised.value.provider == "example"


async def test_a_silent_host_may_process_a_write_for_the_rest_of_the_call_timeout(client: HttpClient) -> None:
    async with answering(b"", b"", pause=5) as url:
        with pytest.raises(OutcomeUnknown) as raised:
            await client.call("POST", url, write=True)
    left = raised.value.retry_after
    assert left is not None
    assert 0 < left <= TIMEOUTS.total - TIMEOUTS.read


async def test_a_host_that_closes_the_connection_has_stopped_processing(client: HttpClient) -> None:
    async with answering(pause=0) as url:
        with pytest.raises(OutcomeUnknown) as raised:
            await client.call("POST", url, write=True)
    assert raised.value.retry_after is None


@pytest.mark.parametrize(
    "unsendable",
    [
        {"headers": {"authorization": "Bearer made\r\nup: token"}},
        {"headers": {"authorization": "Bearer made-üp"}},
        {"params": {"token": "\ud800 made-up"}},
        {"form": {"token": "\ud800 made-up"}},
        {"json": {"token": "\ud800 made-up"}},
    ],
)
async def test_an_unsendable_request_raises_an_error_of_the_caller_and_is_not_retried(
    upstream: str, client: HttpClient, unsendable: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(InvalidInput) as raised:
        await client.call("POST", f"{upstream}/echo", write=True, **unsendable)
    assert raised.value.__cause__ is None
    assert "made" not in f"{raised.value!r}{caplog.text}"


@pytest.mark.parametrize("url", ["", "/list", "http://", "http://example.com:port", "ftp://example.com", "file:///etc"])
async def test_an_invalid_url_raises_an_error_of_the_caller(client: HttpClient, url: str) -> None:
    with pytest.raises(InvalidInput):
        await client.call("GET", url)


async def test_the_address_that_was_called_is_in_no_error(client: HttpClient) -> None:
    async with answering() as url:
        with pytest.raises(Unavailable) as raised:
            await client.call("GET", f"{url}/?key=made-up")
    assert "made-up" not in repr(raised.value)


async def test_closing_twice_is_closing_once() -> None:
    client = HttpClient("example")
    await client.aclose()
    await client.aclose()


async def test_many_calls_run_at_once(upstream: str, make_transport: MakeTransport) -> None:
    client = HttpClient("example", transport=make_transport(Traffic()))
    answers: list[object] = []

    async def call(number: int) -> None:
        answers.append(orjson.loads((await client.call("POST", f"{upstream}/echo", json=number)).json()["body"]))

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(call, number)
    assert sorted(answers) == list(range(50))  # type: ignore[type-var]
    await client.aclose()


@pytest.mark.parametrize(
    ("url", "outcome"),
    [("/status/200", "2xx"), ("/status/404", "4xx"), ("/status/500", "5xx"), ("/redirect", "4xx")],
)
async def test_the_observer_receives_the_outcome_of_each_call(upstream: str, url: str, outcome: str) -> None:
    observed: list[tuple[str, str]] = []
    client = HttpClient("example", TRAFFIC, watch=lambda *call: observed.append(call[:2]))
    await client.call("GET", f"{upstream}{url}?key=made-up")
    await client.aclose()
    assert observed == [(upstream.removeprefix("http://"), outcome)]


async def test_the_observer_receives_calls_without_a_response(client: HttpClient) -> None:
    observed: list[str] = []
    watched = HttpClient("example", TRAFFIC, watch=lambda *call: observed.append(call[1]))
    async with answering(b"") as url:
        with pytest.raises(Unavailable):
            await watched.call("GET", url)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await watched.call("GET", url)
    await watched.aclose()
    assert observed == ["unanswered", *["unreachable"] * 4, "rejected"]
