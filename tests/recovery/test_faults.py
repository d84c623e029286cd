"""Every fault at every writing call: the client gets the right error, and its retry creates one object."""

import json

import pytest

from tests.faults.fault import (
    AFTER,
    BEFORE,
    HARMLESS,
    STATUSES,
    Fault,
    failure_in_the_body,
    retry_after_date,
    retry_after_seconds,
)
from tests.recovery.call import CALLS, Asked, Call
from tests.testkit.client import Json
from tests.testkit.steps import unused
from tests.testkit.world import World

_REFUSALS = {"REJECTED", "NOT_FOUND", "CONFLICT", "NOT_AUTHORIZED", "UNAVAILABLE", "RATE_LIMITED"}
_SUCCESS = "success"

_CLIENT_ERRORS = {f"status {code}" for code in STATUSES if code < 500}
_LATER = [make(code, 1) for code in (429, 503) for make in (retry_after_seconds, retry_after_date)]
_IN_THE_BODY = {
    "M": json.dumps({"output": {}, "response_status_code": "500", "msg": "Internal error"}).encode(),
    "R": json.dumps({"detail": "It failed", "status": 500, "title": "Error", "type": "about:blank"}).encode(),
}

_MEANINGFUL = {
    ("M4", "status 412"): "the account is disconnected by then",
    ("M6", "status 412"): "the meeting is cancelled by then",
    ("R1", "failure in the body"): "R1's answer is not documented: any 2xx is a success",
}
"""Answers that say, as documented, that there is nothing left to be done."""


def _cases() -> list[object]:
    cases: list[object] = []
    for call in CALLS:
        in_the_body = [failure_in_the_body(_IN_THE_BODY[call.name[0]], works=works) for works in (True, False)]
        for fault in (*BEFORE, *AFTER, *HARMLESS, *_LATER, *in_the_body):
            if fault.works or (call.name, fault.name) not in _MEANINGFUL:
                name = f"{call.name}, {fault.name}{', done' if fault.works else ''}"
                cases.append(pytest.param(call, fault, id=name))
    return cases


def _expected(call: Call, fault: Fault) -> set[str]:
    """The codes of the first response."""
    if fault in HARMLESS:
        return {_SUCCESS}
    if fault.name in _CLIENT_ERRORS or fault.name.startswith("status 429"):
        return _REFUSALS | ({_SUCCESS} if call.name.startswith("R") and fault.name == "status 401" else set())
    return {"OUTCOME_UNKNOWN"} | ({_SUCCESS} if call.name == "R1" and fault.works else set())


def _outcome(answer: Json, mutation: str) -> str:
    assert "errors" not in answer, answer["errors"]
    errors = answer["data"][mutation]["userErrors"]
    return errors[0]["code"] if errors else _SUCCESS


async def _is_done_once(world: World, asked: Asked, key: str) -> bool:
    """Whether the mutation has taken effect once after more retries with this key."""
    fields = {**asked.fields, "idempotencyKey": key}
    made = [await world.client.insist(asked.mutation, asked.selection, **fields) for _ in range(2)]
    return made[0] == made[1] and (await asked.done(), await asked.listed()) == (1, 1)


@pytest.mark.parametrize(("call", "fault"), _cases())
async def test_a_retry_creates_one_object(world: World, call: Call, fault: Fault) -> None:
    asked, key = await call.prepare(world), unused("key")
    world.proxy.inject(fault, call.line)

    first = await world.client.attempt(asked.mutation, asked.selection, **asked.fields, idempotencyKey=key)

    assert _outcome(first, asked.mutation) in _expected(call, fault)
    assert await _is_done_once(world, asked, key)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
async def test_nothing_is_done_while_connections_are_refused(world: World, call: Call) -> None:
    asked, key = await call.prepare(world), unused("key")

    async with world.proxy.refusing():
        first = await world.client.attempt(asked.mutation, asked.selection, **asked.fields, idempotencyKey=key)

    assert _outcome(first, asked.mutation) == "UNAVAILABLE"
    assert await asked.done() == 0
    assert await _is_done_once(world, asked, key)


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER, *HARMLESS, *_LATER], ids=lambda fault: fault.name)
async def test_a_refresh_token_is_spent_once_with_any_fault(world: World, fault: Fault) -> None:
    """R3 can't be searched for: if its response is lost, the user has to connect again."""
    texter = await world.new_texter()
    before = await world.ringplan.state()
    world.proxy.inject(fault, "GET /ringplan-login/refresh-token")

    for _ in range(2):
        code = _outcome(await world.client.attempt("refreshAccount", accountId=texter.account), "refreshAccount")
        assert code in {_SUCCESS, "NOT_AUTHORIZED", "UNAVAILABLE", "RATE_LIMITED"}

    after = await world.ringplan.state()
    assert after["reuses"] == before["reuses"]
