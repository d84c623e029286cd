"""CORS, as a browser on a page of another origin sees it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import PlainTextResponse

from gateway.web.envelope import Cors, ResponseEnvelope
from tests.testkit.plain_http import plain_http

OURS = "https://app.example.com"
ELSEWHERE = "https://elsewhere.example.com"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = ResponseEnvelope(PlainTextResponse("done"), cors=Cors([OURS]))
    async with plain_http(transport=httpx.ASGITransport(app), base_url="http://gateway.example.com") as connected:
        yield connected


def cors_fields(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_a_page_of_an_allowed_origin_may_read_a_response_and_its_request_id(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", headers={"origin": OURS})
    assert cors_fields(response) == {
        "access-control-allow-origin": OURS,
        "access-control-expose-headers": "x-request-id",
    }


@pytest.mark.parametrize("headers", [{}, {"origin": ELSEWHERE}, {"origin": "null"}], ids=str)
async def test_other_pages_and_programs_get_no_permission(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.post("/graphql", headers=headers)
    assert cors_fields(response) == {}
    assert response.headers["vary"] == "Accept-Encoding, Origin"


async def test_a_preflight_is_answered_once_and_not_passed_on(client: httpx.AsyncClient) -> None:
    asked = {
        "origin": OURS,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-request-id,cache-control,x-cost",
    }
    response = await client.options("/graphql", headers=asked)
    assert (response.status_code, response.text) == (200, "OK")
    assert response.headers.get_list("access-control-allow-origin") == [OURS]
    assert "authorization" in response.headers["access-control-allow-headers"]
    assert "DELETE" not in response.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    "changes",
    [{"origin": ELSEWHERE}, {"access-control-request-method": "DELETE"}, {"access-control-request-headers": "cookie"}],
    ids=str,
)
async def test_a_preflight_for_anything_else_is_refused(client: httpx.AsyncClient, changes: dict[str, str]) -> None:
    asked = {"origin": OURS, "access-control-request-method": "POST", **changes}
    response = await client.options("/graphql", headers=asked)
    assert response.status_code == 400
