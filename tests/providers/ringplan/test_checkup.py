import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from providers.testing.server import serve
from tests.providers.ringplan.bench import EMAIL, Bench


async def test_check_finds_no_fault_of_a_working_service(bench: Bench) -> None:
    assert await bench.provider.check([bench.account()]) == []


async def test_check_finds_no_fault_without_accounts(bench: Bench) -> None:
    assert await bench.provider.check([]) == []


async def test_check_names_the_account_of_invalid_tokens(bench: Bench) -> None:
    living, dead = bench.account("dora@example.com"), bench.account()
    bench.tokens.credentials.pop(dead.key)
    (fault,) = await bench.provider.check([living, dead])
    assert (
        fault
        == f"Account {EMAIL} of user 7: its tokens have expired or were revoked. The user has to connect it again."
    )


async def test_another_fault_of_an_account_has_ringplans_message(bench: Bench) -> None:
    account = bench.account()
    bench.fail(401)
    bench.fail(422, "No numbers today")
    assert await bench.provider.check([account]) == [f"Account {EMAIL} of user 7: No numbers today"]


@pytest.mark.parametrize("setting", ["api_url", "login_url"])
async def test_a_service_that_fails_is_down(bench: Bench, setting: str) -> None:
    if setting == "api_url":
        bench.fail(503)
    else:
        bench.fail_login(503)
    (fault,) = await bench.provider.check([])
    assert fault.startswith(f"{setting}: ")
    assert "is down: it returns status 503" in fault


@pytest.mark.parametrize("setting", ["api_url", "login_url"])
async def test_a_service_that_is_not_there_is_down(bench: Bench, setting: str) -> None:
    (fault,) = await bench.provider_with(**{setting: "http://127.0.0.1:1"}).check([])
    assert fault.startswith(f"{setting}: http://127.0.0.1:1 is down, or nothing listens there")


@pytest.mark.parametrize("setting", ["api_url", "login_url"])
async def test_a_host_without_an_address_is_unknown(bench: Bench, setting: str) -> None:
    (fault,) = await bench.provider_with(**{setting: "http://ringplan.invalid"}).check([])
    assert fault == f"{setting}: the host ringplan.invalid is unknown. Is the address right?"


@pytest.mark.parametrize("setting", ["api_url", "login_url"])
@pytest.mark.parametrize("status", [200, 404])
async def test_a_host_that_is_not_ringplan_is_the_wrong_one(bench: Bench, setting: str, status: int) -> None:
    async def welcome(_: object) -> HTMLResponse:
        return HTMLResponse("<h1>Welcome to our bakery</h1>", status)

    async with serve(Starlette(routes=[Route("/{path:path}", welcome)])) as url:
        (fault,) = await bench.provider_with(**{setting: url}).check([])
    assert fault == f"{setting}: {url} is the wrong host: it responds ({status}), but not as RingPlan does."


async def test_accounts_are_not_checked_while_the_api_is_down(bench: Bench) -> None:
    account = bench.account()
    bench.fail(503)
    assert len(await bench.provider.check([account])) == 1
    assert len(bench.api_calls) == 1
