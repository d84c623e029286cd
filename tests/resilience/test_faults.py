"""Every fault at every reading call: what is unknown is an error that says why, what is known is shown as old."""

import json
from typing import Any

import pytest

from tests.faults.fault import (
    AFTER,
    BEFORE,
    HARMLESS,
    Fault,
    failure_in_the_body,
    retry_after_date,
    retry_after_seconds,
)
from tests.resilience.read import READS, Asked, Read
from tests.testkit.world import World

NO_CACHE = {"cache-control": "no-cache"}

_IN_THE_BODY = {
    "connect": json.dumps({"output": {}, "response_status_code": "500", "msg": "Internal error"}).encode(),
    "ringplan": json.dumps({"detail": "It failed", "status": 500, "title": "Error", "type": "about:blank"}).encode(),
}
_CODES = {
    "connect": dict.fromkeys((400, 401, 403, 412, 422), "REJECTED") | {429: "RATE_LIMITED"},
    "ringplan": dict.fromkeys((400, 402, 405, 408, 412, 413, 422, 423), "REJECTED")
    | {401: "NOT_AUTHORIZED", 403: "NOT_AUTHORIZED", 404: "NOT_FOUND", 409: "CONFLICT", 429: "RATE_LIMITED"},
}
"""The error code of each status; that of any other status is UNAVAILABLE."""


def _code(read: Read, fault: Fault) -> str:
    status = next((code for code in _CODES[read.provider] if fault.name.startswith(f"status {code}")), 0)
    return _CODES[read.provider].get(status, "UNAVAILABLE")


def _faults(read: Read) -> list[Fault]:
    later = [retry_after_seconds(429, 60), retry_after_date(429, 60)]
    return [*BEFORE, *AFTER, *later, failure_in_the_body(_IN_THE_BODY[read.provider])]


async def _ask(world: World, asked: Asked, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return await world.client.ask(asked.document, headers, **asked.variables)


def _stale(answer: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = answer.get("extensions", {}).get("stale", [])
    return entries


async def _goes_through_it(world: World, read: Read, asked: Asked, fault: Fault) -> None:
    code = _code(read, fault)
    world.proxy.inject(fault, read.line, times=4)
    unknown = await _ask(world, asked)
    assert asked.brought(unknown) is None
    assert [(each["extensions"]["code"], each["extensions"]["provider"]) for each in unknown["errors"]] == [
        (code, read.provider)
    ]

    world.proxy.clear()
    known = await _ask(world, asked)
    assert asked.brought(known)
    assert "errors" not in known

    world.proxy.inject(fault, read.line, times=4)
    again = await _ask(world, asked, NO_CACHE)
    if read.is_kept:
        assert again["data"] == known["data"]
        assert [(each["provider"], each["account"], each["code"]) for each in _stale(again)] == [
            (read.provider, asked.account, code)
        ]
        assert _stale(again)[0]["since"]
    else:
        assert [each["extensions"]["code"] for each in again["errors"]] == [code]

    world.proxy.clear()
    well = await _ask(world, asked, NO_CACHE)
    assert (well["data"], _stale(well)) == (known["data"], [])


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        pytest.param(read, fault, id=f"{read.name}-{fault.name}-{index}")
        for read in READS
        for index, fault in enumerate(_faults(read))
    ],
)
async def test_a_failed_fetch_serves_stored_data(world: World, read: Read, fault: Fault) -> None:
    await _goes_through_it(world, read, await read.prepare(world), fault)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.name)
@pytest.mark.parametrize("fault", HARMLESS, ids=lambda fault: fault.name)
async def test_unusual_but_valid_responses_are_understood(world: World, read: Read, fault: Fault) -> None:
    asked = await read.prepare(world)
    world.proxy.inject(fault, read.line)
    answers = [await _ask(world, asked, NO_CACHE) for _ in range(3)]
    assert all(asked.brought(answer) for answer in answers)
    assert all("errors" not in answer for answer in answers)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.name)
async def test_stored_data_is_served_while_the_provider_is_down(world: World, read: Read) -> None:
    asked = await read.prepare(world)
    async with world.proxy.refusing():
        unknown = await _ask(world, asked)
    assert [each["extensions"]["code"] for each in unknown["errors"]] == ["UNAVAILABLE"]
    known = await _ask(world, asked)
    async with world.proxy.refusing():
        again = await _ask(world, asked, NO_CACHE)
    if read.is_kept:
        assert again["data"] == known["data"]
        assert [each["code"] for each in _stale(again)] == ["UNAVAILABLE"]
