from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import httpx
import orjson

from gateway.config import GraphqlLimits
from tests.gateway.graphql.conftest import Server, serve

STREAM = {"Accept": "text/event-stream"}


def subscribe(client: httpx.AsyncClient, query: str) -> AbstractAsyncContextManager[httpx.Response]:
    return client.stream("POST", "/graphql", json={"query": query}, headers=STREAM)


async def blocks(response: httpx.Response) -> AsyncIterator[list[str]]:
    """The lines between blank lines."""
    block: list[str] = []
    async for line in response.aiter_lines():
        if line:
            block.append(line)
        else:
            yield block
            block = []


async def events(response: httpx.Response) -> AsyncIterator[Any]:
    """Yield the data of `next` events and "complete", without heartbeats."""
    async for block in blocks(response):
        match block:
            case ["event: next", data]:
                yield orjson.loads(data.removeprefix("data: "))
            case ["event: next", id, data]:
                result = orjson.loads(data.removeprefix("data: "))
                assert id == f"id: {result['extensions']['cursor']}"
                yield result
            case ["event: complete", "data:"]:
                yield "complete"
            case _:
                assert block == [":"]


async def test_a_subscription_sends_each_event_with_its_cursor_and_its_end(
    server: Server, client: httpx.AsyncClient
) -> None:
    async with subscribe(client, "subscription { valueChanged }") as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        await server.world.until_subscriptions(1)
        received = events(response)
        for value in (1, 2):
            await server.world.set(value)
            assert await anext(received) == {
                "data": {"valueChanged": value},
                "extensions": {"cursor": f"after-{value}"},
            }
        await server.world.set(-1)
        assert [event async for event in received] == ["complete"]
    await server.world.until_subscriptions(0)


async def test_the_id_of_an_event_is_its_cursor(server: Server, client: httpx.AsyncClient) -> None:
    async with subscribe(client, "subscription { valueChanged }") as response:
        await server.world.until_subscriptions(1)
        received = blocks(response)
        assert await anext(received) == [":"]
        await server.world.set(1)
        assert (await anext(received))[:2] == ["event: next", "id: after-1"]


async def test_a_subscription_may_be_opened_by_get(server: Server, client: httpx.AsyncClient) -> None:
    """As `EventSource` does."""
    params = {"query": "subscription { valueChanged }"}
    async with client.stream("GET", "/graphql", params=params, headers=STREAM) as response:
        await server.world.until_subscriptions(1)
        await server.world.set(1)
        assert (await anext(events(response)))["data"] == {"valueChanged": 1}


async def test_a_client_that_accepts_both_gets_a_stream_for_subscriptions_alone(client: httpx.AsyncClient) -> None:
    headers = {"Accept": "application/json, text/event-stream"}
    query = await client.post("/graphql", json={"query": "{ user }"}, headers=headers)
    assert query.json() == {"data": {"user": "ada"}}

    body = {"query": "subscription { valueChanged }"}
    async with client.stream("POST", "/graphql", json=body, headers=headers) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"


async def test_queries_and_mutations_stream_one_result(client: httpx.AsyncClient) -> None:
    async with subscribe(client, "mutation { setValue(value: 3) }") as response:
        assert [event async for event in events(response)] == [{"data": {"setValue": 3}}, "complete"]


async def test_errors_of_an_invalid_operation_are_in_the_stream(client: httpx.AsyncClient) -> None:
    async with subscribe(client, "subscription { nothing }") as response:
        assert response.status_code == 200
        failure, end = [event async for event in events(response)]

    assert failure["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert end == "complete"


async def test_a_bad_token_is_401_in_spite_of_the_stream(client: httpx.AsyncClient) -> None:
    headers = {**STREAM, "Authorization": "Bearer bad"}
    answer = await client.post("/graphql", json={"query": "subscription { valueChanged }"}, headers=headers)

    assert answer.status_code == 401


async def test_a_failing_subscription_sends_its_error_and_completes(server: Server, client: httpx.AsyncClient) -> None:
    async with subscribe(client, "subscription { valueChanged }") as response:
        await server.world.until_subscriptions(1)
        await server.world.set(13)
        assert [event async for event in events(response)] == [
            {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}]},
            "complete",
        ]
    await server.world.until_subscriptions(0)


async def test_a_client_that_disconnects_ends_the_subscription(server: Server, client: httpx.AsyncClient) -> None:
    async with subscribe(client, "subscription { valueChanged }"):
        await server.world.until_subscriptions(1)
    await server.world.until_subscriptions(0)


async def test_a_stream_without_events_has_heartbeats() -> None:
    async with (
        serve(GraphqlLimits(heartbeat_seconds=0.01)) as server,
        server.client() as client,
        subscribe(client, "subscription { valueChanged }") as response,
    ):
        beats = blocks(response)
        assert [await anext(beats) for _ in range(3)] == [[":"]] * 3


async def test_a_stopping_server_ends_streams_without_calling_them_complete(
    server: Server, client: httpx.AsyncClient
) -> None:
    async with subscribe(client, "subscription { valueChanged }") as response:
        await server.world.until_subscriptions(1)
        server.stopping.set()
        assert [event async for event in events(response)] == []
    await server.world.until_subscriptions(0)


async def test_a_stream_ends_with_the_token_that_opened_it(server: Server, client: httpx.AsyncClient) -> None:
    server.world.token_lifetime = timedelta(seconds=0.05)
    async with subscribe(client, "subscription { valueChanged }") as response:
        assert [event async for event in events(response)] == []
    await server.world.until_subscriptions(0)


async def test_a_stream_ends_when_the_key_that_opened_it_is_revoked() -> None:
    async with (
        serve(GraphqlLimits(heartbeat_seconds=0.01)) as server,
        server.client() as client,
        subscribe(client, "subscription { valueChanged }") as response,
    ):
        await server.world.until_subscriptions(1)
        server.world.key_revoked = True
        assert [event async for event in events(response)] == []
        await server.world.until_subscriptions(0)
