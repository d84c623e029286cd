"""Content codings over real sockets, with what the client decodes and with what went over the wire."""

import httpx
import pytest

from gateway.graphql.transport.negotiation import negotiate_coding
from tests.gateway.graphql.conftest import Server, client, server

__all__ = ["client", "server"]  # fixtures

PAGE = {"Accept": "text/html"}
LARGE = {"query": f'{{ echo(text: "{"x" * 2_000}") }}'}
SMALL = {"query": "{ user }"}


async def coding_of(client: httpx.AsyncClient, payload: object, accept_encoding: str) -> str | None:
    answer = await client.post("/graphql", json=payload, headers={"Accept-Encoding": accept_encoding})
    assert "data" in answer.json()
    assert answer.headers.get_list("vary", split_commas=True).count("Accept-Encoding") == 1
    coding: str | None = answer.headers.get("content-encoding")
    return coding


async def test_graphiql_is_served_repeatedly_with_any_encoding(client: httpx.AsyncClient) -> None:
    pages = set()
    for coding in ("gzip", "gzip", "identity") * 3:
        answer = await client.get("/graphql", headers={**PAGE, "Accept-Encoding": coding})
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        pages.add(answer.text)

    assert len(pages) == 1
    assert pages.pop().endswith("</html>\n")


@pytest.mark.parametrize(
    "accept_encoding", ["gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.5", "br, *;q=0.1", "gzip, identity"]
)
async def test_large_responses_are_compressed_if_accepted(client: httpx.AsyncClient, accept_encoding: str) -> None:
    assert await coding_of(client, LARGE, accept_encoding) == "gzip"
    assert await coding_of(client, SMALL, accept_encoding) is None


@pytest.mark.parametrize(
    "accept_encoding",
    [
        "",
        "identity",
        "br",
        "notgzip",
        "gzip;q=0",
        "gzip; Q=0.000, br",
        "*, gzip;q=0",
        "gzip;q=much",
        "gzip;q=1e3",
        "gzip;q=-1",
        "gzip;q=inf",
        "gzip;q=0.5, identity",
        "gzip;q=0.5, identity;q=0.8",
        "*;q=0, identity;q=0.1",
    ],
)
async def test_no_answer_is_compressed_for_others(client: httpx.AsyncClient, accept_encoding: str) -> None:
    assert await coding_of(client, LARGE, accept_encoding) is None


@pytest.mark.parametrize("accept_encoding", ["gzip, identity;q=0", "gzip, *;q=0", "*, identity;q=0"])
async def test_small_responses_are_compressed_if_identity_is_refused(
    client: httpx.AsyncClient, accept_encoding: str
) -> None:
    assert await coding_of(client, SMALL, accept_encoding) == "gzip"


@pytest.mark.parametrize("accept_encoding", ["identity;q=0", "*;q=0", "br, identity;q=0, gzip;q=0"])
async def test_a_request_that_refuses_every_coding_is_not_executed(server: Server, accept_encoding: str) -> None:
    async with server.client() as client:
        mutation = {"query": "mutation { setValue(value: 7) }"}
        answer = await client.post("/graphql", json=mutation, headers={"Accept-Encoding": accept_encoding})

    assert answer.status_code == 406
    assert "Accept-Encoding" in answer.text
    assert server.world.value != 7


async def test_no_header_means_no_compression() -> None:
    accepted = negotiate_coding(None)

    assert (accepted.gzip, accepted.identity) == (False, True)


async def test_several_lines_of_the_header_count_as_one(client: httpx.AsyncClient) -> None:
    headers = [("Accept-Encoding", "br"), ("Accept-Encoding", "gzip"), ("Content-Type", "application/json")]
    answer = await client.send(client.build_request("POST", "/graphql", headers=headers, json=LARGE))

    assert answer.headers["content-encoding"] == "gzip"


async def test_events_arrive_one_by_one_if_gzip_is_accepted(server: Server) -> None:
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, identity;q=0"}
    payload = {"query": "subscription { valueChanged }"}
    async with server.client() as client, client.stream("POST", "/graphql", json=payload, headers=headers) as answer:
        assert "content-encoding" not in answer.headers
        lines = answer.aiter_lines()
        await server.world.until_subscriptions(1)
        for value in (1, 2):
            await server.world.set(value)
            async for line in lines:
                if line.startswith("data: "):
                    break
            assert f'"valueChanged":{value}' in line
