"""Fault injection, over a real socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from providers.domain.errors import OutcomeUnknown, Unavailable
from providers.http import Answer, HttpClient, Traffic
from providers.testing.core import IMPATIENT
from providers.testing.faults import Fault, SandboxFaults
from providers.testing.server import serve


@dataclass
class Recording:
    """A sandbox that records the bodies it receives, with fault injection."""

    received: list[str] = field(default_factory=list)
    url: str = ""
    client: HttpClient = field(default_factory=lambda: HttpClient("recording", Traffic(timeouts=IMPATIENT)))

    def __post_init__(self) -> None:
        self.faults = SandboxFaults(Starlette(routes=[Route("/notes", self.take, methods=["POST"])]))

    async def take(self, request: Request) -> Response:
        self.received.append((await request.body()).decode())
        return PlainTextResponse("noted")

    async def post(self, to: str = "/notes", **fields: object) -> Answer:
        return await self.client.call("POST", self.url + to, write=True, json=fields)


@pytest.fixture
async def sandbox() -> AsyncIterator[Recording]:
    sandbox = Recording()
    async with serve(Starlette(routes=[Mount("/recording", sandbox.faults)])) as url:
        sandbox.url = f"{url}/recording"
        yield sandbox
    await sandbox.client.aclose()


async def test_without_a_fault_the_sandbox_responds(sandbox: Recording) -> None:
    answer = await sandbox.post(word="hello")
    assert (answer.status, answer.body, sandbox.received) == (200, b"noted", ['{"word":"hello"}'])


async def test_a_fault_with_a_status_replaces_the_response(sandbox: Recording) -> None:
    await sandbox.post("/_sandbox/faults", status=429, headers={"Retry-After": "7"}, body="Slow down")
    answer = await sandbox.post()
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"Slow down")
    assert sandbox.received == []
    assert (await sandbox.post()).status == 200


async def test_a_fault_may_replace_the_response_after_the_request_is_handled(sandbox: Recording) -> None:
    await sandbox.post("/_sandbox/faults", status=500, work=True)
    assert (await sandbox.post()).status == 500
    assert len(sandbox.received) == 1


async def test_a_response_is_cut_after_the_request_is_handled(sandbox: Recording) -> None:
    await sandbox.post("/_sandbox/faults", cut=True)
    with pytest.raises(OutcomeUnknown):
        await sandbox.post()
    assert len(sandbox.received) == 1


async def test_a_response_is_cut_before_the_request_is_handled(sandbox: Recording) -> None:
    await sandbox.post("/_sandbox/faults", cut=True, status=204)
    with pytest.raises(OutcomeUnknown):
        await sandbox.post()
    assert sandbox.received == []


async def test_a_delayed_response_times_out(sandbox: Recording) -> None:
    await sandbox.post("/_sandbox/faults", delay=1)
    with pytest.raises(Unavailable):
        await sandbox.client.call("POST", f"{sandbox.url}/notes")


async def test_a_fault_applies_to_its_path_as_often_as_it_says(sandbox: Recording) -> None:
    await sandbox.post("/_sandbox/faults", path="/listen", status=418)
    await sandbox.post("/_sandbox/faults", path="/notes", status=503, times=2)
    assert [(await sandbox.post()).status for _ in range(3)] == [503, 503, 200]
    assert [(await sandbox.post("/listen")).status for _ in range(2)] == [418, 404]


async def test_control_requests_are_not_counted(sandbox: Recording) -> None:
    await sandbox.post(word="hello")
    counted = (await sandbox.client.call("GET", f"{sandbox.url}/_sandbox/calls")).json()
    (call,) = counted["calls"]
    assert counted["peak"] == 1
    assert (call["method"], call["path"], call["body"]) == ("POST", "/notes", '{"word":"hello"}')
    assert call["headers"]["content-type"] == "application/json"


async def test_a_reset_removes_calls_and_faults(sandbox: Recording) -> None:
    sandbox.faults.add(Fault(status=500))
    await sandbox.post()
    sandbox.faults.add(Fault(status=500))
    await sandbox.client.call("DELETE", f"{sandbox.url}/_sandbox/faults")
    assert (sandbox.faults.calls, sandbox.faults.peak) == ([], 0)
    assert (await sandbox.post()).status == 200


async def test_a_malformed_fault_is_rejected(sandbox: Recording) -> None:
    assert (await sandbox.post("/_sandbox/faults", colour="red")).status == 422


async def test_other_switches_reach_the_sandbox(sandbox: Recording) -> None:
    assert (await sandbox.post("/_sandbox/mood")).status == 404
    assert sandbox.faults.calls == []
