from typing import Any

import httpx
import pytest
import structlog
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import LogCapture

from gateway.web.envelope import ResponseEnvelope
from tests.testkit.plain_http import plain_http


@pytest.fixture
def log() -> Any:
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.reset_defaults()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    structlog.stdlib.get_logger().info("working")
    await PlainTextResponse("done", status_code=201)(scope, receive, send)


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("broken")


async def call(app: Any = answer, url: str = "/graphql", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(ResponseEnvelope(app))
    async with plain_http(transport=transport, base_url="http://switchboard.example.com") as client:
        return await client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_a_valid_request_id_is_returned() -> None:
    response = await call(x_request_id="client-1.a:b/c+d=")
    assert response.headers["x-request-id"] == "client-1.a:b/c+d="


@pytest.mark.parametrize("sent", ["", "with space", "a" * 129, 'quote"', "new\tline"])
async def test_any_other_is_replaced(sent: str) -> None:
    response = await call(x_request_id=sent)
    assert response.headers["x-request-id"] not in {"", sent}


async def test_each_request_has_its_own() -> None:
    first, second = await call(), await call()
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_every_line_of_a_request_carries_its_id(log: list[dict[str, Any]]) -> None:
    await call(x_request_id="r1")
    assert [(line["event"], line["request_id"]) for line in log] == [("working", "r1"), ("request_finished", "r1")]


async def test_a_request_is_logged_in_one_line_without_query_and_headers(log: list[dict[str, Any]]) -> None:
    await call(url="/connect/a%0Ab/start?ticket=sesame", authorization="Bearer sesame")
    line = log[-1]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/connect/a%0Ab/start", 201)
    assert line["milliseconds"] >= 0
    assert "sesame" not in str(log)


async def test_a_failing_request_is_logged(log: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError):
        await call(fail)
    assert [(line["event"], line["status"]) for line in log] == [("request_finished", None)]


async def test_the_answer_to_a_crash_has_an_id_and_security_headers() -> None:
    transport = httpx.ASGITransport(ResponseEnvelope(ServerErrorMiddleware(fail)), raise_app_exceptions=False)
    async with plain_http(transport=transport, base_url="http://switchboard.example.com") as client:
        response = await client.get("/graphql", headers={"x-request-id": "r1"})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == "r1"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_probes_are_logged_at_level_debug(log: list[dict[str, Any]]) -> None:
    await call(url="/healthz")
    assert log[-1]["log_level"] == "debug"


async def test_a_websocket_gets_its_id_with_the_handshake() -> None:
    sent: list[Message] = []

    async def accept(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/graphql", "headers": [(b"x-request-id", b"r1")]}
    await ResponseEnvelope(accept)(scope, receive, send)
    assert sent[0]["headers"] == [(b"x-request-id", b"r1")]
