"""The switches that make any sandbox fail."""

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
class Desk:
    """A sandbox that counts what it was told, behind its switches."""

    told: list[str] = field(default_factory=list)
    url: str = ""
    client: HttpClient = field(default_factory=lambda: HttpClient("desk", Traffic(timeouts=IMPATIENT)))

    def __post_init__(self) -> None:
        self.faults = SandboxFaults(Starlette(routes=[Route("/tell", self.tell, methods=["POST"])]))

    async def tell(self, request: Request) -> Response:
        self.told.append((await request.body()).decode())
        return PlainTextResponse("noted")

    async def post(self, to: str = "/tell", **fields: object) -> Answer:
        return await self.client.call("POST", self.url + to, write=True, json=fields)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    async with serve(Starlette(routes=[Mount("/desk", desk.faults)])) as url:
        desk.url = f"{url}/desk"
        yield desk
    await desk.client.aclose()


async def test_without_a_fault_the_sandbox_answers(desk: Desk) -> None:
    answer = await desk.post(word="hello")
    assert (answer.status, answer.body, desk.told) == (200, b"noted", ['{"word":"hello"}'])


async def test_a_status_is_answered_instead_of_the_work(desk: Desk) -> None:
    await desk.post("/_sandbox/faults", status=429, headers={"Retry-After": "7"}, body="Slow down")
    answer = await desk.post()
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"Slow down")
    assert desk.told == []
    assert (await desk.post()).status == 200


async def test_a_status_may_be_answered_after_the_work(desk: Desk) -> None:
    await desk.post("/_sandbox/faults", status=500, work=True)
    assert (await desk.post()).status == 500
    assert len(desk.told) == 1


async def test_an_answer_is_cut_after_the_work(desk: Desk) -> None:
    await desk.post("/_sandbox/faults", cut=True)
    with pytest.raises(OutcomeUnknown):
        await desk.post()
    assert len(desk.told) == 1


async def test_an_answer_is_cut_before_the_work(desk: Desk) -> None:
    await desk.post("/_sandbox/faults", cut=True, status=204)
    with pytest.raises(OutcomeUnknown):
        await desk.post()
    assert desk.told == []


async def test_an_answer_comes_too_late(desk: Desk) -> None:
    await desk.post("/_sandbox/faults", delay=1)
    with pytest.raises(Unavailable):
        await desk.client.call("POST", f"{desk.url}/tell")


async def test_faults_wait_for_their_path_and_come_as_often_as_said(desk: Desk) -> None:
    await desk.post("/_sandbox/faults", path="/listen", status=418)
    await desk.post("/_sandbox/faults", path="/tell", status=503, times=2)
    assert [(await desk.post()).status for _ in range(3)] == [503, 503, 200]
    assert [(await desk.post("/listen")).status for _ in range(2)] == [418, 404]


async def test_calls_are_counted_and_switches_are_not(desk: Desk) -> None:
    await desk.post(word="hello")
    counted = (await desk.client.call("GET", f"{desk.url}/_sandbox/calls")).json()
    (call,) = counted["calls"]
    assert counted["peak"] == 1
    assert (call["method"], call["path"], call["body"]) == ("POST", "/tell", '{"word":"hello"}')
    assert call["headers"]["content-type"] == "application/json"


async def test_a_reset_forgets_calls_and_faults(desk: Desk) -> None:
    desk.faults.add(Fault(status=500))
    await desk.post()
    desk.faults.add(Fault(status=500))
    await desk.client.call("DELETE", f"{desk.url}/_sandbox/faults")
    assert (desk.faults.calls, desk.faults.peak) == ([], 0)
    assert (await desk.post()).status == 200


async def test_a_fault_that_makes_no_sense_is_refused(desk: Desk) -> None:
    assert (await desk.post("/_sandbox/faults", colour="red")).status == 422


async def test_other_switches_are_the_sandboxs_own(desk: Desk) -> None:
    assert (await desk.post("/_sandbox/mood")).status == 404
    assert desk.faults.calls == []
